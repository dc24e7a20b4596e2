/**
 * Every setting in one typed place: its option, environment variable, default, and what is refused.
 * An option wins over the environment, the environment over the default.
 *
 * @module
 */
import { commonSettings } from "../log/settings.ts";
import { datasetSettings, networkSettings, serviceSettings } from "./network.ts";
import {
  flag,
  last,
  parseCount,
  parseDatabase,
  parseDay,
  parsePath,
  parseSeconds,
  parseWord,
  type Setting,
  type Values,
} from "./setting.ts";
import { canonicalTicker } from "../../model/ticker.ts";

export { type Completes, parseDay, type Setting, type Settings, type Values } from "./setting.ts";

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
  jobLockTimeout: {
    name: "job-lock-timeout",
    value: "SECONDS",
    env: "JOB_LOCK_TIMEOUT_SEC",
    fallback: "300",
    absent: 300,
    help: "How long to wait for the job lock; 0 tries once",
    parse: (texts: readonly string[], label: string) => parseSeconds(last(texts), label),
  } satisfies Setting<number>,
} as const;

/** Name of the job lock where none is given, as `locks status` takes it and every message says it. */
export const JOB_LOCK_NAME = ".job_running";

/** Settings of `ingest`. */
export const ingestSettings = {
  ticker: {
    name: "ticker",
    value: "TICKER",
    repeatable: true,
    absent: [] as readonly string[],
    help: "Ticker to ingest; repeat it for several. Without it a file brings in all it has",
    parse: (texts: readonly string[]) => [...new Set(texts.map(canonicalTicker))],
  } satisfies Setting<readonly string[]>,
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
  markets: {
    name: "markets",
    value: "LIST",
    fallback: "010",
    absent: ["010"] as readonly string[],
    help: "cotahist: market types, with commas: 010 cash, 020 odd lots, 070 calls, 080 puts …",
    suggestions: ["010", "012", "013", "017", "020", "030", "070", "080"],
    parse: (texts: readonly string[]) => last(texts).split(",").map((part) => part.trim()),
  } satisfies Setting<readonly string[]>,
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
  tickersFile: {
    name: "tickers-file",
    value: "PATH",
    absent: null as string | null,
    help: "File with one ticker a line; # begins a comment",
    parse: parsePath,
  } satisfies Setting<string | null>,
  ...datasetSettings,
  ...networkSettings,
  all: flag("all", "Every ticker that the database has of the source; takes the job lock"),
  jobLock: {
    name: "job-lock",
    value: "[NAME]",
    optionalValue: true,
    absent: null as string | null,
    help: "Hold one lock for the whole run, so that no second run of that name works meanwhile; " +
      `NAME is ${JOB_LOCK_NAME} where it is left out`,
    parse: (texts: readonly string[]) => last(texts) || JOB_LOCK_NAME,
  } satisfies Setting<string | null>,
  jobLockTimeout: shared.jobLockTimeout,
  forceRefresh: flag(
    "force-refresh",
    "Take in everything again, also what another run has just brought in",
  ),
  dryRun: flag("dry-run", "Do all but write, lock included, and show what would happen"),
  allowTruncated: flag(
    "allow-truncated",
    "cotahist: take a file whose trailer is missing or does not match",
  ),
  db: shared.db,
  lockDir: shared.lockDir,
  json: shared.json,
  ...commonSettings,
} as const;

/** Settings of `sources`. */
export const sourcesSettings = {
  ticker: {
    name: "ticker",
    value: "TICKER",
    absent: null as string | null,
    help: "Ticker to ask for",
    subcommands: ["test"],
    parse: (texts: readonly string[]) => canonicalTicker(last(texts)),
  } satisfies Setting<string | null>,
  file: { ...ingestSettings.file, subcommands: ["test"] } satisfies Setting<readonly string[]>,
  timeout: { ...serviceSettings.timeout, subcommands: ["test"] } satisfies Setting<number>,
  json: shared.json,
  ...commonSettings,
} as const;

/** Settings of `locks`. */
export const locksSettings = {
  held: flag("held", "Only locks that are held", "list"),
  force: flag("force", "Take the lock from a living holder, and revoke its claim", "release"),
  db: { ...shared.db, subcommands: ["release"] } satisfies Setting<string>,
  lockDir: shared.lockDir,
  json: shared.json,
  ...commonSettings,
} as const;

/** Settings of `db`. */
export const dbSettings = {
  status: flag("status", "Only show what is applied and what is pending", "migrate"),
  toVersion: {
    name: "to",
    value: "N|PATH",
    subcommands: ["migrate", "backup"],
    absent: null as string | null,
    help: "Where to: the schema version to migrate to; the file or folder to write the backup to",
    parse: (texts: readonly string[], label: string) => parsePath(texts, label),
  } satisfies Setting<string | null>,
  rollback: flag("rollback", "Take the newest migration back", "migrate"),
  quick: flag("quick", "SQLite's quick check, and none of the prices", "verify"),
  keep: {
    name: "keep",
    value: "N",
    subcommands: ["backup"],
    absent: null as number | null,
    help: "How many backups to keep in the folder, the newest",
    parse: (texts: readonly string[], label: string) => parseCount(last(texts), label),
  } satisfies Setting<number | null>,
  compact: flag("compact", "Give free pages back to the file system", "info"),
  jobLockTimeout: {
    ...shared.jobLockTimeout,
    subcommands: ["migrate", "restore"],
  } satisfies Setting<number>,
  onLocked: {
    name: "on-locked",
    value: "MODE",
    subcommands: ["migrate", "restore"],
    env: "INGEST_LOCK_MODE",
    fallback: "wait",
    absent: "wait",
    choices: ["wait", "exit"],
    help: "What to do where a run holds the job lock: wait for it, or leave",
    parse: parseWord(["wait", "exit"]),
  } satisfies Setting<string>,
  db: shared.db,
  lockDir: {
    ...shared.lockDir,
    subcommands: ["migrate", "verify", "restore"],
  } satisfies Setting<string>,
  json: shared.json,
  ...commonSettings,
} as const;

/** Values of the settings of `db` and its subcommands. */
export type DbValues = Values<typeof dbSettings>;

/** Every environment variable that the program reads. The tasks allow these by name and no other. */
export const ENVIRONMENT = [
  "INGEST_LOCK_TIMEOUT_SECONDS",
  "INGEST_LOCK_MODE",
  "LOCK_DIR",
  "JOB_LOCK_TIMEOUT_SEC",
  "TICKERLOCK_DB",
  "TICKERLOCK_SOURCE",
  "TICKERLOCK_LOG_LEVEL",
  "TICKERLOCK_LOG_FORMAT",
  "YAHOO_BASE_URL",
  "YAHOO_USER_AGENT",
  "YAHOO_COOKIE",
  "KALSHI_BASE_URL",
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
  "NO_COLOR",
  "TERM",
  "XDG_CONFIG_HOME",
] as const;
