/**
 * The structured log: LogTape on standard error. JSON Lines where no person is watching.
 *
 * @module
 */
import {
  ansiColorFormatter,
  configureSync,
  getTextFormatter,
  jsonLinesFormatter,
  type LogLevel,
  type LogRecord,
} from "@logtape/logtape";

/**
 * Text as a LogTape message: without this, braces in a file's name or an error would be taken for
 * placeholders.
 *
 * @param text Anything.
 */
export function literal(text: string): string {
  return text.replaceAll("{", "{{").replaceAll("}", "}}");
}

/** How to log. */
export interface LogOptions {
  /** Least level that is written. */
  level: string;
  /** `json`, `pretty`, or `auto`: pretty on a terminal. */
  format: string;
  /** Whether colours are welcome. */
  color: boolean;
  /** Writes one line, newline included, to standard error. Must not throw. */
  write: (line: string) => void;
}

const plainFormatter = getTextFormatter({ timestamp: "time" });

/**
 * Sends the log to standard error. A line that cannot be written is dropped: the log never stops
 * the work.
 *
 * @param options Level, format, colours.
 * @returns Which format it is now.
 */
export function configureLog(options: LogOptions): "json" | "pretty" {
  const pretty = options.format === "pretty" ||
    (options.format === "auto" && Deno.stderr.isTerminal());
  const format = pretty
    ? (options.color ? ansiColorFormatter : plainFormatter)
    : jsonLinesFormatter;
  configureSync({
    reset: true,
    sinks: { stderr: (record: LogRecord) => options.write(String(format(record))) },
    loggers: [
      {
        category: "tickerlock",
        lowestLevel: options.level as LogLevel,
        sinks: ["stderr"],
      },
      // LogTape's own messages: only what is worth a person's time.
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
  return pretty ? "pretty" : "json";
}
