/**
 * From a database's name to its engine; no other file names engines, and each loads when needed.
 * @module
 */
import { type TickerlockError, UsageError } from "../base/errors.ts";
import { isUrl } from "../base/text.ts";
import type { LockMode } from "../lock/mod.ts";
import { exists } from "../platform/files.ts";
import type { Care } from "./care.ts";
import { StoreError } from "./errors.ts";
import type { Logs, Reports } from "./reports.ts";
import type { Target } from "./postgres/connection/target.ts";
import type { Locks, Store } from "./store.ts";

/** The database on a server that a URL names; undefined for a path. @throws {UsageError} */
async function serverOf(db: string): Promise<Target | undefined> {
  if (!isUrl(db)) return undefined;
  const scheme = db.slice(0, db.indexOf("://"));
  if (/^postgres(ql)?$/i.test(scheme)) {
    const { parseTarget } = await import("./postgres/connection/target.ts");
    return parseTarget(db);
  }
  // Not the whole of it: a URL can hold a password.
  throw new UsageError(
    "engine_unknown",
    `database ${scheme}://…: this version knows SQLite files and PostgreSQL`,
    {
      hint:
        "Name a file with --db, for example --db data/tickerlock.db, or postgres://USER@HOST/NAME.",
      details: { scheme },
    },
  );
}

/** Milliseconds after which a run gives up a server that does not answer. */
const ANSWER_MS = 120_000;

/** Whether a database is there, for what must not make one; a server that is away is an error, as is a removed file. */
export async function isThere(db: string): Promise<boolean> {
  if (!isUrl(db)) {
    if (exists(db)) return true;
    const { refuseRemoved } = await import("./sqlite/connection/emptied.ts");
    refuseRemoved(db);
    return false;
  }
  await using reports = await openReports(db);
  const { empty } = await reports.health({ lockDir: "" });
  return !empty;
}

/** How a store is opened. */
export interface OpenStoreOptions {
  readonly lockDir: string;
  /** For whom that folder is where it has to be made. Default private. */
  readonly lockMode?: LockMode | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that a busy database may block the process, and in all. Default 5,000 and 30,000. */
  readonly patience?: { readonly blockingMs: number; readonly totalMs: number } | undefined;
}

/**
 * Opens a database for runs; makes it where it is missing, and brings its schema up to date.
 * @param db Path of a SQLite file, `:memory:`, or the URL of a PostgreSQL database.
 * @throws {UsageError} `engine_unknown`.
 * @throws {StoreError} With a code for each way in which it cannot be used.
 * @throws {LockError} `lock_dir_unusable` where a new one would have no place for its locks.
 */
export async function openStore(db: string, options: OpenStoreOptions): Promise<Store> {
  const { lockDir, lockMode, signal, patience } = options;
  const server = await serverOf(db);
  if (server !== undefined) {
    const { PostgresStore } = await import("./postgres/store.ts");
    const { blockingMs: lockMs, totalMs } = patience ?? {};
    return await PostgresStore.open(server, { lockMs, totalMs, queryMs: ANSWER_MS }, signal);
  }
  const { SqliteStore } = await import("./sqlite/store.ts");
  return await SqliteStore.open(db, { lockDir, lockMode }, {
    signal,
    busyTimeoutMs: patience?.blockingMs,
    retry: { totalMs: patience?.totalMs },
  });
}

/** The locks of the runs on a database. A file is opened only where a claim has to be revoked. */
export async function openLocks(db: string, lockDir: string, lockMode?: LockMode): Promise<Locks> {
  const server = await serverOf(db);
  if (server !== undefined) {
    const { PostgresLocks } = await import("./postgres/locks/locks.ts");
    return new PostgresLocks(server);
  }
  const { FileLocks } = await import("./sqlite/locks.ts");
  return new FileLocks(db, { lockDir, lockMode });
}

/** Where the locks of a database are, for messages: the folder, or the database. */
export function lockPlace(db: string, lockDir: string): string {
  return isUrl(db) ? db : lockDir;
}

/** Opens a database for reports. @throws {UsageError} `engine_unknown`. */
export async function openReports(db: string): Promise<Reports> {
  const server = await serverOf(db);
  if (server !== undefined) {
    const { postgresReports } = await import("./postgres/reports.ts");
    return postgresReports(server);
  }
  const { sqliteReports } = await import("./sqlite/reports.ts");
  return sqliteReports(db);
}

/**
 * Opens a database for reading its log and the statistics of it.
 *
 * @param db Path of a SQLite file, or the URL of a PostgreSQL database. Nothing is opened before the first operation.
 * @throws {UsageError} `engine_unknown`.
 * @category Logs and statistics
 */
export function openLogs(db: string): Promise<Logs> {
  return openReports(db);
}

/** Names the newest good backup in the hint of an error about a damaged database. */
export async function namingBackup(error: TickerlockError): Promise<TickerlockError> {
  if (!(error instanceof StoreError)) return error;
  const { hintWithBackup } = await import("./sqlite/backup/restore.ts");
  const { code, message, path, hint = "", retryable, scope, details } = error;
  const named = await hintWithBackup(hint, code, path);
  return new StoreError(code, message, path, {
    hint: named,
    retryable,
    scope,
    details,
    cause: error.cause,
  });
}

/** Opens a database for looking after it. @throws {UsageError} `engine_unknown`. */
export async function openCare(db: string): Promise<Care> {
  const server = await serverOf(db);
  if (server !== undefined) {
    const { postgresCare } = await import("./postgres/care.ts");
    return postgresCare(server);
  }
  const { sqliteCare } = await import("./sqlite/care.ts");
  return sqliteCare(db);
}
