/**
 * Read-only connections: as many as are wanted, never in the way of a writer.
 * @module
 */
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from "node:sqlite";
import { debug, msSince } from "../../../base/debug.ts";
import { messageOf } from "../../../base/errors.ts";
import { shellWord } from "../../../base/text.ts";
import { newestBackup } from "../backup/companion_files.ts";
import { noteConnection } from "./connections.ts";
import { StoreError } from "../../errors.ts";
import {
  emptyDatabase,
  oldSchema,
  refuseNoFile,
  resultCodeOf,
  toOpenError,
  toStoreError,
} from "./errors.ts";
import { appliedMigrations, pendingMigrations } from "./migrate.ts";

/**
 * How to open a reader.
 * @category Database
 */
export interface ReaderOptions {
  /** Milliseconds that SQLite waits, blocking, for a database that is busy. Default 5000. */
  busyTimeoutMs?: number | undefined;
  /** Accept a database with an older schema than this program's. Default false. */
  anySchema?: boolean | undefined;
}

/**
 * SQLITE_ERROR, TOOBIG, MISMATCH, MISUSE and RANGE: the statement or a value is at fault, not the
 * file. https://sqlite.org/rescode.html
 */
const AT_FAULT: ReadonlySet<number> = new Set([1, 18, 20, 21, 25]);

function queryError(error: unknown, path: string, isOpen: boolean): unknown {
  const resultCode = resultCodeOf(error);
  const options = { cause: error, details: { result_code: resultCode } };
  if (!isOpen) {
    return new StoreError("db_closed", `the reader of ${path} is closed already`, path, {
      ...options,
      hint: "Read before the reader is disposed of, or open another with reader().",
    });
  }
  if (resultCode === 8) {
    // That code alone: its kinds tell of a file that cannot be read where it is.
    const message = `could not read the database ${path}: the statement would change it (SQLite 8)`;
    return new StoreError("db_read_only", message, path, {
      ...options,
      hint: "Use writer() for what changes the database; a reader only reads.",
    });
  }
  // Of the runtime: a value that SQLite has no type for, or that JavaScript has no number for.
  const refused = error instanceof Error && resultCode === 0 && "code" in error &&
    /^ERR_(INVALID_ARG|OUT_OF_RANGE|INVALID_STATE)/.test(String(error.code));
  if (!refused && !AT_FAULT.has(resultCode & 0xff)) {
    return toStoreError(error, path, "read the database");
  }
  // 21 comes with the text "not an error": nothing but blanks or a comment was prepared.
  const reason = resultCode === 21 ? "there is no statement in it" : messageOf(error);
  return new StoreError("db_bad_query", `could not read the database ${path}: ${reason}`, path, {
    ...options,
    hint: "Check the statement, and that each ? has one value: text, number, bigint, bytes or " +
      "null. Whether a table of tickerlock is missing tells: tickerlock db verify.",
  });
}

/**
 * Has a statement return rows as arrays, where the runtime can (Deno 2.9.6 can, though its types do not say
 * so).
 * @param statement The statement; its rows are to be passed through what is returned.
 * @returns From what the statement returns as a row to its values, in the order of the columns.
 */
export function returnArrays(statement: StatementSync): (row: unknown) => SQLOutputValue[] {
  if ("setReturnArrays" in statement && typeof statement.setReturnArrays === "function") {
    statement.setReturnArrays(true);
    return (row) => row as SQLOutputValue[];
  }
  return (row) => Object.values(row as Record<string, SQLOutputValue>);
}

/**
 * The error of a database that could not be opened for reading.
 * @param wasOpen Whether SQLite had opened it.
 */
function openError(error: unknown, path: string, wasOpen: boolean): unknown {
  if (error instanceof Deno.errors.NotFound) {
    const restore = `tickerlock db restore latest --db ${shellWord(path)}`;
    const hint = newestBackup(path) !== undefined
      ? `There are backups of it; the newest: ${restore}`
      : "Name another with --db, or bring some data in first: tickerlock ingest --help";
    const message = `database ${path} does not exist`;
    return new StoreError("db_not_found", message, path, { hint, cause: error });
  }
  return error instanceof Deno.errors.NotCapable
    ? toStoreError(error, path, "open the database")
    : toOpenError(error, path, "read", "open the database", wasOpen);
}

/**
 * Opens a database that exists, so that it can only be read.
 * @param file What to open in its stead: a copy, which messages must not name.
 * @throws {StoreError} As {@linkcode Reader.open}.
 */
export function openReadOnly(path: string, options: ReaderOptions, file: string): DatabaseSync {
  const started = performance.now();
  let db: DatabaseSync | undefined;
  try {
    refuseNoFile(path, Deno.statSync(path));
    db = new DatabaseSync(file, { readOnly: true });
    // The option `timeout` is ignored where readOnly is set (Deno 2.9.6).
    db.prepare(`PRAGMA busy_timeout = ${Math.trunc(options.busyTimeoutMs ?? 5000)}`).get();
    const pending = pendingMigrations(db, path);
    db.prepare("PRAGMA query_only = ON").get();
    db.prepare("PRAGMA trusted_schema = OFF").get();
    db.prepare("PRAGMA cache_size = -64000").get();
    db.prepare("PRAGMA temp_store = MEMORY").get();
    if (pending.length > 0 && options.anySchema !== true) {
      throw appliedMigrations(db).length === 0 ? emptyDatabase(path) : oldSchema(path);
    }
    debug("db", () => {
      const ms = msSince(started);
      const copy = file !== path;
      const how = copy ? "a copy was opened for reading" : "opened for reading";
      return [`database ${path}: ${how} after ${ms} ms`, { path, copy, ms }];
    });
    return db;
  } catch (error) {
    // Before it is closed, which would free a descriptor where there was none left.
    const known = openError(error, path, db !== undefined);
    db?.close();
    throw known;
  }
}

/**
 * A read-only connection. Dispose it with `using`.
 * @category Database
 */
export class Reader implements Disposable {
  /** Path of the file, as given. */
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #noteClosed: () => void;
  /** The last statement of {@linkcode Reader.arrays}: the pages of a table have one and the same. */
  #paged: { readonly sql: string; readonly statement: StatementSync } | undefined;

  /** Takes over a connection, to close it with the reader. */
  protected constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
    this.#noteClosed = noteConnection(path, "reader");
  }

  /**
   * Opens a database that exists for reading.
   * @param file What to open in its stead: a copy, which messages must not name. Default the path.
   * @throws {StoreError} `db_not_found`, `db_empty`, `db_schema_old`, and a code for each way in which it
   *   cannot be used.
   */
  static open(path: string, options: ReaderOptions = {}, file: string = path): Reader {
    return new Reader(path, openReadOnly(path, options, file));
  }

  /**
   * First row of a query, or undefined.
   * @throws {StoreError} `db_bad_query` where the statement or its values are at fault; otherwise what is
   *   wrong with the database.
   */
  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#query(() => this.#db.prepare(sql).get(...values));
  }

  /** All rows of a query. @throws {StoreError} As {@linkcode Reader.get}. */
  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#query(() => this.#db.prepare(sql).all(...values));
  }

  /**
   * All rows of a query as arrays of values in the order of its columns, in two thirds of the time. Where a
   * whole number of the result is beyond 2^53, all whole numbers of that result are `bigint`.
   * @throws {StoreError} As {@linkcode Reader.get}.
   */
  arrays(sql: string, ...values: SQLInputValue[]): SQLOutputValue[][] {
    return this.#query(() => {
      const known = this.#paged?.sql === sql ? this.#paged.statement : undefined;
      const statement = known ?? this.#db.prepare(sql);
      this.#paged = { sql, statement };
      const arrayOf = returnArrays(statement);
      const all = (): SQLOutputValue[][] => {
        const rows: unknown[] = statement.all(...values);
        return Array.isArray(rows[0]) ? rows as SQLOutputValue[][] : rows.map(arrayOf);
      };
      try {
        return all();
      } catch (error) {
        this.#paged = undefined;
        if (!(error instanceof RangeError)) throw error;
        statement.setReadBigInts(true);
        return all();
      }
    });
  }

  /**
   * Rows of a query one by one, for results that do not fit into memory. Do not change anything with
   * another connection in the loop and expect to see it: the rows are of one moment.
   *
   * An error while rows are being made ends the loop without an error (Deno 2.9.6): where every row
   * matters, compare the number of rows with a `count(*)` in the same snapshot, or use {@linkcode
   * Reader.all}.
   * @throws {StoreError} As {@linkcode Reader.get}.
   */
  *iterate(sql: string, ...values: SQLInputValue[]): Generator<Record<string, unknown>> {
    try {
      yield* this.#db.prepare(sql).iterate(...values);
    } catch (error) {
      throw queryError(error, this.path, this.#db.isOpen);
    }
  }

  /**
   * Runs several queries on one consistent state, whatever others write meanwhile.
   * @param work Synchronous. What it throws comes through.
   */
  snapshot<T>(work: () => T): T {
    this.#query(() => this.#db.prepare("BEGIN").run());
    try {
      return work();
    } catch (error) {
      throw toStoreError(error, this.path, "read the database");
    } finally {
      // Closed by the work itself, there is nothing left to end.
      if (this.#db.isOpen) this.#query(() => this.#db.prepare("COMMIT").run());
    }
  }

  #query<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw queryError(error, this.path, this.#db.isOpen);
    }
  }

  /** The connection itself, for what only it can do: an online backup. */
  get raw(): DatabaseSync {
    return this.#db;
  }

  /** Closes the connection. Does nothing the second time. */
  close(): void {
    if (!this.#db.isOpen) return;
    this.#db.close();
    this.#noteClosed();
  }

  /** The same as {@linkcode Reader.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens a read-only connection.
 *
 * @example
 * ```ts
 * import { reader, writer } from "@tickerlock/tickerlock";
 *
 * const folder = await Deno.makeTempDir();
 * (await writer(`${folder}/a.db`)).close();
 * {
 *   using db = reader(`${folder}/a.db`);
 *   console.log(db.get("SELECT count(*) AS rows FROM prices")); // { rows: 0 }
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @throws {StoreError} As {@linkcode Reader.open}.
 * @category Database
 */
export function reader(path: string, options: ReaderOptions = {}): Reader {
  return Reader.open(path, options);
}
