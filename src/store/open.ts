/**
 * From the name of a database to the engine that can use it. The one file of `src` that names the
 * engines; each loads when it is needed.
 *
 * @module
 */
import { type TickerlockError, UsageError } from "../base/errors.ts";
import type { LockMode } from "../lock/mod.ts";
import type { Care } from "./care.ts";
import { StoreError } from "./errors.ts";
import type { Logs, Reports } from "./reports.ts";
import type { Locks, Store } from "./store.ts";

/**
 * Refuses what no engine of this version keeps: what is no path is the URL of a server.
 *
 * @throws {UsageError} `engine_unknown`.
 */
function checkEngine(db: string): void {
  const scheme = /^([a-z][a-z\d+.-]+):\/\//i.exec(db)?.[1];
  if (scheme === undefined) return;
  // Not the whole of it: a URL can hold a password.
  throw new UsageError(
    "engine_unknown",
    `database ${scheme}://…: this version knows only SQLite files`,
    {
      hint: "Name a file with --db, for example --db data/tickerlock.db.",
      details: { scheme },
    },
  );
}

/** How a store is opened. */
export interface OpenStoreOptions {
  /** Folder of the lock files. */
  readonly lockDir: string;
  /** For whom that folder is where it has to be made. Default private. */
  readonly lockMode?: LockMode | undefined;
  /** Ends waiting for a busy database. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Patience with a busy database: milliseconds that may block the whole process, and milliseconds in
   * all. Default 5,000 and 30,000.
   */
  readonly patience?: { readonly blockingMs: number; readonly totalMs: number } | undefined;
}

/**
 * Opens a database for runs; makes it where it is missing, and brings its schema up to date.
 *
 * @param db Path of a SQLite file, or `:memory:`.
 * @throws {UsageError} `engine_unknown`.
 * @throws {StoreError} With a code for each way in which it cannot be used.
 * @throws {LockError} `lock_dir_unusable` where a new one would have no place for its locks.
 */
export async function openStore(db: string, options: OpenStoreOptions): Promise<Store> {
  checkEngine(db);
  const { SqliteStore } = await import("./sqlite/store.ts");
  const { lockDir, lockMode, signal, patience } = options;
  return await SqliteStore.open(db, { lockDir, lockMode }, {
    signal,
    busyTimeoutMs: patience?.blockingMs,
    retry: { totalMs: patience?.totalMs },
  });
}

/** The locks of the runs on a database, which is opened only where a claim has to be revoked. */
export async function openLocks(
  db: string,
  lockDir: string,
  lockMode?: LockMode,
): Promise<Locks> {
  checkEngine(db);
  const { FileLocks } = await import("./sqlite/locks.ts");
  return new FileLocks(db, { lockDir, lockMode });
}

/** Opens a database for reports. @throws {UsageError} `engine_unknown`. */
export async function openReports(db: string): Promise<Reports> {
  checkEngine(db);
  const { sqliteReports } = await import("./sqlite/reports.ts");
  return sqliteReports(db);
}

/**
 * Opens a database for reading its log and the statistics of it.
 *
 * @param db Path of a SQLite file. Nothing is opened before the first operation.
 * @throws {UsageError} `engine_unknown`.
 * @category Logs and statistics
 */
export function openLogs(db: string): Promise<Logs> {
  return openReports(db);
}

/**
 * Names the newest good backup in what to do about a damaged database.
 *
 * @param error Of an engine; any other is returned as it is.
 */
export async function namingBackup(error: TickerlockError): Promise<TickerlockError> {
  if (!(error instanceof StoreError)) return error;
  const { hintWithBackup } = await import("./sqlite/backup/remedy.ts");
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
  checkEngine(db);
  const { sqliteCare } = await import("./sqlite/care.ts");
  return sqliteCare(db);
}
