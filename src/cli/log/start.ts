/** Starts the log for a command, and sends its errors the same way. @module */
import { getLogger } from "@logtape/logtape";
import { configureLog, FILE_ONLY, literal, type LogOptions } from "../../base/log.ts";
import { bytesText } from "../../base/text.ts";
import { explain } from "../../platform/refusals.ts";
import { wantsColor } from "../output/terminal.ts";
import { withZonedTimes } from "../output/time.ts";
import { wrap } from "../output/wrap.ts";
import type { RotatingFile } from "./rotating_file.ts";
import type { CommonValues } from "./settings.ts";
import type { Io, ShownError } from "../output/io.ts";

/** Least levels of what is logged. */
export interface Loudness {
  readonly level: string;
  readonly fileLevel: string;
}

/**
 * Configures the log, and sends errors the same way: as JSON Lines where it writes such, but for
 * those about the command line, unless JSON was asked for.
 */
export function startLog(
  io: Io,
  options: Omit<LogOptions, "format" | "shown"> & { readonly format: string },
): void {
  io.logStarted = true;
  const pretty = options.format === "pretty" || (options.format === "auto" && io.isErrTerminal);
  const write = pretty && io.isErrTerminal
    ? (line: string): void => options.write(wrap(line, io.columns, { indent: 2 }))
    : options.write;
  configureLog({ ...options, write, format: pretty ? "pretty" : "json", shown: withZonedTimes });
  if (pretty && options.file === undefined) return;
  const note = (text: string): void => {
    if (pretty && !io.quiet) io.errText(text);
    getLogger(pretty ? ["tickerlock", FILE_ONLY] : ["tickerlock"]).info(literal(text));
  };
  const show = (error: ShownError, isUsage: boolean): void => {
    const { code, message, hint } = error;
    const plain = pretty || (isUsage && options.format !== "json");
    if (plain) io.printLines(error);
    const log = getLogger(plain ? ["tickerlock", FILE_ONLY] : ["tickerlock"]);
    log.error(literal(message), { code, hint });
  };
  io.tellWith(note, show);
}

const BLOCKED = "log_not_put_aside";
/** How much of a log file's end is read to see whether another run has told the same, in bytes. */
const TOLD_WITHIN_BYTES = 1 << 18;
const TOLD_WITHIN_MS = 86_400_000;

/** Whether a run has told within a day that the file cannot be put aside: each would, from cron. */
function toldLately(path: string): boolean {
  try {
    using file = Deno.openSync(path, { read: true });
    const { size } = file.statSync();
    file.seekSync(Math.max(0, size - TOLD_WITHIN_BYTES), Deno.SeekMode.Start);
    const bytes = new Uint8Array(TOLD_WITHIN_BYTES);
    const text = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
    const line = text.split("\n").findLast((each) => each.includes(`"code":"${BLOCKED}"`));
    const at = Date.parse(/"@timestamp":"([^"]+)"/.exec(line ?? "")?.[1] ?? "");
    return Math.abs(Date.now() - at) < TOLD_WITHIN_MS;
  } catch {
    // A file that may be written and not read: it is told.
    return false;
  }
}

async function logFileOf(values: CommonValues): Promise<RotatingFile | undefined> {
  const { logFile: path, logFileSize: maxBytes, logFileCount: maxFiles } = values;
  if (path === null) return undefined;
  const { refuseLogFile } = await import("./refuse_path.ts");
  refuseLogFile(path, maxFiles, values.db ?? "", values.out ?? null);
  const rotating = await import("./rotating_file.ts");
  const log = getLogger(["tickerlock", "log"]);
  return new rotating.RotatingFile(path, {
    maxBytes,
    maxFiles,
    onFailure: (error) => {
      const { why, hint } = explain(error, path, "write", "name another with --log-file");
      const text = `the log file ${path} cannot be written: ${why}; the work goes on`;
      log.error(literal(text), { code: "log_file_failed", log_file: path, hint });
    },
    onBlocked: (error) => {
      if (toldLately(path)) return;
      const { why, hint } = explain(error, path, "write", "name another with --log-file");
      const text =
        `the log file ${path} cannot be put aside: ${why}; it is written further, beyond `;
      log.warn(literal(text + bytesText(maxBytes)), { code: BLOCKED, log_file: path, hint });
    },
  });
}

/** Starts the log of a command. @throws {UsageError} `path_refused`. */
export async function startCommandLog(
  io: Io,
  values: CommonValues,
  { level, fileLevel }: Loudness,
  write: (line: string) => void = (line) => io.err(line),
): Promise<void> {
  const file = await logFileOf(values);
  startLog(io, {
    level,
    format: values.logFormat,
    color: wantsColor(io.isErrTerminal, io.env),
    write,
    file: file && { level: fileLevel, write: (line) => file.write(line) },
  });
  // Now that the log is there to tell of a failure.
  file?.open();
}
