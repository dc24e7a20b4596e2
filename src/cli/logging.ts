/**
 * Starts the log for a command, and sends its errors the same way.
 *
 * @module
 */
import { refuseOwnFiles } from "./own_files.ts";
import { getLogger } from "@logtape/logtape";
import { logSettings } from "../config/logging.ts";
import type { Values } from "../config.ts";
import { messageOf, UsageError } from "../errors.ts";
import { configureLog, FILE_ONLY, literal, type LogFile, type LogOptions } from "../log.ts";
import type { Environment, Origin } from "./args.ts";
import { printLines, showErrorsWith, type ShownError } from "./output.ts";

let started = false;

/** Whether a command has started its log: what errors look like is settled then. */
export function isLogStarted(): boolean {
  return started;
}

/**
 * Configures the log. Where it writes JSON Lines, errors become lines of the same kind: a program
 * that reads them is not disturbed, and nothing is said twice. A log file has them in any case.
 *
 * @param options Level, format, colours, and where to write.
 */
export function startLog(options: LogOptions): void {
  started = true;
  const pretty = configureLog(options) === "pretty";
  if (pretty && options.file === undefined) return;
  const log = getLogger(pretty ? ["tickerlock", FILE_ONLY] : ["tickerlock"]);
  showErrorsWith((error: ShownError) => {
    const { code, message, hint } = error;
    if (pretty) printLines(error);
    log.error(literal(`Error: ${message}${hint === null ? "" : ` Try: ${hint}`}`), { code, hint });
  });
}

type LogValues = Values<typeof logSettings> & {
  readonly logLevel: string;
  readonly logFormat: string;
};

/** What is said beside the results. */
export interface Loudness {
  /** Least level on standard error. */
  readonly level: string;
  /** Least level in the log file. */
  readonly fileLevel: string;
}

/**
 * What `-q`, `-v` and `--log-level` come to. `-q` is for standard error alone: a log file has what it
 * has without.
 *
 * @param values What was set.
 * @param levelOrigin Where the level came from.
 * @throws {UsageError} `conflicting_options`.
 */
export function loudnessOf(values: LogValues, levelOrigin: Origin): Loudness {
  const { quiet, verbose, logLevel } = values;
  const refuse = (one: string, other: string): UsageError =>
    new UsageError("conflicting_options", `${one} and ${other} exclude each other`, {
      hint: "Leave one of them out.",
    });
  if (quiet && verbose) throw refuse("--quiet", "--verbose");
  if (verbose && levelOrigin === "option") throw refuse("--verbose", "--log-level");
  const fileLevel = verbose ? "debug" : logLevel;
  return { level: quiet ? "error" : fileLevel, fileLevel };
}

/** What was set, with the database, which no log may be written into. */
type LogFileValues = LogValues & { readonly db: string };

interface OpenLogFile extends LogFile {
  /** Opens it; to be called when the log is started, which is told of a failure. */
  open(): void;
}

async function logFileOf(values: LogFileValues, level: string): Promise<OpenLogFile | undefined> {
  const { logFile: path, logFileSize: maxBytes, logFileCount: maxFiles } = values;
  if (path === null) return undefined;
  refuseOwnFiles("--log-file", path, values.db);
  const { RotatingFile } = await import("./rotating_file.ts");
  const file = new RotatingFile(path, {
    maxBytes,
    maxFiles,
    onFailure: (error) =>
      getLogger(["tickerlock", "log"]).error(
        literal(`the log file ${path} cannot be written: ${messageOf(error)}; the work goes on`),
        { code: "log_file_failed", log_file: path },
      ),
  });
  return { level, write: (line) => file.write(line), open: () => file.open() };
}

/**
 * Starts the log of a command that has {@linkcode logSettings}.
 *
 * @param values What was set.
 * @param levelOrigin Where the level came from.
 * @param env For `NO_COLOR`.
 * @param write Writes one line to standard error. Must not throw.
 * @throws {UsageError} As {@linkcode loudnessOf}; `path_refused` for a log file that is a database or a
 *   lock. Never because the file cannot be written: the work goes before it.
 */
export async function startCommandLog(
  values: LogFileValues,
  levelOrigin: Origin,
  env: Environment,
  write: (line: string) => void,
): Promise<void> {
  const { level, fileLevel } = loudnessOf(values, levelOrigin);
  const file = await logFileOf(values, fileLevel);
  startLog({
    level,
    format: values.logFormat,
    color: Deno.stderr.isTerminal() && (env("NO_COLOR") ?? "") === "",
    write,
    ...(file === undefined ? {} : { file }),
  });
  file?.open();
}
