/** The structured log (LogTape). Loading it sends debug records there, as `tickerlock`. @module */
import {
  compareLogLevel,
  configureSync,
  getAnsiColorFormatter,
  getLogger,
  getTextFormatter,
  jsonLinesFormatter,
  type Logger,
  type LogLevel,
  type LogRecord,
  withFilter,
} from "@logtape/logtape";
import { sendDebugTo } from "./debug.ts";
import { escapeControls, visibleLines } from "./text.ts";

export { getLogger };

/** Text as a LogTape message, in which braces are no placeholders. */
export function literal(text: string): string {
  return text.replaceAll("{", "{{").replaceAll("}", "}}");
}

// Looking for a logger takes longer than to see that it is not listened to.
const areas = new Map<string, Logger>();

sendDebugTo((area, tell) => {
  const log = areas.get(area) ?? getLogger(["tickerlock", area]);
  areas.set(area, log);
  if (!log.isEnabledFor("debug")) return;
  const [text, properties] = tell();
  log.debug(literal(text), { ...properties });
});

/** How to log. */
export interface LogOptions {
  level: string;
  format: "json" | "pretty";
  color: boolean;
  /** Puts the times of a line for people into the local zone. */
  shown: (line: string) => string;
  /** Writes one line, newline included. Must not throw. */
  write: (line: string) => void;
  /** Where the log goes as well, as JSON Lines. Default nowhere. */
  file?: Pick<LogOptions, "level" | "write"> | undefined;
}

/** Category of what only the file has: errors that standard error was told in plain words. */
export const FILE_ONLY = "file";

// In the local zone, as all that people are shown.
const LOCAL = { timestamp: "time-timezone", timeZone: null } as const;

const plainFormatter = getTextFormatter(LOCAL);
const colorFormatter = getAnsiColorFormatter(LOCAL);

/** A line for people; what is wrong has its remedy on a line of its own. */
function prettyLine(given: LogRecord, { color, shown }: LogOptions): string {
  const message = given.message.map((part) => typeof part === "string" ? visibleLines(part) : part);
  const record = { ...given, message };
  const line = shown(color ? colorFormatter(record) : plainFormatter(record));
  const { hint } = record.properties;
  const isTrouble = compareLogLevel(record.level, "warning") >= 0;
  return isTrouble && typeof hint === "string" ? `${line}Try: ${visibleLines(hint)}\n` : line;
}

/** A line for programs, which people read on a terminal, too: what nobody can see is escaped. */
function jsonLine(record: LogRecord): string {
  return escapeControls(jsonLinesFormatter(record));
}

/** Sends the log to standard error. A line that cannot be written is dropped. */
export function configureLog(options: LogOptions): void {
  const format = options.format === "json"
    ? jsonLine
    : (record: LogRecord) => prettyLine(record, options);
  const { file } = options;
  const stderr = withFilter(
    (record: LogRecord) => options.write(format(record)),
    options.level as LogLevel,
  );
  const levels = [options.level, ...file === undefined ? [] : [file.level]] as LogLevel[];
  configureSync<"stderr" | "file", string>({
    reset: true,
    sinks: {
      stderr,
      file: file === undefined ? () => {} : withFilter(
        (record: LogRecord) => file.write(jsonLine(record)),
        file.level as LogLevel,
      ),
    },
    loggers: [
      {
        category: "tickerlock",
        lowestLevel: levels.sort(compareLogLevel)[0] ?? "info",
        sinks: file === undefined ? ["stderr"] : ["stderr", "file"],
      },
      { category: ["tickerlock", FILE_ONLY], parentSinks: "override", sinks: ["file"] },
      // LogTape's own messages: only what is worth a person's time.
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
}
