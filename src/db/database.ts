/**
 * The connection: opening, pragmas, transactions.
 *
 * @module
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { noteConnection } from "./connections.ts";
import { DatabaseError, isBusy, toDatabaseError } from "./errors.ts";
import { checkWritable, configure, prepareFile } from "./file.ts";
import { migrate, pendingMigrations } from "./migrate.ts";
import { retryOnBusy, type RetryOptions } from "./retry.ts";

/** How to open a database. */
export interface OpenOptions {
  /** Called once, when the connection is closed. */
  onClose?: () => void;
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

  readonly #noteClosed: () => void;

  private constructor(path: string, db: DatabaseSync, retry: RetryOptions, onClose: () => void) {
    this.path = path;
    this.#db = db;
    this.#retry = retry;
    const noteClosed = noteConnection(path, "writer");
    this.#noteClosed = () => {
      noteClosed();
      onClose();
    };
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
      return new Database(path, opened, retry, options.onClose ?? (() => {}));
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
      throw this.#explained(toDatabaseError(error, this.path, attempted));
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
  /** Adds who may hold a database that stayed busy: the runs that say that they are at work. */
  #explained(error: unknown): unknown {
    if (!(error instanceof DatabaseError) || !isBusy(error)) return error;
    const running = this.#db.prepare(
      `SELECT ticker, pid, host, started_at FROM ingest_logs
       WHERE status = 'running' AND pid <> ? ORDER BY id DESC LIMIT 5`,
    ).all(Deno.pid);
    const who = running.map(({ ticker, pid, host, started_at }) =>
      `pid ${pid} on ${host} (${ticker}, since ${started_at})`
    );
    const hint = who.length === 0
      ? "No run of tickerlock is at work: look for another program that has the file open " +
        `(fuser -v ${this.path}), then start the run again.`
      : `It may be held by ${who.join("; ")}. Let that finish, then start the run again.`;
    return new DatabaseError(error.code, error.message, this.path, {
      hint,
      retryable: true,
      cause: error.cause,
      details: { running },
    }, error.resultCode);
  }

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
    this.#noteClosed();
  }

  /** The same as {@linkcode Database.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
