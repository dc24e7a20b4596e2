/** Asking the chart service for one ticker after the other. @module */
import { lastPossibleDay } from "../../base/day.ts";
import { listed, plural } from "../../base/text.ts";
import type { Deadline } from "../http/retry.ts";
import { ServiceRun } from "../http/service.ts";
import type { Listening, ServiceClient } from "../http/service_client.ts";
import { shownValue } from "../../base/text.ts";
import type { RequestListeners } from "../network.ts";
import { planDays, wholeDueAt, wholePlan } from "../plan.ts";
import type { Batch, FetchOptions, FetchPlan, SourceRequest } from "../source.ts";
import { PriceColumns } from "../../model/price_columns.ts";
import { NOTHING_STORED, type PriceRow, type StoredState } from "../../model/prices.ts";
import { changedDays } from "../../model/restatement.ts";
import { readActions } from "./actions.ts";
import { readAnswer } from "./answer.ts";
import { readBars } from "./bars.ts";
import { ExchangeCalendar } from "./exchange_day.ts";
import {
  continuation,
  contradictionText,
  hasSamePrices,
  judgeHistory,
  partlyMended,
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

/** A correction of dividends is what so many earlier answers said, one after the other, for that long. */
const EARLIER_ANSWERS = 2;
const REPEATED_FOR_MS = 7 * DAY_SECONDS * 1000;

function secondsOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

/** An opened Yahoo source. */
export class YahooRun extends ServiceRun {
  readonly needsStored = true;
  readonly #request: SourceRequest;
  readonly #lastDay = lastPossibleDay(Date.now());

  readonly #isAccepted: boolean;

  constructor(client: ServiceClient, request: SourceRequest) {
    super(request.tickers ?? [], client);
    this.#request = request;
    this.#isAccepted = request.acceptRestatement ?? false;
  }

  plan(ticker: string, stored: StoredState | null): FetchPlan {
    const plan = planDays(this.#request, stored, this.#lastDay);
    if (stored === null || stored.firstDate === null) return plan;
    const isDue = plan.kind === "incremental" && (plan.to ?? "") >= this.#lastDay &&
      Date.now() >= wholeDueAt(ticker, stored, this.#request.fullEveryMs);
    return isDue || this.#isAccepted ? wholePlan(plan, stored, this.#lastDay) : plan;
  }

  async *fetch(ticker: string, options?: FetchOptions): AsyncGenerator<Batch> {
    const lastDay = this.#lastDay;
    const fetching = options ?? { plan: this.plan(ticker, null), stored: NOTHING_STORED };
    const { plan, stored, storedPrices } = fetching;
    const deadline = this.client.deadline();
    const { firstDate, lastDate } = stored;
    const look = async (asked: FetchPlan): Promise<Answer> => {
      const batch = await this.#batch(ticker, asked, fetching, deadline);
      const rows = firstDate === null || lastDate === null
        ? []
        : await storedPrices?.(later(asked.from, firstDate), lastDate) ?? [];
      const there = new Set(rows.length === 0 ? [] : batch.prices.map(({ date }) => date));
      return {
        batch,
        rows,
        lacking: rows.map(({ date }) => date).filter((date) => !there.has(date)),
        isAll: covers(asked, stored),
        verdict: judgeHistory(batch, stored, rows, lastDay),
      };
    };
    const whole = wholePlan(plan, stored, lastDay);
    // It has to reach to today beside stored days: a split since then changes their terms.
    const reach = firstDate === null ? plan : { ...plan, to: later(plan.to, lastDay) };
    let answer = await look(reach);
    if (isDoubtful(answer) && !answer.isAll) answer = await look(whole);
    const { batch, rows, lacking, isAll } = answer;
    const taken = firstDate === null ? batch : this.#judged(ticker, fetching, answer);
    const isWhole = taken.contradiction === undefined && plan.to !== null && plan.to >= lastDay &&
      (firstDate === null || isAll) && 2 * lacking.length <= rows.length;
    const split = isWhole ? unmendedSplit(batch, stored, rows) : undefined;
    const history = split === undefined ? isWhole ? "whole" : undefined : "unmended";
    const warnings = [
      ...taken.warnings ?? [],
      ...split === undefined ? [] : [unmendedText(ticker, split)],
    ];
    yield { history, ...taken, warnings };
  }

  /** What of an answer is taken beside stored days. */
  #judged(ticker: string, { plan, stored }: FetchOptions, answer: Answer): Batch {
    const { batch, rows, lacking, isAll, verdict } = answer;
    const { cause, contradictions, withdrawn } = verdict;
    const { lastDate, contradiction } = stored;
    const gone = contradictions.filter(({ stored, given }) => stored.date !== given?.date)
      .map(({ stored }) => stored);
    const said = contradictionText(ticker, contradictions);
    const replacing: Batch = {
      ...batch,
      restated: contradictions[0]?.stored.kind ?? cause ?? true,
      withdrawn: [...withdrawn, ...gone],
    };
    if (this.#isAccepted) return { ...replacing, correction: said };
    const doubt = [said, partlyMended(ticker, batch, rows), strangeText(ticker, answer)]
      .filter((text) => text !== undefined).join("; ");
    if (doubt !== "") {
      const isCorrection = doubt === said &&
        // Money, or a split of 1 for 1.
        contradictions.every(({ stored }) => stored.numerator === stored.denominator) &&
        hasSamePrices(batch.prices, rows.filter(({ date }) => date !== lastDate)) &&
        contradiction?.text === doubt && contradiction.answers >= EARLIER_ANSWERS &&
        Date.parse(contradiction.since) <= Date.now() - REPEATED_FOR_MS;
      if (!isCorrection) {
        const kept = upTo(plan.to, continuation(batch, lastDate ?? "", rows, verdict.later));
        return { ...kept, contradiction: doubt, history: "contradicted" };
      }
      const since = contradiction.since.slice(0, 10);
      return { ...replacing, correction: `${doubt}, at each run since ${since}` };
    }
    if (cause !== undefined) return replacing;
    const kept = isAll ? lacking.filter((date) => date !== lastDate) : [];
    const warnings = kept.length === 0 ? [] : [
      `${ticker}: the answer lacks ${plural(kept.length, "stored day")}, kept as ` +
      `${kept.length === 1 ? "it is" : "they are"}: ` +
      `${listed(kept, 5)}; --accept-restatement removes what an answer lacks`,
    ];
    const delivered = { ...upTo(plan.to, batch), withdrawn };
    return { ...delivered, warnings: [...batch.warnings ?? [], ...warnings] };
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

interface Answer {
  readonly batch: Batch;
  readonly rows: readonly PriceRow[];
  readonly lacking: readonly string[];
  readonly isAll: boolean;
  readonly verdict: Verdict;
}

function strangeText(ticker: string, { batch, rows, lacking }: Answer): string | undefined {
  const isStrange = rows.length > 0 && lacking.length === rows.length &&
    (batch.prices.length > 0 || batch.rejects.length === 0);
  return isStrange
    ? `${ticker}: the answer has none of the ${plural(rows.length, "stored day")}`
    : undefined;
}

/** Whether the stored days are in other terms, or none of them is confirmed. */
function isDoubtful({ batch: { prices }, rows, verdict }: Answer): boolean {
  if (verdict.cause !== undefined || verdict.contradictions.length > 0) return true;
  const given = new Map(prices.map((row) => [row.date, row]));
  return rows.length > 0 && !rows.some((row) => {
    const now = given.get(row.date);
    return now !== undefined && changedDays([row], PriceColumns.of([now])) === undefined;
  });
}

function later(a: string | null, b: string): string {
  return a !== null && a > b ? a : b;
}

/** Prices are sorted, so that each keeps its index. */
function upTo(last: string | null, batch: Batch): Batch {
  if (last === null) return batch;
  const kept = ({ date }: { readonly date: string | null }): boolean => (date ?? "") <= last;
  return { ...batch, prices: batch.prices.filter(kept), rejects: batch.rejects.filter(kept) };
}

function covers({ from, to }: FetchPlan, { firstDate, lastDate }: StoredState): boolean {
  return (from === null || from <= (firstDate ?? "")) && (to === null || to >= (lastDate ?? ""));
}
