import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { getLogger } from "@logtape/logtape";
import { debug, msSince } from "../../../base/debug.ts";
import { literal } from "../../../base/log.ts";
import { listed } from "../../../base/text.ts";
import { noteConnection } from "./connections.ts";
import { StoreError } from "../../errors.ts";
import { refuseEmptied, refuseRemoved } from "./emptied.ts";
import { mayBeOfCompanions, toOpenError, toStoreError } from "./errors.ts";
import { clearCompanions } from "./left_companions.ts";
import { absolutePath } from "../../../platform/paths.ts";
import { fileIdentity } from "../../../platform/files.ts";
import { checkWritable, configure, prepareFile } from "./file.ts";
import { appliedMigrations, migrate, pendingMigrations } from "./migrate.ts";
import { retryOnBusy, type RetryOptions, withHolders } from "./retry.ts";

const log = getLogger(["tickerlock", "db"]);

/**
 * How to open a database.
 * @category Database
 */
export interface OpenOptions {
  /** Called once, when the connection is closed. */
  onClose?: (() => void) | undefined;
  /** Ends waiting for a busy database. */
  signal?: AbortSignal | undefined;
  /** Patience with a busy database. */
  retry?: RetryOptions | undefined;
  /**
   * Milliseconds that SQLite itself waits, blocking the whole process, before the asynchronous
   * patience of {@linkcode OpenOptions.retry} begins; 0 never blocks. Default 5,000.
   */
  busyTimeoutMs?: number | undefined;
}

const BUSY_TIMEOUT_MS = 5000;

/** The same once the work is stopped: of many tickers service managers would not wait for each. */
const STOPPED_BUSY_TIMEOUT_MS = 1000;

/**
 * An open database: one connection, whose transactions run one at a time. Dispose it with `using`.
 *
 * Everything inside a transaction is synchronous, so no other task of the process can come between; never
 * hold one open over an `await`.
 * @category Database
 */
export class Database implements Disposable {
  /** Path of the file, as given. */
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #retry: RetryOptions;
  readonly #noteClosed: () => void;
  readonly #fullPath: string;
  readonly #identity: string | undefined;
  #busyTimeoutMs: number;

  private constructor(path: string, db: DatabaseSync, retry: RetryOptions, options: OpenOptions) {
    const { busyTimeoutMs = BUSY_TIMEOUT_MS, onClose } = options;
    this.path = path;
    this.#db = db;
    this.#retry = retry;
    this.#fullPath = absolutePath(path);
    this.#identity = path === ":memory:" ? undefined : fileIdentity(this.#fullPath);
    this.#busyTimeoutMs = busyTimeoutMs;
    const noteClosed = noteConnection(path, "writer");
    this.#noteClosed = () => {
      noteClosed();
      onClose?.();
    };
  }

  /**
   * Opens a database, makes it where it is missing and has no backups (file mode 0600, folder 0700), and
   * brings its schema up to date. Any number of processes may do so at once.
   * @param path File, or `:memory:`.
   * @throws {StoreError} With a code for each way in which it cannot be used.
   */
  static async open(path: string, options: OpenOptions = {}): Promise<Database> {
    try {
      return await Database.#open(path, options);
    } catch (error) {
      const cleared = mayBeOfCompanions(error) ? clearCompanions(path) : [];
      if (cleared.length === 0) throw error;
      const paths = cleared.map((each) => each.path);
      const text = `removed what a reader of user ${cleared[0]?.uid} had left: ${listed(paths, 2)}`;
      log.info(literal(text), { paths });
      return await Database.#open(path, options);
    }
  }

  static async #open(path: string, options: OpenOptions): Promise<Database> {
    const retry = { ...options.retry, signal: options.signal ?? options.retry?.signal };
    if (path !== ":memory:") {
      refuseRemoved(path);
      refuseEmptied(path);
      prepareFile(path);
    }
    const started = performance.now();
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
      const [first = 1, ...more] = await retryOnBusy(() => migrate(opened, path), retry);
      if (first > 1) {
        const steps = `from schema version ${first - 1} to ${more.at(-1) ?? first}`;
        log.info(
          literal(`database ${path}: migrated ${steps}; older releases refuse it from now on`),
        );
      }
      checkWritable(opened);
      debug("db", () => {
        const ms = msSince(started);
        const version = appliedMigrations(opened).at(-1)?.version ?? 0;
        const how = `opened for writing, schema version ${version}, after ${ms} ms`;
        return [`database ${path}: ${how}`, { path, schema_version: version, ms }];
      });
      return new Database(path, opened, retry, options);
    } catch (error) {
      if (db === undefined) throw toOpenError(error, path, "write");
      const known = toStoreError(error, path, "open the database");
      const explained = withHolders(known, db);
      db.close();
      throw explained;
    }
  }

  /**
   * A prepared statement, made once per text.
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

  /**
   * Reads outside a transaction.
   * @param attempted What it does, for messages: "look for what is stored of PETR4.SA in".
   * @param work Synchronous; reads only.
   * @throws {StoreError} Where SQLite fails.
   */
  read<T>(attempted: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#explained(error, attempted);
    }
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
   * Runs `work` in one `BEGIN IMMEDIATE` transaction: all of it or nothing. While the database is busy it
   * is tried again, so `work` may run more than once and must touch the database only.
   * @param attempted What it does, for messages: "write the prices of PETR4.SA to".
   * @param work Synchronous. What it throws rolls back and comes through.
   * @throws {StoreError} Where SQLite fails.
   */
  async transaction<T>(
    attempted: string,
    work: () => T,
    options: Pick<RetryOptions, "onRetry" | "signal"> = {},
  ): Promise<T> {
    const started = performance.now();
    try {
      const result = await retryOnBusy(() => this.#once(work, "COMMIT"), {
        ...this.#retry,
        ...options,
      });
      debug("db", () => {
        const { path } = this;
        const ms = msSince(started);
        return [`committed after ${ms} ms: ${attempted} ${path}`, { attempted, path, ms }];
      });
      return result;
    } catch (error) {
      throw this.#explained(error, attempted);
    }
  }

  /**
   * Like {@linkcode Database.transaction}, but always rolled back: tells what would happen.
   * @param attempted What it would do, for messages.
   */
  async rehearsal<T>(attempted: string, work: () => T): Promise<T> {
    try {
      return await retryOnBusy(() => this.#once(work, "ROLLBACK"), this.#retry);
    } catch (error) {
      throw this.#explained(error, attempted);
    }
  }

  /**
   * Fails where the path leads to another file by now, or to none. SQLite goes on writing to the file
   * that it has open, without an error and without any use.
   */
  #checkInPlace(): void {
    if (this.#isInPlace()) return;
    const message =
      `database ${this.path} was removed or replaced while it was open; nothing more ` +
      "was written, and what this run had committed is in the file that was there";
    throw new StoreError("db_moved", message, this.path, {
      hint: "Find out what moves the file and where it is now, then try again.",
      scope: "store",
    });
  }

  #isInPlace(): boolean {
    return this.#identity === undefined || fileIdentity(this.#fullPath) === this.#identity;
  }

  /**
   * Brings what is committed from the write-ahead log into the file that is open, wherever it is now,
   * and empties the log: it is beside the path, where the next program to open another file there would
   * apply it to that one and damage it.
   */
  #leaveFile(): void {
    try {
      this.get("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Nothing can be done about a file that cannot be written any more.
    }
  }

  #explained(error: unknown, attempted: string): unknown {
    return withHolders(toStoreError(error, this.path, attempted), this.#db);
  }

  // Prepared, because what `DatabaseSync.exec` throws has no result code (Deno 2.9.6): a busy
  // database could not be told from a broken one.
  #once<T>(work: () => T, end: "COMMIT" | "ROLLBACK"): T {
    if (this.#retry.signal?.aborted && this.#busyTimeoutMs > STOPPED_BUSY_TIMEOUT_MS) {
      this.#busyTimeoutMs = STOPPED_BUSY_TIMEOUT_MS;
      this.get(`PRAGMA busy_timeout = ${STOPPED_BUSY_TIMEOUT_MS}`);
    }
    this.run("BEGIN IMMEDIATE");
    try {
      const result = work();
      if (end === "COMMIT") this.#checkInPlace();
      this.run(end);
      return result;
    } catch (error) {
      // Some failures (disk full, I/O) have rolled back already.
      if (this.#db.isTransaction) this.run("ROLLBACK");
      if (!this.#isInPlace()) this.#leaveFile();
      throw error;
    }
  }

  /** Closes the connection. Does nothing the second time. */
  close(): void {
    if (!this.#db.isOpen) return;
    if (!this.#isInPlace()) this.#leaveFile();
    this.#statements.clear();
    this.#db.close();
    this.#noteClosed();
  }

  /** {@linkcode Database.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
