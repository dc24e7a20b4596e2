import { fileIdentity } from "../../../platform/files.ts";
import type { LogFilter, LogFollower } from "../../reports.ts";
import { TraceFreeReader } from "../connection/trace_free_read.ts";
import { type LogRow } from "../../../model/job.ts";
import { newestLogId, readLogs } from "./logs.ts";

const PAGE_ROWS = 1000;

/** Looks without news until the database is opened anew: a replaced file can leave a reader behind. */
const QUIET_LOOKS = 40;

/** The {@linkcode LogFollower} of a file. */
export class SqliteFollower implements LogFollower {
  readonly #path: string;
  readonly #filter: LogFilter;
  #db: TraceFreeReader;
  #identity: string | undefined;
  #version: unknown;
  #quiet = 0;
  #newest = 0;
  readonly #running = new Set<number>();

  constructor(path: string, filter: LogFilter) {
    this.#path = path;
    this.#filter = filter;
    this.#identity = fileIdentity(path);
    this.#db = TraceFreeReader.open(path);
  }

  #fits({ status }: LogRow): boolean {
    const { statuses = [] } = this.#filter;
    return statuses.length === 0 || statuses.includes(status);
  }

  get #anyStatus(): LogFilter {
    return { ...this.#filter, statuses: [] };
  }

  first(limit: number): Promise<readonly LogRow[]> {
    return Promise.try(() => this.#first(limit));
  }

  next(): Promise<readonly LogRow[]> {
    return Promise.try(() => this.#next());
  }

  #first(limit: number): readonly LogRow[] {
    const db = this.#db;
    this.#version = this.#dataVersion();
    return db.snapshot(() => {
      this.#newest = newestLogId(db);
      const running = readLogs(db, { ...this.#filter, statuses: ["running"] }, { limit: Infinity });
      for (const { id } of running) this.#running.add(id);
      return limit === 0 ? [] : readLogs(db, this.#filter, { limit }).toReversed();
    });
  }

  #dataVersion(): unknown {
    return this.#db.get("PRAGMA data_version")?.data_version;
  }

  /** Opens anew what was replaced, by a restore for example, or what only a copy was read of. */
  #reopen(): void {
    const identity = fileIdentity(this.#path);
    // Missing for a moment, while it is replaced: the old one goes on until then.
    const replaced = identity !== undefined && identity !== this.#identity;
    if (!replaced && this.#db.isCurrent() && this.#quiet < QUIET_LOOKS) return;
    // Closed first: closing a companion drops the locks that this process has on it.
    this.#db.close();
    const db = this.#db = TraceFreeReader.open(this.#path);
    this.#quiet = 0;
    this.#identity = identity ?? this.#identity;
    this.#version = undefined;
    if (replaced) {
      this.#newest = Math.min(this.#newest, newestLogId(db));
      this.#running.clear();
    }
  }

  #next(): readonly LogRow[] {
    this.#reopen();
    const version = this.#dataVersion();
    if (version === this.#version) {
      this.#quiet++;
      return [];
    }
    this.#quiet = 0;
    const db = this.#db;
    const { ended, begun } = db.snapshot(() => {
      const ended = readLogs(db, this.#anyStatus, {
        ids: [...this.#running],
        first: "oldest",
        limit: Infinity,
      }).filter(({ status }) => status !== "running");
      const begun: LogRow[] = [];
      for (;;) {
        const rows = readLogs(db, this.#anyStatus, {
          after: begun.at(-1)?.id ?? this.#newest,
          first: "oldest",
          limit: PAGE_ROWS,
        });
        begun.push(...rows);
        if (rows.length < PAGE_ROWS) return { ended, begun };
      }
    });
    // Only now: where a page cannot be read, the next look reads all of them again.
    this.#version = version;
    this.#newest = begun.at(-1)?.id ?? this.#newest;
    for (const { id } of ended) this.#running.delete(id);
    for (const { id, status } of begun) {
      if (status === "running") this.#running.add(id);
    }
    return [...ended, ...begun].filter((row) => this.#fits(row));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#db.close();
    return Promise.resolve();
  }
}
