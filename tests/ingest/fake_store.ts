/**
 * A store in memory that answers as a test wants, and notes what it was asked.
 *
 * @module
 */
import type { JobStart } from "../../src/model/job.ts";
import type {
  Attempts,
  ClaimedJob,
  EndedJob,
  HeldLock,
  JobToTake,
  Locks,
  RefusedTicker,
  Store,
  TakenTicker,
  TakeOptions,
  TickerWrite,
  UpsertCounts,
  Written,
} from "../../src/store/store.ts";

/** What is not as usual. */
export interface FakeAnswers {
  /** Why a ticker is not taken; undefined, at once or later, where it is. */
  readonly refuse?: (ticker: string, options: TakeOptions) => unknown;
  /** How the write of a ticker ends; undefined for a success. */
  readonly written?: (ticker: string) => Written | undefined;
  /** The code in the row of a job whose claim is gone; may throw. */
  readonly end?: (ticker: string) => string | null;
}

const COUNTS: UpsertCounts = { inserted: 1, updated: 0, unchanged: 0 };

function unused(): never {
  throw new Error("no run of these tests asks for that");
}

/** The {@linkcode Store} of a test. */
export class FakeStore implements Store {
  readonly engine = "sqlite";
  readonly name: string;
  readonly locks: Locks = {
    checkFolder: unused,
    list: unused,
    status: unused,
    release: unused,
    holdJob: unused,
    adopt: unused,
  };
  /** `take A`, `wait A`, `write A B`, `end A failed code`, `record …`, `rehearse A`, `release A`. */
  readonly calls: string[] = [];
  /** Tickers that are locked now. */
  readonly held = new Set<string>();
  readonly #answers: FakeAnswers;

  constructor(name: string, answers: FakeAnswers) {
    this.name = name;
    this.#answers = answers;
  }

  async take(
    jobs: readonly JobToTake[],
    options: TakeOptions,
  ): Promise<readonly (TakenTicker | RefusedTicker)[]> {
    const tickers = jobs.map(({ ticker }) => ticker);
    this.calls.push(`${options.wait ? "wait" : "take"} ${tickers.join(" ")}`);
    const taken: (TakenTicker | RefusedTicker)[] = [];
    for (const [index, ticker] of tickers.entries()) {
      const error = await this.#answers.refuse?.(ticker, options);
      taken.push(
        error === undefined
          ? this.#taken(ticker, options.claim ? index + 1 : null)
          : { taken: false, error, lock: null },
      );
    }
    return taken;
  }

  #taken(ticker: string, id: number | null): TakenTicker {
    if (this.held.has(ticker)) throw new Error(`${ticker} is taken twice`);
    this.held.add(ticker);
    let isHeld = true;
    const lock: HeldLock = {
      name: ticker,
      action: "acquired",
      waitedSeconds: 0,
      isCurrent: () => isHeld,
    };
    const release = (): Promise<void> => {
      if (isHeld) {
        isHeld = false;
        this.held.delete(ticker);
        this.calls.push(`release ${ticker}`);
      }
      return Promise.resolve();
    };
    return { taken: true, lock, id, abandoned: 0, [Symbol.asyncDispose]: release };
  }

  write(group: readonly TickerWrite[]): Promise<readonly Written[]> {
    this.calls.push(`write ${group.map(({ job }) => job.ticker).join(" ")}`);
    return Promise.resolve(group.map(({ job }) =>
      this.#answers.written?.(job.ticker) ??
        { outcome: "success", counts: COUNTS, durationMs: 1 }
    ));
  }

  #ended(what: string, ticker: string | null, { status, errorCode = null }: EndedJob): void {
    this.calls.push([what, ticker, status, ...errorCode === null ? [] : [errorCode]].join(" "));
  }

  end({ ticker }: ClaimedJob, end: EndedJob): Promise<string | null> {
    this.#ended("end", ticker, end);
    return Promise.try(() => this.#answers.end?.(ticker) ?? null);
  }

  record({ ticker }: JobStart, end: EndedJob, _attempts: Attempts): Promise<void> {
    this.#ended("record", ticker, end);
    return Promise.resolve();
  }

  rehearse(what: Parameters<Store["rehearse"]>[0]): Promise<readonly UpsertCounts[]> {
    this.calls.push(`rehearse ${"ticker" in what ? what.ticker : what.source}`);
    return Promise.resolve([COUNTS]);
  }

  isFinished(): Promise<boolean> {
    return Promise.resolve(false);
  }

  readonly known = unused;
  readonly newestTime = unused;
  readonly prices = () => Promise.resolve([]);
  readonly checkpoint = unused;
  readonly unknownSince = unused;
  readonly tickers = unused;
  readonly firstGap = unused;
  readonly firstGaps = unused;
  readonly isins = unused;
  readonly sessions = unused;
  readonly writePage = unused;
  readonly bringIn = unused;
  readonly beginCollector = unused;
  readonly beatCollector = unused;
  readonly endCollector = unused;
  readonly [Symbol.asyncDispose] = unused;
}
