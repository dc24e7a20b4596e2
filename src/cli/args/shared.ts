/**
 * Settings that several commands share. A command that needs other words takes a copy with them.
 *
 * @module
 */
import { canonicalTicker } from "../../model/ticker.ts";
import {
  last,
  parseDatabase,
  parseDay,
  parsePath,
  parseSeconds,
  parseWhen,
  parseWord,
} from "./parsers.ts";
import { flag, type Setting } from "./setting.ts";

/** Settings that several commands share. */
export const shared = {
  db: {
    name: "db",
    value: "PATH",
    env: "TICKERLOCK_DB",
    fallback: "data/tickerlock.db",
    absent: "data/tickerlock.db",
    help: "SQLite database; made where it is missing",
    parse: parseDatabase,
  } satisfies Setting<string>,
  lockDir: {
    name: "lock-dir",
    value: "DIR",
    env: "LOCK_DIR",
    fallback: "locks/",
    absent: "locks/",
    help: "Folder of the lock files, shared by all runs",
    parse: parsePath,
  } satisfies Setting<string>,
  json: flag("json", "Print one JSON document in place of the table"),
  onLocked: {
    name: "on-locked",
    value: "MODE",
    env: "INGEST_LOCK_MODE",
    fallback: "wait",
    absent: "wait",
    choices: ["wait", "exit"],
    help: "What to do with a ticker that another run has locked: wait for it, or leave it out",
    parse: parseWord(["wait", "exit"]),
  } satisfies Setting<string>,
  lockTimeout: {
    name: "lock-timeout",
    value: "SECONDS",
    env: "INGEST_LOCK_TIMEOUT_SECONDS",
    fallback: "120",
    absent: 120,
    help: "How long to wait for a locked ticker; 0 tries once",
    parse: (texts: readonly string[], label: string) => parseSeconds(last(texts), label),
  } satisfies Setting<number>,
  jobLockTimeout: {
    name: "job-lock-timeout",
    value: "SECONDS",
    env: "JOB_LOCK_TIMEOUT_SEC",
    fallback: "300",
    absent: 300,
    help: "How long to wait for the job lock; 0 tries once",
    parse: (texts: readonly string[], label: string) => parseSeconds(last(texts), label),
  } satisfies Setting<number>,
  ticker: {
    name: "ticker",
    value: "TICKER",
    repeatable: true,
    absent: [] as readonly string[],
    help: "Only this ticker; repeat it for several",
    parse: (texts: readonly string[]) => [...new Set(texts.map(canonicalTicker))],
  } satisfies Setting<readonly string[]>,
  tickersFile: {
    name: "tickers-file",
    value: "PATH",
    absent: null as string | null,
    help: "File with one ticker a line; # begins a comment",
    parse: parsePath,
  } satisfies Setting<string | null>,
  source: {
    name: "source",
    value: "SOURCE",
    env: "TICKERLOCK_SOURCE",
    fallback: "yahoo",
    absent: "yahoo",
    help: "Where the data come from: yahoo, kalshi, cotahist or csv",
    parse: (texts: readonly string[]) => last(texts).toLowerCase(),
  } satisfies Setting<string>,
  file: {
    name: "file",
    value: "PATH",
    repeatable: true,
    absent: [] as readonly string[],
    help: "File, folder or folder/pattern to read; repeat it for several",
    parse: (texts: readonly string[], label: string) =>
      texts.map((text) => parsePath([text], label)),
  } satisfies Setting<readonly string[]>,
  from: {
    name: "from",
    value: "DATE",
    absent: null as string | null,
    help: "First day wanted, YYYY-MM-DD",
    parse: (texts: readonly string[], label: string) => parseDay(last(texts), label),
  } satisfies Setting<string | null>,
  to: {
    name: "to",
    value: "DATE",
    absent: null as string | null,
    help: "Last day wanted, YYYY-MM-DD",
    parse: (texts: readonly string[], label: string) => parseDay(last(texts), label),
  } satisfies Setting<string | null>,
} as const;

/** The database of a command that only reads. */
export const storedDb = {
  ...shared.db,
  help: "SQLite database; it has to be there",
} satisfies Setting<string>;

/** Filters of the log by ticker, source and time. */
export const filterSettings = {
  ticker: shared.ticker,
  source: {
    name: "source",
    value: "SOURCE",
    repeatable: true,
    absent: [] as readonly string[],
    help: "Only this source; repeat it for several",
    parse: (texts: readonly string[]) => [...new Set(texts.map((text) => text.toLowerCase()))],
  } satisfies Setting<readonly string[]>,
  since: {
    name: "since",
    value: "WHEN",
    absent: null as string | null,
    help: "Only what began since then: 30m, 2h, 7d, 4w ago, or a day or time of the local zone",
    parse: (texts: readonly string[], label: string) =>
      parseWhen(last(texts), label, { edge: "start" }),
  } satisfies Setting<string | null>,
  until: {
    name: "until",
    value: "WHEN",
    absent: null as string | null,
    help: "Only what began before then; a day is taken whole",
    parse: (texts: readonly string[], label: string) =>
      parseWhen(last(texts), label, { edge: "end" }),
  } satisfies Setting<string | null>,
} as const;
