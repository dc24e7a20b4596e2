/** A collector's row in the database: its heartbeat, its end, and the turns that it left out. @module */
import { getLogger } from "@logtape/logtape";
import { EXIT, messageOf, TickerlockError } from "../base/errors.ts";
import { serial } from "../base/fifo.ts";
import { literal } from "../base/log.ts";
import { isUrl } from "../base/text.ts";
import type { FinishedJob } from "../model/job.ts";
import { openStore } from "../store/open.ts";
import type { CollectorBeat, CollectorStart, Store } from "../store/store.ts";
import type { CollectorView } from "./scheduler.ts";

const log = getLogger(["tickerlock", "collect"]);

const HEARTBEAT_MS = 30_000;

/** Patience with a busy database, in ms, less than a run's: the next heartbeat does as well. */
const PATIENCE = { blockingMs: 500, totalMs: 5000 };

function beatOf({ state, task, nextTurnAt, tasks }: CollectorView): CollectorBeat {
  return { state, task, nextTurnAt, tasks: JSON.stringify(tasks) };
}

function replacedError(db: string): TickerlockError {
  const message = `another collector works on ${db} and has taken this one for dead; this one ends`;
  const hint = isUrl(db)
    ? "This machine was stopped, asleep or cut off from the server for a minute."
    : "Give both the same folder of locks (--lock-dir, TICKERLOCK_LOCK_DIR): then only one can start.";
  return new TickerlockError("collector_replaced", message, EXIT.failed, { hint, details: { db } });
}

interface HeartbeatOptions {
  readonly db: string;
  readonly lockDir: string;
  readonly start: CollectorStart;
  /** Called with `collector_replaced` where another collector has taken this one for dead. */
  readonly onReplaced: (error: TickerlockError) => void;
}

/** Keeps a collector's row. What cannot be written is logged once and tried again. */
export class CollectorHeartbeat implements AsyncDisposable {
  readonly #options: HeartbeatOptions;
  #store: Store | undefined;
  #written = "";
  #writtenMs = -Infinity;
  #view: CollectorView | undefined;
  #queued = false;
  readonly #inTurn = serial();
  #failing = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Inserts the row, and ends those that other collectors have left. Call with the job lock held. */
  async begin(view: CollectorView, signal: AbortSignal): Promise<void> {
    const { db, lockDir, start } = this.#options;
    await using store = await openStore(db, { lockDir, signal });
    const dead = await store.beginCollector(start, beatOf(view));
    if (dead.length === 0) return;
    log.warn(literal(`an earlier collector ended without recording it: ${dead.join(", ")}`));
  }

  /** Notes what the collector is doing, written where it has changed, and every 30 seconds. Never throws. */
  note(view: CollectorView, elapsedMs: number): void {
    const text = JSON.stringify(view);
    if (text === this.#written && elapsedMs - this.#writtenMs < HEARTBEAT_MS) return;
    this.#view = view;
    this.#written = text;
    this.#writtenMs = elapsedMs;
    if (!this.#queued) this.#inTurn(() => this.#writeBeat());
    this.#queued = true;
  }

  async #writeBeat(): Promise<void> {
    this.#queued = false;
    // The newest: what was noted in between no longer matters.
    const view = this.#view;
    if (view === undefined) return;
    const { db, start, onReplaced } = this.#options;
    await this.#try(async (store) => {
      if (!await store.beatCollector(start, beatOf(view))) onReplaced(replacedError(db));
    });
  }

  async #try(work: (store: Store) => Promise<void>): Promise<void> {
    try {
      const { db, lockDir } = this.#options;
      this.#store ??= await openStore(db, { lockDir, patience: PATIENCE });
      await work(this.#store);
      if (this.#failing) log.info("the heartbeat can be written again");
      this.#failing = false;
    } catch (error) {
      // The next one opens the database anew: it may have been put back.
      await this[Symbol.asyncDispose]();
      this.#written = "";
      if (!this.#failing) log.warn(literal(`no heartbeat: ${messageOf(error)}`));
      this.#failing = true;
    }
  }

  /** Leaves a row in the log for a turn that was left out, if the database can take it. */
  skipped(finished: FinishedJob): Promise<void> {
    return this.#inTurn(() => this.#try((store) => store.bringIn([finished])));
  }

  /** Writes that the collector has stopped, and why, in one sentence for people. */
  end(reason: string): Promise<void> {
    const { runId } = this.#options.start;
    return this.#inTurn(() => this.#try((store) => store.endCollector(runId, reason)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.[Symbol.asyncDispose]();
  }
}
