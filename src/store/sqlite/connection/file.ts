import type { DatabaseSync } from "node:sqlite";
import { giveToHeir, makeFolders, NEW_FILE_MODE } from "../../../platform/owners.ts";
import { splitPath } from "../../../platform/paths.ts";
import { StoreError } from "../../errors.ts";
import { isBusy, refuseNoFile, toOpenError } from "./errors.ts";

/**
 * Pages in the write-ahead log before it is moved into the database: 32 MB. SQLite's default of 4 MB
 * makes a run over thousands of tickers a fifth slower, since each ticker's commit writes whole pages.
 */
const CHECKPOINT_PAGES = 8000;

/** Bytes that the file of the write-ahead log shrinks to: what a reader has let it grow to would stay. */
export const WAL_BYTES = CHECKPOINT_PAGES * 4096;

/**
 * The cache of pages, in KiB. Keys come sorted: 16 or 64 MB were at most 1 % faster, and a year's file
 * has its peak 36 MiB higher with 16.
 */
const CACHE_KIB = 4_000;

/** Set on every connection that writes, and read back. 1 is NORMAL for synchronous, 2 is MEMORY. */
const PRAGMAS: readonly (readonly [string, number])[] = [
  ["foreign_keys", 1],
  // A function that a foreign schema calls has no effect beyond its answer.
  ["trusted_schema", 0],
  ["synchronous", 1],
  ["temp_store", 2],
  ["cache_size", -CACHE_KIB],
  ["wal_autocheckpoint", CHECKPOINT_PAGES],
  ["journal_size_limit", WAL_BYTES],
];

/**
 * Makes the file where it is missing, 0600, and its folder, 0700. Only then: closing a descriptor of a file
 * that SQLite has open here would drop its locks.
 * @throws {StoreError} `db_is_a_folder` or `db_cannot_open`.
 */
export function prepareFile(path: string): void {
  const { folder } = splitPath(path);
  try {
    refuseNoFile(path, Deno.statSync(path));
    return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      if (error instanceof StoreError) throw error;
      throw toOpenError(error, path, "write", "look at the database");
    }
  }
  try {
    makeFolders(folder);
    using file = Deno.openSync(path, { write: true, createNew: true, mode: NEW_FILE_MODE });
    giveToHeir(path, file.statSync());
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw toOpenError(error, path, "write", "create the database");
  }
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Sets and reads back the pragmas. @throws {StoreError} `db_no_wal`, `db_pragma`; SQLite's own errors. */
export function configure(db: DatabaseSync, path: string): void {
  // Changing into WAL ignores the busy handler, so it is asked first: usually there is no change.
  const mode = pragma(db, "journal_mode");
  if (mode !== "wal") {
    // An empty file has nothing that a journal could bring back: its one page is written in one piece,
    // and again to be in WAL mode. A file for the journal of each would take six more syncs.
    if (pragma(db, "page_count") === 0) pragma(db, "journal_mode = MEMORY");
    // Has an effect on an empty file only, and must come before its first page is written.
    pragma(db, "auto_vacuum = INCREMENTAL");
    const now = pragma(db, "journal_mode = WAL");
    if (now !== "wal" && path !== ":memory:") {
      const message = `database ${path} cannot use write-ahead logging (journal mode is ${now})`;
      throw new StoreError("db_no_wal", message, path, {
        hint: "Put the database on a local file system: network file systems lack what it needs.",
      });
    }
  }
  for (const [name, value] of PRAGMAS) {
    pragma(db, `${name} = ${value}`);
    const now = pragma(db, name);
    if (now !== value) {
      const message = `database ${path}: ${name} is ${now} where ${value} was set`;
      throw new StoreError("db_pragma", message, path, {
        hint: "Report this: this SQLite behaves otherwise than tickerlock needs.",
      });
    }
  }
}

/** Fails where the file may only be read, which SQLite opens without error; a busy one can be written. */
export function checkWritable(db: DatabaseSync): void {
  const timeout = Number(pragma(db, "busy_timeout"));
  pragma(db, "busy_timeout = 0");
  try {
    db.prepare("BEGIN IMMEDIATE").run();
    // On a file that may only be read that begins a reading transaction, without an error.
    db.prepare(`PRAGMA user_version = ${Number(pragma(db, "user_version"))}`).run();
  } catch (error) {
    if (!isBusy(error)) throw error;
  } finally {
    if (db.isTransaction) db.prepare("ROLLBACK").run();
    pragma(db, `busy_timeout = ${timeout}`);
  }
}
