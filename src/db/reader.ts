/**
 * Read-only connections: as many as are wanted, never in the way of a writer.
 *
 * @module
 */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { noteConnection } from "./connections.ts";
import { DatabaseError, toDatabaseError } from "./errors.ts";
import { pendingMigrations } from "./migrate.ts";

/** How to open a reader. */
export interface ReaderOptions {
  /** Milliseconds that SQLite waits, blocking, for a database that is busy. Default 5000. */
  busyTimeoutMs?: number;
  /** Accept a database with an older schema than this program's. Default false. */
  anySchema?: boolean;
}

/** A read-only connection. Dispose it with `using`. */
export class Reader implements Disposable {
  /** Path of the file, as given. */
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #noteClosed: () => void;

  private constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
    this.#noteClosed = noteConnection(path, "reader");
  }

  /**
   * Opens a database that exists for reading.
   *
   * @param path The file.
   * @param options Patience, and whether an older schema will do.
   * @throws {DatabaseError} `db_not_found`, `db_schema_old`, and a code for each way in which it
   *   cannot be used.
   */
  static open(path: string, options: ReaderOptions = {}): Reader {
    let db: DatabaseSync | undefined;
    try {
      if (Deno.statSync(path).isDirectory) {
        throw new DatabaseError("db_is_a_folder", `database ${path} is a folder`, path, {
          hint: "Name a file with --db.",
        });
      }
      db = new DatabaseSync(path, { readOnly: true });
      // The option `timeout` is ignored where readOnly is set (Deno 2.9.6).
      db.prepare(`PRAGMA busy_timeout = ${Math.trunc(options.busyTimeoutMs ?? 5000)}`).get();
      const pending = pendingMigrations(db, path);
      db.prepare("PRAGMA query_only = ON").get();
      db.prepare("PRAGMA cache_size = -64000").get();
      db.prepare("PRAGMA temp_store = MEMORY").get();
      if (pending.length > 0 && options.anySchema !== true) {
        throw new DatabaseError(
          "db_schema_old",
          `database ${path} has an older schema than this program`,
          path,
          { hint: `Bring it up to date with: tickerlock db migrate --db ${path}` },
        );
      }
      return new Reader(path, db);
    } catch (error) {
      db?.close();
      if (error instanceof Deno.errors.NotFound) {
        throw new DatabaseError("db_not_found", `database ${path} does not exist`, path, {
          hint: "Name another with --db, or bring some data in first: tickerlock ingest --help",
          cause: error,
        });
      }
      throw toDatabaseError(error, path, "open the database");
    }
  }

  /** First row of a query, or undefined. @throws {DatabaseError} Where SQLite fails. */
  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#try(() => this.#db.prepare(sql).get(...values));
  }

  /** All rows of a query. @throws {DatabaseError} Where SQLite fails. */
  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#try(() => this.#db.prepare(sql).all(...values));
  }

  /**
   * Rows of a query one by one, for results that do not fit into memory. Do not change anything with
   * another connection in the loop and expect to see it: the rows are of one moment.
   */
  *iterate(sql: string, ...values: SQLInputValue[]): Generator<Record<string, unknown>> {
    try {
      yield* this.#db.prepare(sql).iterate(...values);
    } catch (error) {
      throw toDatabaseError(error, this.path, "read the database");
    }
  }

  /**
   * Runs several queries on one consistent state, whatever others write meanwhile.
   *
   * @param work Synchronous.
   */
  snapshot<T>(work: () => T): T {
    return this.#try(() => {
      this.#db.prepare("BEGIN").run();
      try {
        return work();
      } finally {
        this.#db.prepare("COMMIT").run();
      }
    });
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toDatabaseError(error, this.path, "read the database");
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
 * @param path The file, which must exist.
 * @param options Patience, and whether an older schema will do.
 * @throws {DatabaseError} As {@linkcode Reader.open}.
 */
export function reader(path: string, options: ReaderOptions = {}): Reader {
  return Reader.open(path, options);
}
