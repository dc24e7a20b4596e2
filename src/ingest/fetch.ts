/** Fetching and judging what a source has of one ticker. @module */
import { debug, msSince } from "../base/debug.ts";
import { SourceError } from "../base/errors.ts";
import { grouped, listed, percentText, plural } from "../base/text.ts";
import { shortId } from "../model/job.ts";
import type { CorporateEvent } from "../model/corporate_events.ts";
import type { PriceColumns } from "../model/price_columns.ts";
import { BAD_CELL, type CorporateAction, countRefused, type Reject } from "../model/prices.ts";
import type { HistoryOutcome, RestatedBy } from "../model/restatement.ts";
import type { Batch, FetchOptions } from "../sources/source.ts";
import type { OpenedContext } from "./context.ts";
import type { TickerResult } from "./types.ts";
import { joined, judgePrices } from "./validate.ts";

/** What a source delivered for one ticker, parted into good and bad. */
export interface Fetched {
  readonly good: PriceColumns;
  /** Refused rows, and cells of good ones. */
  readonly rejects: readonly Reject[];
  /** Refused rows in all, those that are only counted included. */
  readonly rejected: number;
  readonly actions: readonly CorporateAction[];
  readonly events: readonly CorporateEvent[];
  /** Whether `good` is the whole history in new terms, and why where that is known. */
  readonly restated: boolean | RestatedBy;
  readonly history: HistoryOutcome | undefined;
  readonly withdrawn: readonly CorporateAction[];
  /** What the source says against stored actions. */
  readonly contradiction: string | undefined;
  /** The same where it is taken. */
  readonly correction: string | undefined;
  readonly warnings: readonly string[];
  readonly repeated: number;
  readonly payloadSha256: string | null;
}

/** Fetches and judges. No transaction is open meanwhile. */
export async function fetchTicker(
  context: OpenedContext,
  ticker: string,
  options: FetchOptions,
): Promise<Fetched> {
  const { opened, signal, lastDay, source } = context;
  const batches: Batch[] = [];
  signal.throwIfAborted();
  const started = performance.now();
  for await (const batch of opened.fetch(ticker, options)) {
    signal.throwIfAborted();
    batches.push(batch);
  }
  // All batches together: the day of a row may be in two of them.
  const judged = judgePrices(joined(batches), { ticker, source, lastDay });
  const { good, repeated } = judged;
  // Of a row that is refused after all, its bad cells need no word.
  const refused = new Set(judged.rejects.map(placeText));
  const told = batches.flatMap(({ rejects }) => rejects)
    .filter((each) => each.code !== BAD_CELL || !refused.has(placeText(each)));
  const rejects = [...told, ...judged.rejects];
  const warnings = [...batches.flatMap((each) => each.warnings ?? []), ...judged.warnings];
  const cells = rejects.filter(({ code }) => code === BAD_CELL);
  if (cells[0] !== undefined) {
    const { line, reason } = cells[0];
    const where = line === null ? "" : ` (line ${line})`;
    const first = cells.length === 1 ? reason : `the first: ${reason}`;
    const bad = plural(cells.length, "bad cell");
    warnings.push(`${ticker}: ${bad} of rows that went in; ${first}${where}`);
  }
  const rejected = batches.reduce(
    (sum, { furtherRejects = 0 }) => sum + furtherRejects,
    countRefused(rejects),
  );
  debug("ingest", () => {
    const ms = msSince(started);
    const text = `${ticker}: ${plural(good.length, "row")} parsed, ${rejected} rejected, ` +
      `${repeated} repeated after ${ms} ms`;
    return [text, { ticker, rows: good.length, rejected, repeated, ms }];
  });
  const first = <Key extends keyof Batch>(key: Key): Batch[Key] | undefined =>
    batches.find((each) => each[key])?.[key];
  return {
    good,
    rejects,
    rejected,
    warnings,
    repeated,
    actions: batches.flatMap((each) => each.actions ?? []),
    events: batches.flatMap((each) => each.events ?? []),
    withdrawn: batches.flatMap((each) => each.withdrawn ?? []),
    restated: first("restated") ?? false,
    history: first("history"),
    contradiction: first("contradiction"),
    correction: first("correction"),
    payloadSha256: batches.findLast((each) => each.payloadSha256)?.payloadSha256 ?? null,
  };
}

function placeText({ origin, line, raw }: Reject): string {
  return line === null ? `${origin} ${raw}` : `${origin}:${line}`;
}

const MOST_REASONS = 3;

function reasonsOf(rejects: readonly Reject[]): string {
  const byCode = [...Map.groupBy(rejects, ({ code }) => code)].slice(0, MOST_REASONS);
  return byCode.map(([code, [first]]) => `${first?.reason} (${code})`).join("; ");
}

/** The rejects with which a row was lost: not a bad cell, nor what had no prices to begin with. */
export function lostRows(rejects: readonly Reject[]): readonly Reject[] {
  return rejects.filter(({ code, isEmpty = false }) => code !== BAD_CELL && !isEmpty);
}

/** Refuses rows of which more than the accepted share was lost. @param lost May be the first of `count`. */
export function checkShare(
  maxRejected: number,
  whose: { readonly what: string; readonly jobId: string },
  taken: number,
  lost: readonly Reject[],
  count = lost.length,
): void {
  const all = taken + count;
  if (count <= maxRejected * all) return;
  const refused = `${grouped(count)} of ${plural(all, "row")} are refused`;
  const limit = `more than the ${percentText(maxRejected)} that are accepted`;
  const message = `${whose.what}: ${refused} (${percentText(count / all)}), ${limit}: ` +
    reasonsOf(lost);
  const hint = `See them with: tickerlock logs show ${shortId(whose.jobId)}. If the other rows ` +
    "are good, take them with --max-rejected 100%.";
  throw new SourceError("too_many_rejected", message, { hint });
}

/** Days that a sentence names. */
export const MOST_DAYS = 5;

function contradicted(what: string): SourceError {
  return new SourceError("history_contradicted", what, {
    hint: "Nothing of the answer is stored, and later runs ask for everything again until the " +
      "answers agree. If it is right, take it for this ticker with --accept-restatement.",
  });
}

/** Share of the stored days that a restated history may lack, and one day: bars without prices. */
const MAY_LACK = 0.02;

/** The stored days that a restated history lacks. @throws {SourceError} Where it is a part of a history. */
export function lackingDays(
  ticker: string,
  stored: readonly string[],
  { good, rejects }: Pick<Fetched, "good" | "rejects">,
  isAccepted: boolean,
): string[] {
  const there = new Set(good.date);
  const lacking = stored.filter((date) => !there.has(date));
  if (lacking.length === 0 || isAccepted) return lacking;
  const told = [...there, ...rejects.flatMap(({ date }) => date ?? [])].sort();
  const [first = "", last = ""] = [told[0], told.at(-1)];
  const isPart = lacking.some((date) => date < first || date > last);
  if (!isPart && lacking.length <= Math.max(1, MAY_LACK * stored.length)) return lacking;
  throw contradicted(
    `${ticker}: the answer has other prices and lacks ${grouped(lacking.length)} of ` +
      `${plural(stored.length, "stored day")}: ${listed(lacking, MOST_DAYS)}`,
  );
}

/** Refuses what has no good row. @throws `no_rows_in_window`, `no_valid_rows`, `history_contradicted`. */
export function checkSomeGood(
  ticker: string,
  asked: Pick<TickerResult, "jobId" | "windowFrom" | "windowTo">,
  { good, rejects, rejected, contradiction }: Fetched,
): void {
  if (good.length > 0) return;
  if (contradiction !== undefined) throw contradicted(contradiction);
  if (rejected === 0) {
    const days = `from ${asked.windowFrom ?? "the beginning"} to ${asked.windowTo ?? "the end"}`;
    throw new SourceError("no_rows_in_window", `${ticker}: there is no day with prices ${days}`, {
      hint: "Widen --from and --to, if the ticker is right: days without trading have no prices.",
    });
  }
  const message = `${ticker}: none of ${plural(rejected, "row")} is valid; the first is refused ` +
    `because ${rejects[0]?.reason}`;
  const hint = `See the rows with: tickerlock logs show ${shortId(asked.jobId)}, and look at the ` +
    "source's data.";
  throw new SourceError("no_valid_rows", message, { hint });
}
