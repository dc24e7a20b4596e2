/**
 * The log as it goes on. Ids are given before rows are committed, so a row can appear below the newest one:
 * the missing ids of the last minute are looked for again.
 * @module
 */
import type { LogRow } from "../../../model/job.ts";
import type { LogFilter, LogFollower } from "../../reports.ts";
import { Connection, type Transaction } from "../connection/connection.ts";
import { checkSchema } from "../connection/migrate.ts";
import type { Target } from "../connection/target.ts";
import { newestLogId, readLogs } from "./logs.ts";

const PAGE_ROWS = 1000;

/** Milliseconds for which an id that is missing is looked for: a transaction takes no longer. */
const MISSING_MS = 60_000;

/** The {@linkcode LogFollower} of a server. */
export class PostgresFollower implements LogFollower {
  readonly #connection: Connection;
  readonly #filter: LogFilter;
  #newest = 0;
  readonly #running = new Set<number>();
  /** Ids that are missing, and since when. */
  readonly #missing = new Map<number, number>();

  private constructor(connection: Connection, filter: LogFilter) {
    this.#connection = connection;
    this.#filter = filter;
  }

  static async open(target: Target, filter: LogFilter): Promise<PostgresFollower> {
    const connection = new Connection(target);
    try {
      await connection.read("follow the log of", checkSchema);
      return new PostgresFollower(connection, filter);
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  #fits({ status }: LogRow): boolean {
    const { statuses = [] } = this.#filter;
    return statuses.length === 0 || statuses.includes(status);
  }

  get #anyStatus(): LogFilter {
    return { ...this.#filter, statuses: [] };
  }

  async first(limit: number): Promise<readonly LogRow[]> {
    return await this.#connection.read("follow the log of", async (db) => {
      this.#newest = await newestLogId(db);
      const running = { ...this.#filter, statuses: ["running"] };
      for (const { id } of await readLogs(db, running, { limit: Infinity })) this.#running.add(id);
      // A transaction that is open now may still commit what is below the newest.
      const first = this.#newest - PAGE_ROWS;
      const recent = await readLogs(db, {}, { after: first, limit: PAGE_ROWS });
      const there = new Set(recent.map(({ id }) => id));
      for (let id = Math.max(1, first + 1); id < this.#newest; id++) {
        if (!there.has(id)) this.#missing.set(id, performance.now());
      }
      return limit === 0 ? [] : (await readLogs(db, this.#filter, { limit })).toReversed();
    });
  }

  async #begun(db: Transaction): Promise<LogRow[]> {
    const late = await readLogs(db, this.#anyStatus, {
      ids: [...this.#missing.keys()],
      first: "oldest",
      limit: Infinity,
    });
    const begun: LogRow[] = [...late];
    for (let after = this.#newest;;) {
      const rows = await readLogs(db, {}, { after, first: "oldest", limit: PAGE_ROWS });
      begun.push(...rows);
      const last = rows.at(-1);
      if (last === undefined) return begun;
      after = last.id;
    }
  }

  /** Of rows of any kind those that the filter wants, whatever their status. */
  async #wanted(db: Transaction, rows: readonly LogRow[]): Promise<readonly LogRow[]> {
    if (rows.length === 0) return [];
    return await readLogs(db, this.#anyStatus, {
      ids: rows.map(({ id }) => id),
      first: "oldest",
      limit: Infinity,
    });
  }

  async next(): Promise<readonly LogRow[]> {
    const now = performance.now();
    const { ended, begun, all } = await this.#connection.read("follow the log of", async (db) => {
      const ended = (await readLogs(db, this.#anyStatus, {
        ids: [...this.#running],
        first: "oldest",
        limit: Infinity,
      })).filter(({ status }) => status !== "running");
      const all = await this.#begun(db);
      return { ended, all, begun: await this.#wanted(db, all) };
    });
    for (const { id } of all) {
      this.#missing.delete(id);
      for (let lacking = this.#newest + 1; lacking < id; lacking++) this.#missing.set(lacking, now);
      this.#newest = Math.max(this.#newest, id);
    }
    for (const [id, since] of this.#missing) {
      if (now - since > MISSING_MS) this.#missing.delete(id);
    }
    for (const { id } of ended) this.#running.delete(id);
    for (const { id, status } of begun) {
      if (status === "running") this.#running.add(id);
    }
    return [...ended, ...begun].filter((row) => this.#fits(row));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}
