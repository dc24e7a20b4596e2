/**
 * A temporary folder with a database and locks of its own, to run the program in.
 *
 * @module
 */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { fail } from "../assert.ts";
import type { LogRow } from "../../src/model/job.ts";
import { recordPath, untilFree } from "../lock/lock_folder.ts";
import { type CaptureOptions, inSpace, type Outcome } from "../cli/in_process.ts";
import {
  type Outcome as ProcessOutcome,
  Running,
  runProgram,
  type StartOptions,
} from "./program.ts";
import { type ReportJson, reportOf } from "./report_json.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

/** A row of `prices`. */
export interface StoredPrice {
  readonly ticker: string;
  readonly date: string;
  readonly source: string;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  readonly adj_close: number | null;
  readonly volume: number | null;
  readonly ingest_id: number;
}

/** How `ingest --json` ended. */
export interface Reported {
  readonly code: number;
  readonly stderr: string;
  readonly report: ReportJson;
}

/** Opens a file for `flock(2)`, as any other program would. */
function openLockFile(path: string): Deno.FsFile {
  return Deno.openSync(path, { read: true, write: true, create: true });
}

/** A kernel lock of the test process itself. Dispose it to release it. */
export class HeldLock implements Disposable {
  #file: Deno.FsFile | undefined;

  /** @param path The lock file; made where it is missing. Fails where another holds it. */
  constructor(path: string) {
    const file = openLockFile(path);
    if (!file.tryLockSync(true)) {
      file.close();
      fail(`${path} is locked already`);
    }
    this.#file = file;
  }

  /** Releases it. Does nothing the second time. */
  release(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A folder that is removed at the end of the block. */
export class Workspace implements AsyncDisposable {
  /** The folder. */
  readonly path: string;
  /** Where the program is told to have its database. */
  readonly db: string;
  /** Where the program is told to have its locks. */
  readonly lockDir: string;

  private constructor(path: string) {
    this.path = path;
    this.db = `${path}/prices.db`;
    this.lockDir = `${path}/locks`;
  }

  /** Makes one. */
  static async create(): Promise<Workspace> {
    return new Workspace(await makeTempFolder("tickerlock_e2e_"));
  }

  #options(options: StartOptions): StartOptions {
    const env = { TICKERLOCK_DB: this.db, LOCK_DIR: this.lockDir, ...options.env };
    return { cwd: this.path, ...options, env };
  }

  /** Runs `tickerlock`, told of no database and no locks: it would make the default ones here. */
  program(args: readonly string[], options: StartOptions = {}): Promise<ProcessOutcome> {
    return runProgram(args, { cwd: this.path, ...options });
  }

  /** Starts `tickerlock ingest` with this folder's database and locks. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    return new Running(["ingest", ...args], this.#options(options));
  }

  /** Runs `tickerlock ingest` with this folder's database and locks, without a process of its own. */
  ingest(args: readonly string[], options: CaptureOptions = {}): Promise<Outcome> {
    return inSpace(this, ["ingest", ...args], options);
  }

  /** Runs `tickerlock` as a process with this folder's database and locks. */
  spawn(args: readonly string[], options: StartOptions = {}): Promise<ProcessOutcome> {
    return runProgram(args, this.#options(options));
  }

  /** Runs `tickerlock ingest --json` without a process of its own. */
  async here(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Reported> {
    const { code, stdout, stderr } = await inSpace(this, ["ingest", "--json", ...args], { env });
    return { code, stderr, report: reportOf(stdout) };
  }

  /** Runs `tickerlock ingest` on a COTAHIST file. */
  cotahist(file: string, ...args: readonly string[]): Promise<Outcome> {
    return this.ingest(["--source", "cotahist", "--file", file, ...args]);
  }

  /** Writes a file. @returns Its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = `${this.path}/${name}`;
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    return path;
  }

  /** Names of everything in the folder, sorted. */
  names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name).sort();
  }

  /** Whether the database is there. */
  hasDatabase(): boolean {
    return this.names().includes("prices.db");
  }

  /** All rows of a query, on a connection that can only read. */
  query(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    const db = new DatabaseSync(this.db, { readOnly: true, timeout: 5000 });
    try {
      return db.prepare(sql).all(...values);
    } finally {
      db.close();
    }
  }

  /** The first value of a query. */
  value(sql: string, ...values: SQLInputValue[]): unknown {
    return Object.values(this.query(sql, ...values)[0] ?? {})[0];
  }

  /** All prices in the order of their keys. */
  prices(): StoredPrice[] {
    const sql = "SELECT * FROM prices ORDER BY ticker, date, source";
    return this.query(sql) as unknown as StoredPrice[];
  }

  /** The log, oldest first; of one ticker where it is named. */
  logs(ticker?: string): LogRow[] {
    const rows = this.query("SELECT * FROM ingest_logs ORDER BY id") as unknown as LogRow[];
    return ticker === undefined ? rows : rows.filter((row) => row.ticker === ticker);
  }

  /** Path of a ticker's lock file. */
  lockPath(ticker: string): string {
    return `${this.lockDir}/${ticker}.lock`;
  }

  /** Takes a ticker's lock for the test process. */
  hold(ticker: string): HeldLock {
    Deno.mkdirSync(this.lockDir, { recursive: true });
    return new HeldLock(this.lockPath(ticker));
  }

  /** Process id in the holder's record of a lock file, read without touching the lock. */
  holderPid(ticker: string): number | undefined {
    try {
      const record: unknown = JSON.parse(Deno.readTextFileSync(recordPath(this.lockPath(ticker))));
      const isRecord = typeof record === "object" && record !== null && "pid" in record;
      return isRecord && typeof record.pid === "number" ? record.pid : undefined;
    } catch {
      // Not there yet, blank, or just being written.
      return undefined;
    }
  }

  /** Takes the database's write lock for the test process; dispose of it to release it. */
  holdDatabase(): Disposable {
    const db = new DatabaseSync(this.db, { timeout: 5000 });
    db.prepare("BEGIN IMMEDIATE").run();
    return { [Symbol.dispose]: () => db.close() };
  }

  /** Whether a transaction of another process that writes is open just now. */
  isBeingWritten(): boolean {
    const db = new DatabaseSync(this.db, { timeout: 0 });
    try {
      db.prepare("BEGIN IMMEDIATE").run();
      return false;
    } catch (error) {
      // 5 is SQLITE_BUSY: https://sqlite.org/rescode.html
      if (error instanceof Error && "errcode" in error && error.errcode === 5) return true;
      throw error;
    } finally {
      db.close();
    }
  }

  /** Runs SQL that writes, as another program would. */
  execute(sql: string): void {
    const db = new DatabaseSync(this.db, { timeout: 5000 });
    try {
      db.exec(sql);
    } finally {
      db.close();
    }
  }

  /** Whether a ticker's lock is free. Takes it for a moment: not while the program works. */
  isFree(ticker: string): boolean {
    const file = openLockFile(this.lockPath(ticker));
    try {
      return file.tryLockSync(true);
    } finally {
      file.close();
    }
  }

  /** Waits until a ticker's lock is free: that of a killed process may be dropped a moment late. */
  async untilFree(ticker: string): Promise<void> {
    await untilFree(this.lockPath(ticker));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}
