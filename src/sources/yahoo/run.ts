/**
 * Asking the chart service for one ticker after the other.
 *
 * @module
 */
import { SourceError } from "../../base/errors.ts";
import type { HttpClient } from "../http/client.ts";
import { type Deadline, PatientClient } from "../http/retry.ts";
import type { Batch, FetchOptions, FetchPlan, SourceRequest, SourceRun } from "../source.ts";
import { NOTHING_STORED, type StoredState } from "../../model/prices.ts";
import type { NetworkOptions, RawAnswer } from "../network.ts";
import { readActions, restatingAction } from "./actions.ts";
import { readAnswer } from "./answer.ts";
import { readBars } from "./bars.ts";
import { ExchangeCalendar } from "./exchange_day.ts";
import { planWindow } from "./plan.ts";
import type { ChartResult } from "./schema.ts";
import { shownValue } from "../http/service_message.ts";

/** The first second that the service is asked for: no history there goes back to 1900. */
const FIRST_SECOND = -2_208_988_800;

const DAY_SECONDS = 86_400;

/** What a run needs. */
export interface YahooRunOptions {
  readonly client: HttpClient;
  readonly request: SourceRequest;
  readonly network: NetworkOptions;
  /** The last day that has begun anywhere. */
  readonly lastDay: string;
  readonly now: () => number;
}

/** One answer, read. */
interface History {
  readonly result: ChartResult;
  readonly sha256: string;
}

function secondsOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

/** An opened Yahoo source. */
export class YahooRun implements SourceRun {
  readonly tickers: readonly string[];
  readonly unassigned = [];
  readonly failures = [];
  readonly warnings = [];
  readonly details = {};
  readonly needsStored = true;
  readonly #options: YahooRunOptions;
  readonly #patient: PatientClient;

  constructor(options: YahooRunOptions) {
    this.#options = options;
    const { client, network, now } = options;
    this.#patient = new PatientClient(client, network, now);
    this.tickers = [...options.request.tickers ?? []].sort();
  }

  get pausedMs(): number {
    return this.#patient.client.limiter.pausedMs;
  }

  missing(ticker: string): Error {
    return new SourceError("ticker_not_asked", `${ticker} was not asked for`, {
      hint: "Name it in the request.",
    });
  }

  forget(): void {}

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  plan(_ticker: string, stored: StoredState | null): FetchPlan {
    const { request, lastDay } = this.#options;
    const { from, to, forceRefresh = false } = request;
    return planWindow({ from, to, forceRefresh, lastDay }, stored ?? NOTHING_STORED);
  }

  async *fetch(ticker: string, options?: FetchOptions): AsyncGenerator<Batch> {
    const { lastDay } = this.#options;
    const fetching = options ??
      { plan: this.plan(ticker, null), stored: NOTHING_STORED };
    const { plan, stored } = fetching;
    const deadline = this.#patient.deadline();
    const { firstDate } = stored;
    // Beside stored days the answer has to reach to today, however early the last day that is wanted: a
    // split since then has put that day into new terms as well.
    const reach = firstDate === null ? plan : { ...plan, to: later(plan.to, lastDay) };
    const batch = await this.#batch(ticker, reach, fetching, deadline);
    const newest = batch.prices.findLast(({ date }) => date <= lastDay)?.date;
    const action = newest === undefined
      ? undefined
      : restatingAction(batch.actions ?? [], stored, newest);
    if (action === undefined || firstDate === null) {
      yield upTo(plan.to, batch);
      return;
    }
    // What is stored is in the terms of before that split or dividend: all of it is asked for anew,
    // unless this answer has all of it already.
    if (covers(reach, stored)) {
      yield { ...batch, restated: true };
      return;
    }
    const from = plan.from === null || plan.from < firstDate ? plan.from : firstDate;
    const whole: FetchPlan = { kind: "full", from, to: lastDay };
    yield { ...await this.#batch(ticker, whole, fetching, deadline), restated: true };
  }

  async #batch(
    ticker: string,
    plan: FetchPlan,
    fetching: FetchOptions,
    deadline: Deadline,
  ): Promise<Batch> {
    const { result, sha256 } = await this.#history(ticker, plan, fetching, deadline);
    const { from, to } = plan;
    const { exchangeTimezoneName: zone, gmtoffset } = result.meta ?? {};
    const calendar = new ExchangeCalendar(zone ?? undefined, gmtoffset ?? 0);
    const origin = `/v8/finance/chart/${ticker}`;
    const { prices, rejects, placeOf } = readBars(result, calendar, { from, to, origin });
    const { actions, warnings } = readActions(result, calendar);
    return {
      prices,
      placeOf,
      corrects: true,
      actions: actions.filter(({ date }) => from === null || date >= from),
      rejects,
      warnings: [
        ...calendar.hasZone
          ? []
          : [`the time zone ${shownValue(zone)} is unknown: days are told by the offset`],
        ...warnings,
      ].map((warning) => `${ticker}: ${warning}`),
      payloadSha256: sha256,
    };
  }

  async #history(
    ticker: string,
    plan: FetchPlan,
    fetching: FetchOptions,
    deadline: Deadline,
  ): Promise<History> {
    const { request, lastDay } = this.#options;
    const { onRequest, onRetry, onAnswer } = fetching;
    // A day on either side: where the exchange's day begins is known only from the answer.
    const from = plan.from === null ? FIRST_SECOND : secondsOf(plan.from) - DAY_SECONDS;
    const query = {
      period1: String(Math.max(FIRST_SECOND, from)),
      period2: String(secondsOf(plan.to ?? lastDay) + 2 * DAY_SECONDS),
      interval: "1d",
      events: "div,splits,capitalGains",
    };
    const path = `/v8/finance/chart/${encodeURIComponent(ticker)}`;
    let sha256 = "";
    const listening = {
      signal: request.signal,
      onRequest,
      onRetry,
      onAnswer: async (raw: RawAnswer): Promise<void> => {
        sha256 = raw.sha256;
        await onAnswer?.(raw);
      },
    };
    return await this.#patient.trying(listening, deadline, async (get) => {
      const answer = await get(path, query);
      const { redact } = this.#patient.client;
      return { result: readAnswer(answer, { ticker, redact }), sha256 };
    });
  }
}

function later(a: string | null, b: string): string {
  return a !== null && a > b ? a : b;
}

/** What of a batch is not after a day. Prices are sorted, so that each keeps its index. */
function upTo(last: string | null, batch: Batch): Batch {
  if (last === null) return batch;
  const kept = ({ date }: { readonly date: string | null }): boolean => (date ?? "") <= last;
  return { ...batch, prices: batch.prices.filter(kept), rejects: batch.rejects.filter(kept) };
}

function covers({ from, to }: FetchPlan, { firstDate, lastDate }: StoredState): boolean {
  return (from === null || from <= (firstDate ?? "")) && (to === null || to >= (lastDate ?? ""));
}
