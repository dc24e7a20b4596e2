/**
 * How far a run over tickers has come.
 *
 * @module
 */
import { isFailure } from "../model/job.ts";
import type { SourceRun } from "../sources/source.ts";
import type { IngestProgress, TickerResult } from "./types.ts";

/** A service that wants silence lets nothing finish: the progress is told all the same. In ms. */
const TELL_MS = 500;

/** Counts results and tells about them; dispose it when the last one is in. */
export function followTickers(
  opened: SourceRun,
  tickersTotal: number,
  tell: ((progress: IngestProgress) => void) | undefined,
): Disposable & {
  /** One ticker has ended. `waiting`: tickers whose lock is waited for. */
  done(result: TickerResult, waiting: number): void;
} {
  const sums = { tickersDone: 0, tickersTotal, rows: 0, failed: 0, waiting: 0 };
  const report = (): void => tell?.({ phase: "writing", ...sums, pausedMs: opened.pausedMs ?? 0 });
  const needsTimer = tell !== undefined && opened.pausedMs !== undefined;
  const timer = needsTimer ? setInterval(report, TELL_MS) : undefined;
  return {
    done: ({ status, rowsFetched }, waiting) => {
      sums.tickersDone++;
      if (isFailure(status)) sums.failed++;
      sums.rows += rowsFetched;
      sums.waiting = waiting;
      report();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
