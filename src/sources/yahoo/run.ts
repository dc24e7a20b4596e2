/**
 * Asking the chart service for one ticker after the other.
 *
 * @module
 */
import { lastPossibleDay } from "../../base/day.ts";
import type { Deadline } from "../http/retry.ts";
import { ServiceRun } from "../http/service.ts";
import type { Listening, ServiceClient } from "../http/service_client.ts";
import { shownValue } from "../http/service_message.ts";
import type { RequestListeners } from "../network.ts";
import { planDays } from "../plan.ts";
import type { Batch, FetchOptions, FetchPlan, SourceRequest } from "../source.ts";
import { NOTHING_STORED, type StoredState } from "../../model/prices.ts";
import { readActions, restatingAction } from "./actions.ts";
import { readAnswer } from "./answer.ts";
import { readBars } from "./bars.ts";
import { ExchangeCalendar } from "./exchange_day.ts";

/** Path of a ticker's chart. */
export function chartPath(ticker: string): string {
  return `/v8/finance/chart/${encodeURIComponent(ticker)}`;
}

/** The first second that the service is asked for: no history there goes back to 1900. */
const FIRST_SECOND = -2_208_988_800;

const DAY_SECONDS = 86_400;

function secondsOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

/** An opened Yahoo source. */
export class YahooRun extends ServiceRun {
  readonly needsStored = true;
  readonly #request: SourceRequest;
  /** The last day that has begun anywhere. */
  readonly #lastDay = lastPossibleDay(Date.now());

  constructor(client: ServiceClient, request: SourceRequest) {
    super(request.tickers ?? [], client);
    this.#request = request;
  }

  plan(_ticker: string, stored: StoredState | null): FetchPlan {
    return planDays(this.#request, stored, this.#lastDay);
  }

  async *fetch(ticker: string, options?: FetchOptions): AsyncGenerator<Batch> {
    const lastDay = this.#lastDay;
    const fetching = options ?? { plan: this.plan(ticker, null), stored: NOTHING_STORED };
    const { plan, stored } = fetching;
    const deadline = this.client.deadline();
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
    { from, to }: FetchPlan,
    listeners: RequestListeners,
    deadline: Deadline,
  ): Promise<Batch> {
    // A day on either side: where the exchange's day begins is known only from the answer.
    const first = from === null ? FIRST_SECOND : secondsOf(from) - DAY_SECONDS;
    const query = {
      period1: String(Math.max(FIRST_SECOND, first)),
      period2: String(secondsOf(to ?? this.#lastDay) + 2 * DAY_SECONDS),
      interval: "1d",
      events: "div,splits,capitalGains",
    };
    let payloadSha256 = "";
    const listening: Listening = {
      ...listeners,
      signal: this.#request.signal,
      onAnswer: async (raw) => {
        payloadSha256 = raw.sha256;
        await listeners.onAnswer?.(raw);
      },
    };
    const { redact } = this.client;
    const result = await this.client.trying(listening, async (get) => {
      const answer = await get(chartPath(ticker), query);
      return readAnswer(answer, { ticker, redact });
    }, deadline);
    const { exchangeTimezoneName: zone, gmtoffset } = result.meta ?? {};
    const calendar = new ExchangeCalendar(zone ?? undefined, gmtoffset ?? 0);
    const origin = chartPath(ticker);
    const { prices, rejects, placeOf } = readBars(result, calendar, { from, to, origin });
    const { actions, warnings } = readActions(result, calendar);
    if (!calendar.hasZone) {
      warnings.unshift(`the time zone ${shownValue(zone)} is unknown: days are told by the offset`);
    }
    return {
      prices,
      placeOf,
      corrects: true,
      actions: actions.filter(({ date }) => from === null || date >= from),
      rejects,
      warnings: warnings.map((warning) => `${ticker}: ${warning}`),
      payloadSha256,
    };
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
