/**
 * Every setting in one typed place: its option, environment variable, default, and what is refused.
 * An option wins over the environment, the environment over the default.
 *
 * @module
 */
import { UsageError } from "./errors.ts";
import { canonicalTicker } from "./ticker.ts";

/** One setting. `T` is its type once parsed. */
export interface Setting<T> {
  /** Long option without the dashes. */
  readonly name: string;
  /** Placeholder of the value; a flag has none. */
  readonly value?: string;
  /** The value may be left out; `parse` receives an empty text then. */
  readonly optionalValue?: boolean;
  /** May be given several times; `parse` receives them all. */
  readonly repeatable?: boolean;
  /** Environment variable that stands in for the option. */
  readonly env?: string;
  /** The default as text, parsed like any other value; undefined leaves {@linkcode Setting.absent}. */
  readonly fallback?: string;
  /** What it is when neither option nor environment nor default says anything. */
  readonly absent: T;
  /** One line for `--help`. */
  readonly help: string;
  /** Subcommands that use it, for the check, `--help` and completions; undefined where all do. */
  readonly subcommands?: readonly string[];
  /** The words that are allowed, for `--help`, completions and nearest matches. */
  readonly choices?: readonly string[];
  /**
   * @param texts What was given, at least one.
   * @param label What to call it in an error: `--from` or `LOCK_DIR`.
   * @throws {UsageError} `bad_value`.
   */
  readonly parse: (texts: readonly string[], label: string) => T;
}

/** A set of settings under the names that code uses. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The parsed values of a set of settings. */
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

function bad(label: string, text: string, why: string, hint: string): UsageError {
  return new UsageError("bad_value", `${label} ${JSON.stringify(text)}: ${why}`, {
    hint,
    details: { option: label, value: text },
  });
}

function last(texts: readonly string[]): string {
  return texts.at(-1) ?? "";
}

/** Parses a calendar day. @throws {UsageError} `bad_value`. */
export function parseDay(text: string, label: string): string {
  const hint = `Write the day as YYYY-MM-DD, for example ${label} 2024-01-31.`;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw bad(label, text, "is not a date", hint);
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw bad(label, text, "is not a day of the calendar", hint);
  }
  return text;
}

function parseSeconds(text: string, label: string): number {
  const hint = `Write seconds as a number from 0 up, for example ${label} 30, or "infinity".`;
  if (/^inf(inity)?$/i.test(text)) return Infinity;
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw bad(label, text, "is not a number of seconds", hint);
  const seconds = Number(text);
  if (seconds < 0) throw bad(label, text, "is negative", hint);
  return seconds;
}

function parseCount(text: string, label: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= 1) return count;
  throw bad(label, text, "is not a whole number from 1 up", `Write for example ${label} 7.`);
}

function parseWord(
  choices: readonly string[],
): (texts: readonly string[], label: string) => string {
  return (texts, label) => {
    const text = last(texts);
    const word = text.toLowerCase();
    if (choices.includes(word)) return word;
    throw bad(label, text, "is not one of its words", `Use one of: ${choices.join(", ")}.`);
  };
}

function parsePath(texts: readonly string[], label: string): string {
  const text = last(texts);
  if (text === "" || text.includes("\0")) {
    throw bad(label, text, "is not a path", `Name a path after ${label}.`);
  }
  return text;
}

function parseFlag(texts: readonly string[], label: string): boolean {
  const text = last(texts).toLowerCase();
  if (["true", "1", "yes"].includes(text)) return true;
  if (["false", "0", "no"].includes(text)) return false;
  throw bad(label, text, "is neither true nor false", `Give ${label} without a value.`);
}

function flag(name: string, help: string, ...subcommands: readonly string[]): Setting<boolean> {
  const setting = { name, help, absent: false, parse: parseFlag };
  return subcommands.length === 0 ? setting : { ...setting, subcommands };
}

/** Levels of the structured log, least to most. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

/** Ways to write the structured log. */
export const LOG_FORMATS = ["auto", "json", "pretty"] as const;

function parseDatabase(texts: readonly string[], label: string): string {
  const path = parsePath(texts, label);
  if (path !== ":memory:" && !path.startsWith("file:")) return path;
  throw bad(label, path, "is not a file", `Name a file, for example ${label} data/tickerlock.db.`);
}

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
  logLevel: {
    name: "log-level",
    value: "LEVEL",
    env: "TICKERLOCK_LOG_LEVEL",
    fallback: "info",
    absent: "info",
    choices: LOG_LEVELS,
    help: "Least level that is logged to standard error",
    parse: parseWord(LOG_LEVELS),
  } satisfies Setting<string>,
  logFormat: {
    name: "log-format",
    value: "FORMAT",
    env: "TICKERLOCK_LOG_FORMAT",
    fallback: "auto",
    absent: "auto",
    choices: LOG_FORMATS,
    help: "How to log: auto is pretty on a terminal and JSON Lines elsewhere",
    parse: parseWord(LOG_FORMATS),
  } satisfies Setting<string>,
} as const;

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
    help: "Where the data come from: cotahist or csv",
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
  all: flag("all", "Every ticker that the database has of the source; takes the job lock"),
  jobLock: {
    name: "job-lock",
    value: "[NAME]",
    optionalValue: true,
    absent: null as string | null,
    help: "Hold one lock for the whole run, so that no second run of that name works meanwhile; " +
      "NAME is job_running where it is left out",
    parse: (texts: readonly string[]) => last(texts) || "job_running",
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
  logLevel: shared.logLevel,
  logFormat: shared.logFormat,
} as const;

/** Settings of `locks`. */
export const locksSettings = {
  held: flag("held", "Only locks that are held", "list"),
  force: flag("force", "Take the lock from a living holder, and revoke its claim", "release"),
  db: { ...shared.db, subcommands: ["release"] } satisfies Setting<string>,
  lockDir: shared.lockDir,
  json: shared.json,
  logLevel: shared.logLevel,
  logFormat: shared.logFormat,
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
  logLevel: shared.logLevel,
  logFormat: shared.logFormat,
} as const;

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
  "NO_COLOR",
] as const;
