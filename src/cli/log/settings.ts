/** The options that every command has. @module */
import { flag, type Setting, type Settings, type Values } from "../args/setting.ts";
import { one, parseCount, parsePath, parseSize, parseWord } from "../args/parsers.ts";

const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

/** Ways to write the structured log. */
export const LOG_FORMATS = ["auto", "json", "pretty"] as const;

/** Settings that every command has. Help and reference list them apart from a command's own. */
export const commonSettings = {
  quiet: { ...flag("quiet", "Nothing on standard error but errors; results stay"), short: "q" },
  verbose: {
    ...flag("verbose", "Log each step with its time, as with --log-level debug"),
    short: "v",
  },
  logLevel: {
    name: "log-level",
    value: "LEVEL",
    config: true,
    env: "TICKERLOCK_LOG_LEVEL",
    fallback: "info",
    choices: LOG_LEVELS,
    help: "Lowest level that is logged to standard error",
    parse: one(parseWord(LOG_LEVELS)),
  },
  logFormat: {
    name: "log-format",
    value: "FORMAT",
    config: true,
    env: "TICKERLOCK_LOG_FORMAT",
    fallback: "auto",
    choices: LOG_FORMATS,
    help: "How to log: auto is pretty on a terminal and JSON Lines elsewhere",
    parse: one(parseWord(LOG_FORMATS)),
  },
  logFile: {
    name: "log-file",
    value: "PATH",
    config: true,
    help: "Write the log to this file as well, as JSON Lines",
    parse: one(parsePath),
  },
  logFileSize: {
    name: "log-file-size",
    value: "SIZE",
    config: true,
    fallback: "10MB",
    help: "Size at which the log file is put aside and a new one begun",
    parse: one(parseSize),
  },
  logFileCount: {
    name: "log-file-count",
    value: "N",
    config: true,
    fallback: "5",
    help: "Most log files, the current one included",
    parse: one(parseCount),
  },
  config: {
    name: "config",
    value: "FILE",
    env: "TICKERLOCK_CONFIG",
    help: "Configuration file in place of the user's own",
    parse: one(parsePath),
  },
  noConfig: flag("no-config", "Read no configuration file"),
} as const satisfies Settings;

/** The values of these, and the command's database, where it has one. */
export type CommonValues = Values<typeof commonSettings> & {
  readonly db?: string;
  readonly out?: string | null;
};

const COMMON: ReadonlySet<unknown> = new Set(Object.values(commonSettings));

/** Whether a setting is one of those that every command has. */
export function isCommon(setting: Setting<unknown>): boolean {
  return COMMON.has(setting);
}
