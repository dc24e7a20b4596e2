/**
 * Settings of `collect`. What a task is made of is parsed here, whether it stands on the command line
 * or in a configuration file.
 *
 * @module
 */
import { EXCHANGES, isExchange } from "../../../exchange/holidays.ts";
import { type Hours, isTimeZone, parseDays, parseHours } from "../../../collect/active_times.ts";
import { parseDuration } from "../../../collect/duration.ts";
import { datasetSettings, networkSettings } from "../../args/network.ts";
import { bad, example, last, parseDay, parsePath, parseSeconds } from "../../args/parsers.ts";
import { flag, type Setting } from "../../args/setting.ts";
import { shared } from "../../args/shared.ts";
import { commonSettings } from "../../log/settings.ts";

/** Shortest interval, in ms: less is no schedule. */
const SHORTEST_EVERY_MS = 1000;

/** Where the configuration is looked for when nothing else says what to collect. */
export const DEFAULT_COLLECT_FILE = "tickerlock.json";

const DURATION_HINT = (label: string, value: string): string =>
  `Write whole numbers with d, h, m or s, for example ${example(label, value)}.`;

/** Parses an interval. @throws {UsageError} `bad_value`. */
export function parseEvery(text: string, label: string): number {
  const ms = parseDuration(text);
  const hint = DURATION_HINT(label, "15m");
  if (ms === undefined) throw bad(label, text, "is not a length of time up to 400 days", hint);
  if (ms < SHORTEST_EVERY_MS) throw bad(label, text, "is less than a second", hint);
  return ms;
}

/** Parses a jitter; 0 for none. @throws {UsageError} `bad_value`. */
export function parseJitter(text: string, label: string): number {
  const ms = text.trim() === "0" ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw bad(label, text, "is not a length of time", DURATION_HINT(label, "30s"));
}

/** Parses active hours. @throws {UsageError} `bad_value`. */
export function parseActiveHours(text: string, label: string): readonly Hours[] {
  const hours = parseHours(text);
  if (hours !== undefined) return hours;
  throw bad(
    label,
    text,
    "are no hours, or overlap",
    `Write from and to, for example ${example(label, "10:00-18:30")}; several with commas.`,
  );
}

/** Parses active days. @throws {UsageError} `bad_value`. */
export function parseActiveDays(text: string, label: string): readonly number[] {
  const days = parseDays(text);
  if (days !== undefined) return days;
  throw bad(
    label,
    text,
    "are no days of the week",
    `Write for example ${example(label, "mon-fri")}; several with commas, such as mon,wed,fri.`,
  );
}

/** Parses the name of a time zone. @throws {UsageError} `bad_value`. */
export function parseTimeZone(text: string, label: string): string {
  if (isTimeZone(text)) return text;
  throw bad(
    label,
    text,
    "is no time zone that this machine knows",
    `Write a name of the tz database, for example ${example(label, "America/Sao_Paulo")}.`,
  );
}

/** Parses a holiday: a day, or an exchange whose holidays are meant. @throws {UsageError} `bad_value`. */
export function parseHoliday(text: string, label: string): string {
  const word = text.trim().toLowerCase();
  if (isExchange(word)) return word;
  if (/^\d{4}-\d{2}-\d{2}$/.test(word)) return parseDay(word, label);
  const names = EXCHANGES.join(", ");
  throw bad(
    label,
    text,
    `is not a date, and no exchange whose holidays are known (${names})`,
    `Write the day as YYYY-MM-DD, for example ${label} 2026-12-25, or one of: ${names}.`,
  );
}

/** Settings that make up one task on the command line. */
export const taskSettings = {
  ticker: {
    name: "ticker",
    value: "TICKER",
    repeatable: true,
    absent: [] as readonly string[],
    help: "Ticker to collect; repeat it for several",
    // Made canonical together with those of a configuration file.
    parse: (texts: readonly string[]) => [...texts],
  } satisfies Setting<readonly string[]>,
  tickersFile: {
    ...shared.tickersFile,
    help: "File with one ticker a line, read again for each turn; # begins a comment",
  } satisfies Setting<string | null>,
  all: flag("all", "Every ticker that the database has of the source, looked up for each turn"),
  file: {
    ...shared.file,
    help: "cotahist and csv: file, folder or folder/pattern to read; repeat it for several",
  } satisfies Setting<readonly string[]>,
  ...datasetSettings,
  every: {
    name: "every",
    value: "INTERVAL",
    absent: null as number | null,
    help: "Time from one turn to the next, such as 30s, 15m, 1h30m or 1d",
    parse: (texts: readonly string[], label: string) => parseEvery(last(texts), label),
  } satisfies Setting<number | null>,
  jitter: {
    name: "jitter",
    value: "TIME",
    fallback: "0",
    absent: 0,
    help: "Longest random delay of each turn, at most the interval",
    parse: (texts: readonly string[], label: string) => parseJitter(last(texts), label),
  } satisfies Setting<number>,
  activeHours: {
    name: "active-hours",
    value: "FROM-TO",
    absent: null as readonly Hours[] | null,
    help: "Turns only between these local times, from the opening on: 10:00-18:30",
    parse: (texts: readonly string[], label: string) => parseActiveHours(texts.join(","), label),
  } satisfies Setting<readonly Hours[] | null>,
  activeDays: {
    name: "active-days",
    value: "DAYS",
    absent: null as readonly number[] | null,
    help: "Turns only on these days of the week: mon-fri",
    parse: (texts: readonly string[], label: string) => parseActiveDays(texts.join(","), label),
  } satisfies Setting<readonly number[] | null>,
  timeZone: {
    name: "time-zone",
    value: "ZONE",
    absent: null as string | null,
    help: "Time zone of the active hours and days, such as America/Sao_Paulo",
    parse: (texts: readonly string[], label: string) => parseTimeZone(last(texts), label),
  } satisfies Setting<string | null>,
  holiday: {
    name: "holiday",
    value: "DATE",
    repeatable: true,
    absent: [] as readonly string[],
    suggestions: EXCHANGES,
    help:
      "Day without active hours, YYYY-MM-DD, or b3 or nyse for all holidays of that exchange; " +
      "repeat it for several",
    parse: (texts: readonly string[], label: string) =>
      texts.map((text) => parseHoliday(text, label)),
  } satisfies Setting<readonly string[]>,
} as const;

/** Settings of `collect`. */
export const collectSettings = {
  config: {
    name: "config",
    value: "PATH",
    absent: null as string | null,
    help: "Configuration with the tasks; tickerlock.json where that exists and no task is given",
    parse: parsePath,
  } satisfies Setting<string | null>,
  source: {
    ...shared.source,
    help: "Where the data come from, for a task that does not say",
  } satisfies Setting<string>,
  ...taskSettings,
  once: flag("once", "Run each task one time, then end"),
  dryRun: flag("dry-run", "Show the turns of the next 24 hours, and do nothing"),
  grace: {
    name: "grace",
    value: "SECONDS",
    fallback: "20",
    absent: 20,
    help: "Longest time between a signal to stop and the end",
    parse: (texts: readonly string[], label: string) => parseSeconds(last(texts), label),
  } satisfies Setting<number>,
  ...networkSettings,
  onLocked: {
    ...shared.onLocked,
    help: "What to do where another run has a ticker or the job lock: wait for it, or leave it",
  } satisfies Setting<string>,
  lockTimeout: shared.lockTimeout,
  jobLockTimeout: shared.jobLockTimeout,
  db: shared.db,
  lockDir: shared.lockDir,
  json: flag("json", "With --once and --dry-run: print one JSON document in place of the table"),
  ...commonSettings,
} as const;
