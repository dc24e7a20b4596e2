import { commonSettings } from "../../log/settings.ts";
import { csvSettings } from "../../args/csv.ts";
import { datasetSettings, networkSettings, seriesSettings } from "../../args/network.ts";
import { EXCHANGES, isExchange } from "../../../exchange/holidays.ts";
import { type Hours, isTimeZone, parseDays, parseHours } from "../../../collect/active_times.ts";
import { parseDuration } from "../../../collect/duration.ts";
import { bad, example, names, one, parseDay, parseSeconds } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";
import { shared } from "../../args/shared.ts";
import type { Spec } from "../../command.ts";

const SHORTEST_EVERY_MS = 1000;

/** The usual name of a configuration, which is told where one lies there and none is named. */
export const COLLECT_FILE = "tickerlock.json";

const DURATION_HINT = (label: string, value: string): string =>
  `Write seconds, or whole numbers with d, h, m or s, for example ${example(label, value)}.`;

/** A length of time in ms, as everywhere in seconds where it has no unit. */
function parseLength(text: string): number | undefined {
  return parseDuration(text.trim().replace(/^\d+$/, "$&s"));
}

/** Parses an interval. @throws {UsageError} `bad_value`. */
export function parseEvery(given: string | number, label: string): number {
  const text = String(given);
  const ms = parseLength(text);
  const hint = DURATION_HINT(label, "15m");
  if (ms === undefined) throw bad(label, text, "is not a length of time up to 400 days", hint);
  if (ms < SHORTEST_EVERY_MS) throw bad(label, text, "is less than a second", hint);
  return ms;
}

/** Parses a jitter; 0 for none. @throws {UsageError} `bad_value`. */
export function parseJitter(given: string | number, label: string): number {
  const text = String(given);
  const ms = parseLength(text);
  if (ms !== undefined) return ms;
  throw bad(label, text, "is not a length of time", DURATION_HINT(label, "30s"));
}

/** Parses active hours. @throws {UsageError} `bad_value`. */
export function parseActiveHours(text: string, label: string): readonly Hours[] {
  const hours = parseHours(text);
  if (hours !== undefined) return hours;
  const shown = example(label, "10:00-18:30");
  const hint = `Write from and to, for example ${shown}; several with commas.`;
  throw bad(label, text, "are no hours, or overlap", hint);
}

/** Parses active days. @throws {UsageError} `bad_value`. */
export function parseActiveDays(text: string, label: string): readonly number[] {
  const days = parseDays(text);
  if (days !== undefined) return days;
  const shown = example(label, "mon-fri");
  const hint = `Write for example ${shown}; several with commas, such as mon,wed,fri.`;
  throw bad(label, text, "are no days of the week", hint);
}

/** Parses the name of a time zone. @throws {UsageError} `bad_value`. */
export function parseTimeZone(text: string, label: string): string {
  if (isTimeZone(text)) return text;
  const shown = example(label, "America/Sao_Paulo");
  const hint = `Write a name of the tz database, for example ${shown}.`;
  throw bad(label, text, "is no time zone that this machine knows", hint);
}

/** Parses a holiday: a day, or an exchange whose holidays are meant. @throws {UsageError} */
export function parseHoliday(text: string, label: string): string {
  const word = text.trim().toLowerCase();
  if (isExchange(word)) return word;
  if (/^\d{4}-\d{2}-\d{2}$/.test(word)) return parseDay(word, label, { edge: "start" });
  const names = EXCHANGES.join(", ");
  const why = `is not a date, and no exchange whose holidays are known (${names})`;
  const shown = example(label, "2026-12-25");
  const hint = `Write the day as YYYY-MM-DD, for example ${shown}, or one of: ${names}.`;
  throw bad(label, text, why, hint);
}

/** Settings that make up one task on the command line. */
export const taskSettings = {
  ticker: {
    name: "ticker",
    short: "t",
    value: "TICKER",
    repeatable: true,
    takesWords: true,
    help: "Ticker to collect, also without --ticker; several with commas, or repeat it",
    // Made canonical together with those of a configuration file.
    parse: names(String),
  },
  tickersFile: {
    ...shared.tickersFile,
    help: "File with one ticker a line, read again for each turn; # begins a comment",
  },
  all: flag("all", "Every ticker that the database has of the source, looked up for each turn"),
  file: {
    ...shared.file,
    help: "cotahist and csv: file, folder or folder/pattern to read; several one after the other",
  },
  ...datasetSettings,
  since: seriesSettings.since,
  ...csvSettings,
  fillGaps: shared.fillGaps,
  every: {
    name: "every",
    value: "INTERVAL",
    help: "Time from one turn to the next: seconds, or a time such as 30s, 15m, 1h30m or 1d",
    parse: one(parseEvery),
  },
  jitter: {
    name: "jitter",
    value: "TIME",
    fallback: "0",
    help: "Longest random delay of each turn, at most the interval: seconds, or a time such as 2m",
    parse: one(parseJitter),
  },
  activeHours: {
    name: "active-hours",
    value: "FROM-TO",
    help: "Turns only between these local times, from the opening on: 10:00-18:30",
    parse: (texts, label) => parseActiveHours(texts.join(","), label),
  },
  activeDays: {
    name: "active-days",
    value: "DAYS",
    help: "Turns only on these days of the week: mon-fri",
    parse: (texts, label) => parseActiveDays(texts.join(","), label),
  },
  timeZone: {
    name: "time-zone",
    value: "ZONE",
    help: "Time zone of the active hours and days, such as America/Sao_Paulo",
    parse: one(parseTimeZone),
  },
  holiday: {
    name: "holiday",
    value: "DATE",
    repeatable: true,
    suggestions: EXCHANGES,
    help:
      "Day without active hours, YYYY-MM-DD, or b3 or nyse for all holidays of that exchange; " +
      "several with commas",
    parse: names(parseHoliday),
  },
} as const satisfies Settings;

/** Settings of `collect`. */
export const collectSettings = {
  source: { ...shared.source, help: "Where the data come from, for a task that does not say" },
  ...taskSettings,
  once: flag("once", "Run each task one time, then end"),
  dryRun: flag("dry-run", "Show the turns of the next 24 hours, and do nothing"),
  grace: {
    name: "grace",
    value: "SECONDS",
    fallback: "20",
    help: "Longest time between a signal to stop and the end: seconds, or a time such as 1m",
    parse: one(parseSeconds),
  },
  ...networkSettings,
  maxRejected: shared.maxRejected,
  minFree: shared.minFree,
  calendar: shared.calendar,
  notify: { ...shared.notify, help: `${shared.notify.help}, task by task` },
  onLocked: {
    ...shared.onLocked,
    help: "What to do where another run has a ticker or the job lock: wait for it, or leave it",
  },
  lockTimeout: shared.lockTimeout,
  jobLockTimeout: shared.jobLockTimeout,
  db: shared.db,
  lockDir: shared.lockDir,
  lockMode: shared.lockMode,
  wide: shared.wide,
  json: flag("json", "With --once and --dry-run: print one JSON document in place of the table"),
  ...commonSettings,
} as const satisfies Settings;

/** `tickerlock collect`. */
export const spec = {
  name: "collect",
  description:
    "Runs every task once, one after the other, and then each at its interval, until a signal ends " +
    "it. Tasks are from a configuration file, or one task is from options. One task works at a " +
    "time; a turn that comes while its task still runs is left out and logged. A task that fails " +
    "backs off while the others go on. The job lock is held all the time, so that a second " +
    "collector waits or leaves. SIGHUP reads the configuration again.",
  usage: [
    "--config FILE [--once | --dry-run [--json | --wide]] [OPTION]...",
    "TICKER... --every INTERVAL [OPTION]...",
    "--source SOURCE --all --every INTERVAL [OPTION]...",
  ],
  settings: collectSettings,
  examples: {
    "tickerlock collect PETR4.SA VALE3.SA --every 15m --active-hours 10:00-18:30 --active-days mon-fri --time-zone America/Sao_Paulo --dry-run":
      "What would be asked for in the next 24 hours, and when",
    "tickerlock collect --tickers-file portfolio.txt --every 1h --jitter 2m":
      "A list of tickers every hour, up to two minutes later at random",
    "tickerlock collect --config tickerlock.json":
      "The tasks of a configuration, until SIGINT or SIGTERM",
    "tickerlock collect --config tickerlock.json --once --json":
      "Each of them one time, with the reports as JSON",
  },
} as const satisfies Spec;
