/**
 * How far a run over tickers has come.
 *
 * @module
 */
import type { SourceRun } from "../sources/source.ts";
import type { IngestProgress, TickerResult } from "./types.ts";

/** A service that wants silence lets nothing finish: the line is told about it all the same. In ms. */
const TELL_MS = 500;

const GOOD = new Set<TickerResult["status"]>(["success", "skipped", "dry_run"]);

/** Counts results and tells about them; dispose it when the last one is in. */
export class TickerProgress implements Disposable {
  readonly #opened: SourceRun;
  readonly #total: number;
  readonly #tell: ((progress: IngestProgress) => void) | undefined;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #done = 0;
  #failed = 0;
  #rows = 0;
  #waiting = 0;

  /** @param tell Whom to tell; nobody where it is undefined. */
  constructor(
    opened: SourceRun,
    total: number,
    tell: ((progress: IngestProgress) => void) | undefined,
  ) {
    this.#opened = opened;
    this.#total = total;
    this.#tell = tell;
    if (tell !== undefined && opened.pausedMs !== undefined) {
      this.#timer = setInterval(() => this.#report(), TELL_MS);
    }
  }

  /**
   * One ticker has ended.
   *
   * @param waiting Tickers whose lock is waited for.
   */
  done(result: TickerResult, waiting: number): void {
    this.#done++;
    if (!GOOD.has(result.status)) this.#failed++;
    this.#rows += result.rowsFetched;
    this.#waiting = waiting;
    this.#report();
  }

  #report(): void {
    this.#tell?.({
      phase: "writing",
      tickersDone: this.#done,
      tickersTotal: this.#total,
      rows: this.#rows,
      failed: this.#failed,
      waiting: this.#waiting,
      pausedMs: this.#opened.pausedMs ?? 0,
    });
  }

  /** Tells no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
