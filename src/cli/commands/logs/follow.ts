/**
 * `tickerlock logs --follow`: rows as they begin and end.
 *
 * @module
 */
import {
  type LogFilter,
  type LogRow,
  newestLogId,
  QuietReader,
  readLogs,
} from "../../../store/mod.ts";
import { EXIT, type ExitCode, exitCodeOfSignal, InterruptedError } from "../../../base/errors.ts";
import type { LogsValues } from "./settings.ts";
import { type LogWriter, PAGE_ROWS } from "./writer.ts";
import { outputGone } from "../../output/streams.ts";
import { StopSignals } from "../../process/signals.ts";

/** Older rows that are shown first where no limit is given, as tail(1) does. */
const ROWS_BEFORE = 10;

/** Pause between two looks, in ms: soon enough for a person, and nothing for the machine. */
const POLL_MS = 250;

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** The log as it goes on: what is new, and what has ended, since the last look. */
export class LogFollower implements Disposable {
  readonly #path: string;
  readonly #filter: LogFilter;
  #quiet: QuietReader;
  #identity: string | undefined;
  #version: unknown;
  #newest = 0;
  readonly #running = new Set<number>();

  /**
   * Opens the database.
   *
   * @param path The file.
   * @param filter Which rows. A row that begins is compared as it is then, and again when it ends.
   * @throws {DatabaseError} Where it cannot be read.
   */
  constructor(path: string, filter: LogFilter) {
    this.#path = path;
    this.#filter = filter;
    this.#identity = identityOf(path);
    this.#quiet = new QuietReader(path);
  }

  #fits({ status }: LogRow): boolean {
    const { statuses = [] } = this.#filter;
    return statuses.length === 0 || statuses.includes(status);
  }

  /** Rows of any status that the other filters let through: a running one may end in any. */
  get #anyStatus(): LogFilter {
    return { ...this.#filter, statuses: [] };
  }

  /**
   * Rows that are there already, the oldest first. Call it once, before {@linkcode LogFollower.next}.
   *
   * @param limit Most rows.
   */
  first(limit: number): LogRow[] {
    const db = this.#quiet.reader;
    this.#version = this.#dataVersion();
    return db.snapshot(() => {
      this.#newest = newestLogId(db);
      const running = readLogs(db, { ...this.#filter, statuses: ["running"] }, { limit: Infinity });
      for (const { id } of running) this.#running.add(id);
      return limit === 0 ? [] : readLogs(db, this.#filter, { limit }).toReversed();
    });
  }

  #dataVersion(): unknown {
    return this.#quiet.reader.get("PRAGMA data_version")?.data_version;
  }

  /** Opens anew what was replaced, by a restore for example, or what only a copy was read of. */
  #reopen(): boolean {
    const identity = identityOf(this.#path);
    // Missing for a moment, while it is replaced: the old one goes on until then.
    const replaced = identity !== undefined && identity !== this.#identity;
    if (!replaced && this.#quiet.isCurrent()) return false;
    const quiet = new QuietReader(this.#path);
    this.#quiet[Symbol.dispose]();
    this.#quiet = quiet;
    this.#identity = identity ?? this.#identity;
    if (replaced) {
      this.#newest = Math.min(this.#newest, newestLogId(quiet.reader));
      this.#running.clear();
    }
    return true;
  }

  /** Rows that have begun or ended since the last look, in the order of their ids. */
  next(): LogRow[] {
    const opened = this.#reopen();
    const version = this.#dataVersion();
    if (!opened && version === this.#version) return [];
    this.#version = version;
    const db = this.#quiet.reader;
    return db.snapshot(() => {
      const ended = readLogs(db, this.#anyStatus, {
        ids: [...this.#running],
        first: "oldest",
        limit: Infinity,
      }).filter(({ status }) => status !== "running");
      const begun: LogRow[] = [];
      for (;;) {
        const rows = readLogs(db, this.#anyStatus, {
          after: this.#newest,
          first: "oldest",
          limit: PAGE_ROWS,
        });
        begun.push(...rows);
        this.#newest = rows.at(-1)?.id ?? this.#newest;
        if (rows.length < PAGE_ROWS) break;
      }
      for (const { id } of ended) this.#running.delete(id);
      for (const { id, status } of begun) {
        if (status === "running") this.#running.add(id);
      }
      return [...ended, ...begun].filter((row) => this.#fits(row));
    });
  }

  /** Closes the database. */
  [Symbol.dispose](): void {
    this.#quiet[Symbol.dispose]();
  }
}

/**
 * Shows rows until a signal stops it, or nobody reads them any more.
 *
 * @param values The command's values.
 * @param filter Which rows.
 * @param writer Where they go.
 * @returns 130, 143 or 129 after a signal; 0 where the reader went away.
 */
export async function followLogs(
  values: LogsValues,
  filter: LogFilter,
  writer: LogWriter,
): Promise<ExitCode> {
  using signals = new StopSignals();
  using follower = new LogFollower(values.db, filter);
  writer.write(follower.first(values.limit ?? ROWS_BEFORE));
  while (!outputGone()) {
    await sleep(POLL_MS, signals.signal);
    if (signals.signal.aborted) {
      const reason: unknown = signals.signal.reason;
      return exitCodeOfSignal(
        reason instanceof InterruptedError ? reason.details.signal : undefined,
      );
    }
    const rows = follower.next();
    if (rows.length > 0) writer.write(rows);
  }
  return EXIT.ok;
}
