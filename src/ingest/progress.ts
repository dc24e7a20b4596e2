/** How far a run has come, what it waits for, and how long it will take. @module */
import type { HolderRecord } from "../lock/mod.ts";
import { isFailure } from "../model/job.ts";
import type { NextTry } from "../sources/network.ts";
import type { SourceRun } from "../sources/source.ts";
import type { IngestProgress, RunWait, TickerResult } from "./types.ts";

/** What waits lets nothing finish: the progress is told all the same. In ms. */
const TELL_MS = 500;

type Tell = (progress: IngestProgress) => void;

function lockWait(name: string, holder: HolderRecord | undefined): RunWait {
  const held = holder === undefined ? NaN : Date.now() - Date.parse(holder.acquiredAt);
  return {
    reason: "lock",
    name,
    pid: holder?.pid ?? null,
    heldMs: Number.isNaN(held) ? null : Math.max(0, held),
  };
}

/** Tells again and again that the job lock is waited for; dispose it with the lock in hand. */
export function followJobLock(
  name: string,
  holder: HolderRecord | undefined,
  tell: Tell | undefined,
): Disposable {
  const report = (): void => tell?.({ phase: "waiting", wait: lockWait(name, holder) });
  report();
  const timer = tell === undefined ? undefined : setInterval(report, TELL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** A try that a ticker waits for, at a time of the monotonic clock. */
type Retry = { readonly next: NextTry; readonly why: string; readonly at: number };

/** Counts the results of a run and tells about them; dispose it when the last one is in. */
export class TickerProgress implements Disposable {
  readonly #opened: SourceRun;
  readonly #total: number;
  readonly #tell: Tell | undefined;
  readonly #started = performance.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #locks = new Map<string, HolderRecord | undefined>();
  readonly #retries = new Map<string, Retry>();
  readonly #asked = new Set<string>();
  #done = 0;
  #doneAt = this.#started;
  #failed = 0;
  #rows = 0;

  constructor(opened: SourceRun, total: number, tell: Tell | undefined) {
    this.#opened = opened;
    this.#total = total;
    this.#tell = tell;
    if (tell !== undefined) this.#timer = setInterval(() => this.#report(), TELL_MS);
  }

  locked(ticker: string, holder: HolderRecord | undefined): void {
    this.#locks.set(ticker, holder);
  }

  retrying(ticker: string, next: NextTry, why: string): void {
    this.#retries.set(ticker, { next, why, at: performance.now() + next.pauseMs });
  }

  asked(ticker: string): void {
    this.resumed(ticker);
    this.#asked.add(ticker);
  }

  /** A ticker waits for nothing any more. */
  resumed(ticker: string): void {
    this.#locks.delete(ticker);
    this.#retries.delete(ticker);
  }

  done({ ticker, status, rowsFetched }: TickerResult): void {
    this.resumed(ticker ?? "");
    this.#asked.delete(ticker ?? "");
    this.#done++;
    this.#doneAt = performance.now();
    if (isFailure(status)) this.#failed++;
    this.#rows += rowsFetched;
    this.#report();
  }

  #waits(): RunWait[] {
    const waits: RunWait[] = [];
    const { wait = null } = this.#opened;
    if (wait !== null) waits.push({ ...wait });
    for (const [ticker, { next, why, at }] of this.#retries) {
      const ms = at - performance.now();
      const { attempt, attempts } = next;
      if (ms > 0) waits.push({ reason: "retry", ticker, attempt, attempts, ms, why });
    }
    for (const [name, holder] of this.#locks) waits.push(lockWait(name, holder));
    return waits;
  }

  /** Null where it cannot be known: how much a page leaves, when locks are released, which try succeeds. */
  #leftMs(): number | null {
    const left = this.#total - this.#done;
    if (left <= 0) return 0;
    const stuck = this.#locks.size + this.#retries.size;
    if (this.#opened.paged === true || stuck >= left) return null;
    const least = this.#opened.leastMs?.(left - this.#asked.size) ?? 0;
    if (this.#done === 0) return least > 0 ? least : null;
    // By what is done: a wait would make the ones before it seem slower and slower.
    const asBefore = (this.#doneAt - this.#started) * left / this.#done;
    return Math.max(asBefore - (performance.now() - this.#doneAt), least);
  }

  #report(): void {
    this.#tell?.({
      phase: "writing",
      tickersDone: this.#done,
      tickersTotal: this.#total,
      rows: this.#rows,
      failed: this.#failed,
      waits: this.#waits(),
      leftMs: this.#leftMs(),
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
