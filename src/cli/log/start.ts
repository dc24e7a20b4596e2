/**
 * Starts the log for a command, and sends its errors the same way.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../base/errors.ts";
import { configureLog, FILE_ONLY, literal, type LogFile, type LogOptions } from "../../base/log.ts";
import { wantsColor } from "../output/terminal.ts";
import type { Environment } from "../args/environment.ts";
import type { CommonValues } from "./settings.ts";
import {
  err,
  isQuiet,
  printLines,
  showErrorsWith,
  type ShownError,
  showNotesWith,
} from "../output/streams.ts";

/** Least levels of what is logged. */
export interface Loudness {
  /** On standard error. */
  readonly level: string;
  /** In the log file. */
  readonly fileLevel: string;
}

let started = false;

/** Whether a command has started its log: what errors look like is settled then. */
export function isLogStarted(): boolean {
  return started;
}

/**
 * Configures the log. Where it writes JSON Lines, errors become lines of the same kind: a program
 * that reads them is not disturbed, and nothing is said twice. What is wrong with the command line is
 * for whoever typed it: it becomes one only where JSON was asked for. A log file has all in any case.
 *
 * @param options Level, format, colours, and where to write.
 */
export function startLog(options: LogOptions): void {
  started = true;
  const pretty = configureLog(options) === "pretty";
  if (pretty && options.file === undefined) return;
  showNotesWith((text) => {
    if (pretty && !isQuiet()) err(`${text}\n`);
    getLogger(pretty ? ["tickerlock", FILE_ONLY] : ["tickerlock"]).info(literal(text));
  });
  showErrorsWith((error: ShownError, isUsage) => {
    const { code, message, hint } = error;
    const plain = pretty || (isUsage && options.format !== "json");
    if (plain) printLines(error);
    getLogger(plain ? ["tickerlock", FILE_ONLY] : ["tickerlock"]).error(
      literal(`Error: ${message}${hint === null ? "" : ` Try: ${hint}`}`),
      { code, hint },
    );
  });
}

interface OpenLogFile extends LogFile {
  /** Opens it; to be called when the log is started, which is told of a failure. */
  open(): void;
}

const LOG_FILE_HINT =
  "See that this user may write to its folder and that there is space, or name another with --log-file.";

async function logFileOf(
  values: CommonValues,
  level: string,
): Promise<OpenLogFile | undefined> {
  const { logFile: path, logFileSize: maxBytes, logFileCount: maxFiles } = values;
  if (path === null) return undefined;
  const { refuseLogFile } = await import("./refuse_path.ts");
  refuseLogFile(path, maxFiles, values.db ?? "");
  const { RotatingFile } = await import("./rotating_file.ts");
  const file = new RotatingFile(path, {
    maxBytes,
    maxFiles,
    onFailure: (error) =>
      getLogger(["tickerlock", "log"]).error(
        literal(
          `the log file ${path} cannot be written: ${messageOf(error)}; the work goes on. ` +
            `Try: ${LOG_FILE_HINT}`,
        ),
        { code: "log_file_failed", log_file: path, hint: LOG_FILE_HINT },
      ),
  });
  return { level, write: (line) => file.write(line), open: () => file.open() };
}

/**
 * Starts the log of a command.
 *
 * @param values What was set.
 * @param loudness Least levels.
 * @param env For `NO_COLOR`.
 * @param write Writes one line to standard error. Must not throw.
 * @throws {UsageError} `path_refused` for a log file that is a database, a lock or no log. Never
 *   because the file cannot be written: the work goes before it.
 */
export async function startCommandLog(
  values: CommonValues,
  { level, fileLevel }: Loudness,
  env: Environment,
  write: (line: string) => void,
): Promise<void> {
  const file = await logFileOf(values, fileLevel);
  startLog({
    level,
    format: values.logFormat,
    color: wantsColor(Deno.stderr.isTerminal(), env),
    write,
    ...(file === undefined ? {} : { file }),
  });
  file?.open();
}
