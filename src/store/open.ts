/**
 * From the name of a database to the engine that can use it. The one file that names the engines;
 * each loads when it is needed.
 *
 * @module
 */
import type { Locks, Store } from "./store.ts";

/** How a store is opened. */
export interface OpenStoreOptions {
  /** Folder of the lock files. */
  readonly lockDir: string;
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
 * @throws {StoreError} With a code for each way in which it cannot be used.
 */
export async function openStore(db: string, options: OpenStoreOptions): Promise<Store> {
  const { SqliteStore } = await import("./sqlite/store.ts");
  const { lockDir, signal, patience } = options;
  return await SqliteStore.open(db, lockDir, {
    ...(signal === undefined ? {} : { signal }),
    ...(patience === undefined
      ? {}
      : { busyTimeoutMs: patience.blockingMs, retry: { totalMs: patience.totalMs } }),
  });
}

/**
 * The locks of the runs on a database, which is opened only where a claim has to be revoked.
 *
 * @param db Path of a SQLite file.
 * @param lockDir Folder of the lock files.
 */
export async function openLocks(db: string, lockDir: string): Promise<Locks> {
  const { FileLocks } = await import("./sqlite/locks.ts");
  return new FileLocks(db, lockDir);
}
