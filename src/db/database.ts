/**
 * The connection: opening, pragmas, transactions.
 *
 * @module
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { DatabaseError, isBusy, toDatabaseError } from "./errors.ts";
import { migrate, pendingMigrations } from "./migrate.ts";
import { retryOnBusy, type RetryOptions } from "./retry.ts";

/** How to open a database. */
export interface OpenOptions {
  /** Ends waiting for a busy database. */
  signal?: AbortSignal;
  /** Patience with a busy database. */
  retry?: RetryOptions;
  /**
   * Milliseconds that SQLite itself waits, blocking the whole process, before the asynchronous
   * patience of {@linkcode OpenOptions.retry} begins; 0 never blocks. Default 5,000.
   */
  busyTimeoutMs?: number;
}

/** Default of {@linkcode OpenOptions.busyTimeoutMs}. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Pages in the write-ahead log before it is moved into the database: 32 MB. SQLite's default of 4 MB
 * makes a run over thousands of tickers a fifth slower, since each ticker's commit writes whole pages.
 */
const CHECKPOINT_PAGES = 8000;

function folderOf(path: string): string {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

// The database and its folder are private to the user: 0600 and 0700. The WAL inherits the mode.
// Only for a file that does not exist: closing a descriptor of a file that SQLite has open in this
// process would drop its locks.
function prepareFile(path: string): void {
  const folder = folderOf(path);
  try {
    const info = Deno.statSync(path);
    if (!info.isDirectory) return;
    throw new DatabaseError("db_is_a_folder", `database ${path} is a folder`, path, {
      hint: "Name a file with --db, for example " + path.replace(/[/\\]+$/, "") + "/tickerlock.db",
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      if (error instanceof DatabaseError) throw error;
      throw unusable(path, error, "look at");
    }
  }
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw unusable(path, error, "create");
  }
}

function unusable(path: string, error: unknown, verb: string): DatabaseError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(
    "db_cannot_open",
    `could not ${verb} the database ${path}: ${reason}`,
    path,
    {
      hint: "Make its folder writable for this user, or choose another file with --db.",
      cause: error,
    },
  );
}

function pragma(db: DatabaseSync, name: string): unknown {
  const row = db.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

function configure(db: DatabaseSync, path: string): void {
  // Changing into WAL ignores the busy handler, so it is asked first: usually there is no change.
  const mode = pragma(db, "journal_mode");
  if (mode !== "wal") {
    // Has an effect on an empty file only, and must come before its first page is written.
    pragma(db, "auto_vacuum = INCREMENTAL");
    const now = pragma(db, "journal_mode = WAL");
    if (now !== "wal" && path !== ":memory:") {
      throw new DatabaseError(
        "db_no_wal",
        `database ${path} cannot use write-ahead logging (journal mode is ${now})`,
        path,
        {
          hint: "Put the database on a local file system: network file systems lack what it needs.",
        },
      );
    }
  }
  db.exec(
    "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; " +
      `PRAGMA cache_size = -64000; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};`,
  );
}

// SQLite opens a file that it may only read without a word, and would fail at every single write. A
// database that is busy can be written: that is for the first transaction to wait for.
function checkWritable(db: DatabaseSync): void {
  const timeout = Number(pragma(db, "busy_timeout"));
  pragma(db, "busy_timeout = 0");
  try {
    db.prepare("BEGIN IMMEDIATE").run();
    db.prepare("ROLLBACK").run();
  } catch (error) {
    if (!isBusy(error)) throw error;
  } finally {
    pragma(db, `busy_timeout = ${timeout}`);
  }
}

/**
 * An open database: one connection, whose transactions run one at a time. Dispose it with `using`.
 *
 * Everything inside a transaction is synchronous, so no other task of the process can come between;
 * never hold one open over an `await`.
 */
export class Database implements Disposable {
  /** Path of the file, as given. */
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #retry: RetryOptions;

  private constructor(path: string, db: DatabaseSync, retry: RetryOptions) {
    this.path = path;
    this.#db = db;
    this.#retry = retry;
  }

  /**
   * Opens a database, makes it where it is missing (file mode 0600, folder 0700) and brings its
   * schema up to date. Any number of processes may do so at once.
   *
   * @param path File, or `:memory:`.
   * @param options Patience and signal.
   * @throws {DatabaseError} With a code for each way in which it cannot be used.
   */
  static async open(path: string, options: OpenOptions = {}): Promise<Database> {
    const retry: RetryOptions = { ...options.retry };
    if (options.signal !== undefined) retry.signal = options.signal;
    if (path !== ":memory:") prepareFile(path);
    let db: DatabaseSync | undefined;
    try {
      const opened = new DatabaseSync(path, { timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS });
      db = opened;
      await retryOnBusy(() => {
        // Before anything is set: write-ahead logging is kept in the file, and a database that is
        // refused must stay as it is.
        pendingMigrations(opened, path);
        configure(opened, path);
      }, retry);
      await retryOnBusy(() => migrate(opened, path), retry);
      checkWritable(opened);
      return new Database(path, opened, retry);
    } catch (error) {
      db?.close();
      throw toDatabaseError(error, path, "open the database");
    }
  }

  /**
   * A prepared statement, made once per text.
   *
   * @param sql One statement. Never with values spliced in: bind them.
   */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs a statement. @returns The number of rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.prepare(sql).run(...values).changes);
  }

  /** First row of a query, or undefined. */
  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.prepare(sql).get(...values);
  }

  /** All rows of a query. */
  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.prepare(sql).all(...values);
  }

  /**
   * Runs `work` in one `BEGIN IMMEDIATE` transaction: all of it or nothing. While the database is
   * busy it is tried again, so `work` may run more than once and must touch the database only.
   *
   * @param attempted What it does, for messages: "write the prices of PETR4.SA to".
   * @param work Synchronous. What it throws rolls back and comes through.
   * @param options Called on each further try.
   * @throws {DatabaseError} Where SQLite fails.
   */
  async transaction<T>(
    attempted: string,
    work: () => T,
    options: Pick<RetryOptions, "onRetry" | "signal"> = {},
  ): Promise<T> {
    try {
      return await retryOnBusy(() => this.#once(work, "COMMIT"), { ...this.#retry, ...options });
    } catch (error) {
      throw toDatabaseError(error, this.path, attempted);
    }
  }

  /**
   * Like {@linkcode Database.transaction}, but always rolled back: tells what would happen.
   *
   * @param attempted What it would do, for messages.
   * @param work Synchronous.
   */
  async rehearsal<T>(attempted: string, work: () => T): Promise<T> {
    try {
      return await retryOnBusy(() => this.#once(work, "ROLLBACK"), this.#retry);
    } catch (error) {
      throw toDatabaseError(error, this.path, attempted);
    }
  }

  // Prepared, because what `DatabaseSync.exec` throws has no result code (Deno 2.9.6): a busy
  // database could not be told from a broken one.
  #once<T>(work: () => T, end: "COMMIT" | "ROLLBACK"): T {
    this.run("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.run(end);
      return result;
    } catch (error) {
      // Some failures (disk full, I/O) have rolled back already.
      if (this.#db.isTransaction) this.run("ROLLBACK");
      throw error;
    }
  }

  /** Closes the connection. Does nothing the second time. */
  close(): void {
    if (!this.#db.isOpen) return;
    this.#statements.clear();
    this.#db.close();
  }

  /** The same as {@linkcode Database.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
