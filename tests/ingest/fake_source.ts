/**
 * A source whose tickers and behaviour a test decides.
 *
 * @module
 */
import { SourceError } from "../../src/base/errors.ts";
import {
  type Batch,
  EVERYTHING,
  type FetchOptions,
  type Source,
  type SourceRun,
} from "../../src/sources/source.ts";
import type { PriceRow, Reject } from "../../src/model/prices.ts";

/** What the source does for one ticker. */
export interface FakeTicker {
  readonly prices?: readonly PriceRow[];
  readonly rejects?: readonly Reject[];
  readonly payloadSha256?: string;
  /** Runs before anything is delivered; what it throws, the fetch throws. */
  readonly before?: (options?: FetchOptions) => void | Promise<void>;
}

/** A fake source and what was asked of it. */
export interface FakeSource extends Source {
  /** Tickers in the order in which they were fetched. */
  readonly fetched: string[];
  /** Tickers that were said not to be needed any more. */
  readonly forgotten: string[];
  /** How often a run of it was disposed of. */
  disposed: number;
}

/** A row of which only the close is told. */
export function price(date: string, close: number, over: Partial<PriceRow> = {}): PriceRow {
  return { date, open: null, high: null, low: null, close, adjClose: null, volume: null, ...over };
}

/** A refused row. */
export function reject(line: number, code: string): Reject {
  const reason = `line ${line} is refused because of ${code}`;
  return { origin: "fake.csv", line, date: null, code, reason, raw: "raw" };
}

/** Makes a source. */
export function fakeSource(
  tickers: Readonly<Record<string, FakeTicker>>,
  over: Partial<SourceRun> & { readonly onOpen?: () => void | Promise<void> } = {},
): FakeSource {
  const { onOpen, ...parts } = over;
  const source: FakeSource = {
    name: "fake",
    description: "A source for tests",
    input: "file",
    capabilities: { incremental: false, corporateActions: false, splitAdjusted: false },
    test: () =>
      Promise.resolve({ ok: true, target: "nothing", status: null, latencyMs: 0, message: "fine" }),
    fetched: [],
    forgotten: [],
    disposed: 0,
    async open(): Promise<SourceRun> {
      await onOpen?.();
      return {
        tickers: Object.keys(tickers).sort(),
        unassigned: [],
        failures: [],
        warnings: [],
        details: {},
        plan: () => EVERYTHING,
        missing: (ticker) => new SourceError("ticker_not_in_file", `${ticker} is not there`),
        forget: (ticker) => void source.forgotten.push(ticker),
        async *fetch(ticker, options): AsyncGenerator<Batch> {
          source.fetched.push(ticker);
          const { before, prices, rejects = [], payloadSha256 } = tickers[ticker] ?? {};
          await before?.(options);
          yield {
            prices: prices ?? [price("2024-01-02", 1)],
            rejects,
            ...(payloadSha256 === undefined ? {} : { payloadSha256 }),
          };
        },
        [Symbol.asyncDispose]: () => {
          source.disposed++;
          return Promise.resolve();
        },
        ...parts,
      };
    },
  };
  return source;
}
