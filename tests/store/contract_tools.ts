/**
 * What the contract tests share: an engine under test, and jobs, rows and writes for it.
 *
 * @module
 */
import { PriceColumns } from "../../src/model/price_columns.ts";
import { type MarketBatch } from "../../src/model/markets.ts";
import { countRefused, type PriceRow, type Reject } from "../../src/model/prices.ts";
import type { OpenStoreOptions } from "../../src/store/open.ts";
import {
  type ClaimedJob,
  type JobToTake,
  type Store,
  type TakenTicker,
  type TakeOptions,
  type TickerWrite,
  type Written,
} from "../../src/store/store.ts";
import { assert } from "../assert.ts";
import { priceOf } from "./rows.ts";

/** A database of its own for one test. */
export interface Place extends AsyncDisposable {
  /**
   * Opens it, also several times at once; with an engine's own patience, and one folder of locks, unless
   * it is told.
   */
  open(options?: Partial<OpenStoreOptions>): Promise<Store>;
  /** The folder of lock files, where the engine has them; it need not be there. */
  readonly lockDir: string;
  /** All rows of a table, in the order in which they were written. */
  rows(table: string): Promise<Record<string, unknown>[]>;
  /** Keeps others from writing, until it is disposed of. */
  busy(): Promise<AsyncDisposable>;
  /** Leaves the lock of a ticker as a holder that was killed leaves it. */
  killHolder(ticker: string): Promise<void>;
}

/** An engine under test. */
export interface Engine {
  readonly name: string;
  /** Whether locks are files of a folder, which the database remembers. */
  readonly hasLockFolder: boolean;
  place(): Promise<Place>;
}

export const RUN = { runId: "run-1", source: "csv", command: "test" };

/** Before any time stamp, and behind all of them. */
export const [LONG_AGO, FAR_AHEAD] = ["2000-01-01T00:00:00.000Z", "9999-01-01T00:00:00.000Z"];

let jobs = 0;

export function jobOf(ticker: string): JobToTake {
  const jobId = `job-${++jobs}`;
  return { jobId, ticker, attempts: { count: 1 } };
}

export function how(over: Partial<TakeOptions> = {}): TakeOptions {
  const { signal } = new AbortController();
  return {
    run: RUN,
    holder: RUN.command,
    wait: false,
    timeoutSeconds: 0,
    claim: true,
    signal,
    ...over,
  };
}

export { priceOf as row };

export function reject(reason: string): Reject {
  return { origin: "a.csv", line: 3, date: null, code: "bad_number", reason, raw: "x" };
}

/** A job that was taken, and all that is needed to write of it. */
export interface Claimed extends AsyncDisposable {
  readonly taken: TakenTicker;
  readonly job: ClaimedJob;
}

export async function claim(
  store: Store,
  ticker: string,
  over: Partial<TakeOptions> = {},
): Promise<Claimed> {
  const [claimed] = await claimAll(store, [ticker], over);
  assert(claimed !== undefined);
  return claimed;
}

export async function claimAll(
  store: Store,
  tickers: readonly string[],
  over: Partial<TakeOptions> = {},
): Promise<Claimed[]> {
  const wanted = tickers.map(jobOf);
  const options = how(over);
  const takes = await store.take(wanted, options);
  return takes.map((taken, index) => {
    const job = wanted[index];
    if (!taken.taken) throw taken.error;
    assert(taken.id !== null && job !== undefined);
    const { jobId, ticker, attempts } = job;
    return {
      taken,
      job: { id: taken.id, jobId, ticker, attempts, source: options.run.source },
      [Symbol.asyncDispose]: () => taken[Symbol.asyncDispose](),
    };
  });
}

export function write(
  { job }: Claimed,
  prices: readonly PriceRow[],
  over: Partial<TickerWrite> = {},
): TickerWrite {
  return {
    job,
    prices: PriceColumns.of(prices),
    actions: [],
    events: [],
    withdrawn: [],
    rejects: [],
    keepKnown: false,
    lackingDays: [],
    unlessSince: null,
    repeated: 0,
    end: {
      rowsFetched: prices.length,
      rowsRejected: countRefused(over.rejects ?? []),
      payloadSha256: "ab",
    },
    elapsedMs: 0,
    ...over,
  };
}

export function outcomes(written: readonly Written[]): string[] {
  return written.map(({ outcome }) => outcome);
}

export function countsOf(written: Written | undefined): number[] {
  assert(written !== undefined && "counts" in written, JSON.stringify(written));
  const { inserted, updated, unchanged } = written.counts;
  return [inserted, updated, unchanged];
}

/** Waits until a hint has come, as fast as it comes. */
export async function untilTrue(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Some columns of each row of a table. */
export async function outline(
  place: Place,
  table: string,
  ...columns: string[]
): Promise<unknown[][]> {
  return (await place.rows(table)).map((each) => columns.map((name) => each[name]));
}

/** The statuses of the log, in order. */
export async function statuses(place: Place): Promise<unknown[]> {
  return (await outline(place, "ingest_logs", "status")).flat();
}

export const PAGE: MarketBatch = {
  events: [],
  markets: [market("M-1"), market("M-2")],
  settled: [],
  snapshots: [],
  takenAt: null,
};

function market(ticker: string): MarketBatch["markets"][number] {
  return {
    ticker,
    eventTicker: "E",
    marketType: null,
    yesSubTitle: null,
    noSubTitle: null,
    createdTime: null,
    updatedTime: null,
    openTime: null,
    closeTime: null,
    expectedExpirationTime: null,
    latestExpirationTime: null,
    settlementTs: null,
    status: "active",
    result: null,
    settlementValueDollars: null,
    yesBidDollars: null,
    yesAskDollars: null,
    noBidDollars: null,
    noAskDollars: null,
    lastPriceDollars: null,
    yesBidSizeFp: null,
    yesAskSizeFp: null,
    volumeFp: null,
    volume24hFp: null,
    openInterestFp: null,
    raw: "{}",
  };
}

/** Registers the test of one promise: it gets a database of its own, and a store that is open on it. */
export type Promising = (name: string, test: (place: Place, store: Store) => Promise<void>) => void;

/** How promises of an engine are registered. */
export function promising(engine: Engine): Promising {
  return (name, test) =>
    Deno.test(`${engine.name}: ${name}`, async () => {
      await using place = await engine.place();
      await using store = await place.open();
      await test(place, store);
    });
}
