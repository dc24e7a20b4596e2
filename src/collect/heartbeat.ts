/**
 * A collector's row in the database: its heartbeat, its end, and the turns that it left out.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  beatCollector,
  bringInFinished,
  COLLECTOR_HEARTBEAT_MS,
  type CollectorStart,
  Database,
  endCollector,
  insertCollector,
  type JobEnd,
  type JobStart,
  markDeadCollectors,
} from "../store/mod.ts";
import { EXIT, messageOf, TickerlockError } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import type { CollectorView } from "./collector_types.ts";

const log = getLogger(["tickerlock", "collect"]);

/**
 * How long SQLite may wait, blocking all else, for a heartbeat, in ms. A run has more patience: what a
 * heartbeat cannot write now, the next one writes.
 */
const BUSY_TIMEOUT_MS = 500;

/** Another collector has taken this one for dead. */
export class CollectorReplacedError extends TickerlockError {
  /** @param path The database. */
  constructor(path: string) {
    super(
      "collector_replaced",
      `another collector works on ${path} and has taken this one for dead; this one ends`,
      EXIT.failed,
      {
        hint: "Give both the same folder of locks (--lock-dir, LOCK_DIR): then only one can start.",
        details: { db: path },
      },
    );
  }
}

/**
 * Keeps the row of a collector. A heartbeat that cannot be written never stops the work: it is said
 * once, and tried again. Dispose it to close its connection.
 */
export class CollectorHeartbeat implements Disposable {
  readonly #path: string;
  readonly #start: CollectorStart;
  readonly #onReplaced: (error: CollectorReplacedError) => void;
  #db: Database | undefined;
  #written = "";
  #writtenMs = -Infinity;
  #view: CollectorView | undefined;
  #queued = false;
  /** The last of what is to be written. Never rejects. */
  #last: Promise<void> = Promise.resolve();
  #failing = false;

  /**
   * @param path The database.
   * @param start Who the collector is.
   * @param onReplaced Called where another collector has taken this one for dead.
   */
  constructor(
    path: string,
    start: CollectorStart,
    onReplaced: (error: CollectorReplacedError) => void,
  ) {
    this.#path = path;
    this.#start = start;
    this.#onReplaced = onReplaced;
  }

  /**
   * Opens the database and inserts the row; what other collectors have left without an end gets one.
   * Call with the job lock held.
   *
   * @param view What the collector is doing.
   * @param signal Ends waiting for a busy database.
   * @throws {DatabaseError} Where the database cannot be used.
   */
  async begin(view: CollectorView, signal: AbortSignal): Promise<void> {
    using db = await Database.open(this.#path, { signal });
    const now = new Date().toISOString();
    const dead = await db.transaction("write the collector's row to", () => {
      const reason = `found dead by collector ${this.#start.runId}`;
      const marked = markDeadCollectors(db, { stoppedAt: now, reason });
      insertCollector(db, this.#start, this.#beat(view, now));
      return marked;
    });
    if (dead.length === 0) return;
    log.warn(literal(`an earlier collector ended without a word: ${dead.join(", ")}`));
  }

  #beat(view: CollectorView, heartbeatAt: string): Parameters<typeof insertCollector>[2] {
    const { state, task, nextTurnAt, tasks } = view;
    return { heartbeatAt, state, task, nextTurnAt, tasks: JSON.stringify(tasks) };
  }

  /**
   * Notes what the collector is doing. It is written where it has changed, and every 30 seconds. Never
   * throws, and waits for nothing.
   *
   * @param view What it is doing.
   * @param nowMs Milliseconds since 1970.
   */
  note(view: CollectorView, nowMs: number): void {
    const text = JSON.stringify(view);
    if (text === this.#written && Math.abs(nowMs - this.#writtenMs) < COLLECTOR_HEARTBEAT_MS) {
      return;
    }
    this.#view = view;
    this.#written = text;
    this.#writtenMs = nowMs;
    if (!this.#queued) this.#enqueue(() => this.#writeBeat());
    this.#queued = true;
  }

  /** One at a time: all use one connection. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work);
    return this.#last;
  }

  async #writeBeat(): Promise<void> {
    this.#queued = false;
    // The newest: what came in between is of no interest any more.
    const view = this.#view;
    if (view === undefined) return;
    await this.#try("write the heartbeat to", (db) => {
      const beat = this.#beat(view, new Date().toISOString());
      const outcome = beatCollector(db, this.#start.runId, beat);
      if (outcome === "missing") insertCollector(db, this.#start, beat);
      return outcome;
    }, (outcome) => {
      if (outcome === "replaced") this.#onReplaced(new CollectorReplacedError(this.#path));
    });
  }

  async #try<T>(
    attempted: string,
    work: (db: Database) => T,
    done: (result: T) => void = () => {},
  ): Promise<void> {
    try {
      const options = { busyTimeoutMs: BUSY_TIMEOUT_MS, retry: { totalMs: 5000 } };
      const db = this.#db ??= await Database.open(this.#path, options);
      done(await db.transaction(attempted, () => work(db)));
      if (this.#failing) log.info("the heartbeat can be written again");
      this.#failing = false;
    } catch (error) {
      // The next one opens the database anew: it may have been put back in its place.
      this.#db?.close();
      this.#db = undefined;
      // What was noted is not written: the next round tries again.
      this.#written = "";
      if (!this.#failing) log.warn(literal(`no heartbeat: ${messageOf(error)}`));
      this.#failing = true;
    }
  }

  /**
   * Leaves a row in the log for a turn that was left out. Where the database cannot take it, the log on
   * standard error has it.
   *
   * @param job What would have run.
   * @param end Status `skipped`, with the reason.
   */
  skipped(job: JobStart, end: JobEnd): Promise<void> {
    return this.#enqueue(() =>
      this.#try("write the log to", (db) => bringInFinished(db, job, end))
    );
  }

  /**
   * Writes that the collector has stopped.
   *
   * @param reason One sentence for people.
   */
  end(reason: string): Promise<void> {
    return this.#enqueue(() =>
      this.#try("write the collector's end to", (db) => {
        endCollector(db, this.#start.runId, { stoppedAt: new Date().toISOString(), reason });
      })
    );
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#db?.close();
    this.#db = undefined;
  }
}
