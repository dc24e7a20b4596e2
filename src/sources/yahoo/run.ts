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
import { planDays, wholeDueAt, wholePlan } from "../plan.ts";
import type { Batch, FetchOptions, FetchPlan, SourceRequest } from "../source.ts";
import { NOTHING_STORED, type PriceRow, type StoredState } from "../../model/prices.ts";
import { readActions } from "./actions.ts";
import { readAnswer } from "./answer.ts";
import { readBars } from "./bars.ts";
import { ExchangeCalendar } from "./exchange_day.ts";
import {
  continuation,
  contradictionText,
  judgeHistory,
  unmendedSplit,
  unmendedText,
  type Verdict,
} from "./restatement.ts";

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

  plan(ticker: string, stored: StoredState | null): FetchPlan {
    const plan = planDays(this.#request, stored, this.#lastDay);
    const isDue = stored !== null && plan.kind === "incremental" &&
      (plan.to ?? "") >= this.#lastDay &&
      Date.now() >= wholeDueAt(ticker, stored, this.#request.fullEveryMs);
    return isDue ? wholePlan(plan, stored, this.#lastDay) : plan;
  }

  async *fetch(ticker: string, options?: FetchOptions): AsyncGenerator<Batch> {
    const lastDay = this.#lastDay;
    const fetching = options ?? { plan: this.plan(ticker, null), stored: NOTHING_STORED };
    const { plan, stored, storedPrices } = fetching;
    const deadline = this.client.deadline();
    const { firstDate, lastDate } = stored;
    // Beside stored days the answer has to reach to today, however early the last day that is wanted: a
    // split since then has put that day into new terms as well.
    const reach = firstDate === null ? plan : { ...plan, to: later(plan.to, lastDay) };
    const look = async (asked: FetchPlan) => {
      const batch = await this.#batch(ticker, asked, fetching, deadline);
      const [from, to] = [batch.prices[0]?.date, batch.prices.at(-1)?.date];
      const rows = firstDate === null || from === undefined || to === undefined
        ? []
        : await storedPrices?.(from, to) ?? [];
      return { asked, batch, rows, verdict: judgeHistory(batch, stored, rows, lastDay) };
    };
    let answer = await look(reach);
    const { cause, contradictions } = answer.verdict;
    // What is stored is in other terms than this answer: one answer has to have all of it.
    if ((cause !== undefined || contradictions.length > 0) && !covers(reach, stored)) {
      answer = await look(wholePlan(plan, stored, lastDay));
    }
    const batch = this.#judged(ticker, plan, answer, lastDate);
    const isWhole = plan.to !== null && plan.to >= lastDay &&
      (firstDate === null || covers(answer.asked, stored));
    const split = isWhole ? unmendedSplit(batch) : undefined;
    const history = split === undefined ? isWhole ? "whole" : undefined : "unmended";
    const warnings = [
      ...batch.warnings ?? [],
      ...split === undefined ? [] : [unmendedText(ticker, split)],
    ];
    yield { history, ...batch, warnings };
  }

  /** What of an answer is taken. */
  #judged(
    ticker: string,
    plan: FetchPlan,
    { batch, rows, verdict }: Answer,
    lastDate: string | null,
  ): Batch {
    const { cause, contradictions, withdrawn } = verdict;
    const [first] = contradictions;
    if (first !== undefined && lastDate !== null && this.#request.acceptRestatement !== true) {
      const contradiction = contradictionText(ticker, contradictions);
      const kept = upTo(plan.to, continuation(batch, lastDate, rows));
      return { ...kept, contradiction, history: "contradicted" };
    }
    const denied = contradictions.filter(({ given }) => given === undefined);
    const gone = [...withdrawn, ...denied.map(({ stored }) => stored)];
    const restated = first?.stored.kind ?? cause;
    const delivered = restated === undefined ? upTo(plan.to, batch) : { ...batch, restated };
    return { ...delivered, withdrawn: gone };
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

/** An answer, what was asked, and what it says of what is stored. */
interface Answer {
  readonly asked: FetchPlan;
  readonly batch: Batch;
  /** The stored rows of its days. */
  readonly rows: readonly PriceRow[];
  readonly verdict: Verdict;
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
