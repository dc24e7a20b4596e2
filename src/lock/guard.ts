/** The guard of a held lock, and the heartbeat in its record by which a hung holder shows. @module */
import { debug, msSince } from "../base/debug.ts";
import { timestamp } from "../base/time.ts";
import type { HeldFile } from "./attempt.ts";
import { isStillAt } from "./lock_file.ts";
import { BLANK_RECORD, encodeRecord, type HolderRecord } from "./holder.ts";
import { writeRecord } from "./record.ts";

/**
 * How a lock was obtained: at once, or after waiting for another holder.
 * @category Locks
 */
export type AcquireAction = "acquired" | "waited";

/** What {@linkcode LockGuard} is made of; internal to `src/lock`. */
export interface GuardParts {
  readonly name: string;
  readonly path: string;
  readonly held: HeldFile;
  /** Called once, when the lock is free. */
  readonly onRelease: () => void;
  readonly action: AcquireAction;
  readonly waitedSeconds: number;
  readonly holder: HolderRecord;
}

/** Time between two heartbeats, in ms. */
export const HEARTBEAT_MS = 5000;

/**
 * How many turns of the microtask queue the timer outlives the last lock. Starting it costs more than a
 * lock, and a run over thousands of tickers takes the next lock within 10 turns. Nothing is left for the
 * event loop, so that a test that looks for leaks finds none.
 */
const LINGER_TURNS = 30;

const beating = new Set<LockGuard>();
let timer: ReturnType<typeof setInterval> | undefined;
let lingering = false;

async function endSoon(): Promise<void> {
  lingering = true;
  for (let turn = 0; turn < LINGER_TURNS && beating.size === 0; turn++) await undefined;
  lingering = false;
  if (beating.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

/** Starts a heartbeat for a guard. The timer never keeps the program alive. */
function beat(one: LockGuard): void {
  beating.add(one);
  if (timer === undefined) {
    timer = setInterval(() => {
      const now = timestamp();
      for (const each of beating) each.refresh(now);
    }, HEARTBEAT_MS);
    Deno.unrefTimer(timer);
  }
}

/**
 * A lock that is held until the guard is disposed. Use it with `using`, so that no path out of the
 * block can keep the lock:
 *
 *     using lock = await acquireTickerLock("PETR4.SA");
 *
 * Disposing twice does no harm. A guard that is never disposed holds its lock until the process
 * ends, however it ends: the kernel frees it.
 * @category Locks
 */
export class LockGuard implements Disposable, AsyncDisposable {
  /** The ticker, or the job's name. */
  readonly name: string;
  /** Path of the lock file. */
  readonly path: string;
  /** Whether the lock was free at once or had to be waited for. */
  readonly action: AcquireAction;
  /** Seconds between asking and obtaining; 0 where the lock was free at once. */
  readonly waitedSeconds: number;
  readonly #obtained = performance.now();
  #holder: HolderRecord;
  #parts: GuardParts | undefined;

  /** Internal: guards come from `acquireTickerLock` and its siblings. */
  constructor(parts: GuardParts) {
    this.name = parts.name;
    this.path = parts.path;
    this.action = parts.action;
    this.waitedSeconds = parts.waitedSeconds;
    this.#holder = parts.holder;
    this.#parts = parts;
    const { opened, isUntouched } = parts.held;
    writeRecord(opened, parts.path, encodeRecord(parts.holder), isUntouched);
    beat(this);
  }

  /** The record of this holder, as others see it. */
  get holder(): HolderRecord {
    return this.#holder;
  }

  /** Whether the guard has not been disposed yet. */
  get held(): boolean {
    return this.#parts !== undefined;
  }

  /**
   * Whether the lock still protects: held, and its file still the one at the path. False after
   * `locks release --force`. A true answer can be out of date at once, so it saves work but proves
   * nothing; what is written must be fenced in the database.
   */
  isCurrent(): boolean {
    if (this.#parts === undefined) return false;
    try {
      return isStillAt(this.#parts.held.opened, this.path);
    } catch {
      return false;
    }
  }

  /** Internal: writes a new heartbeat into the record. */
  refresh(now: string): void {
    if (this.#parts === undefined) return;
    this.#holder = { ...this.#holder, heartbeatAt: now };
    writeRecord(this.#parts.held.opened, this.path, encodeRecord(this.#holder));
  }

  /** Releases the lock and clears the record. Does nothing the second time. */
  release(): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    this.#parts = undefined;
    beating.delete(this);
    if (beating.size === 0 && !lingering) void endSoon();
    writeRecord(parts.held.opened, this.path, BLANK_RECORD);
    parts.held.release();
    parts.onRelease();
    debug("lock", () => {
      const ms = msSince(this.#obtained);
      const { name, path } = this;
      return [`lock ${name}: released after ${ms} ms`, { lock: name, path, ms }];
    });
  }

  /** The same as {@linkcode LockGuard.release}, for `using`. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** The same as {@linkcode LockGuard.release}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.release());
  }
}
