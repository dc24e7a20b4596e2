/** Deciding what one ticker needs, from what is stored and what other runs have just done. @module */
import type { DebugRecord } from "../base/debug.ts";
import { wholeDueAt } from "../sources/plan.ts";
import type { FetchPlan } from "../sources/source.ts";
import { NOTHING_STORED, type StoredState } from "../model/prices.ts";
import type { TickerResult } from "./types.ts";
import { begunAt, type OpenedContext } from "./context.ts";

const DAY_MS = 86_400_000;
/** A delisted ticker is asked for once a month in the end: its name may come back. */
const LONGEST_REST_MS = 30 * DAY_MS;

/** How long an unknown ticker rests: a day, for faults, or a quarter of the time since its last price. */
function restOf(lastDate: string | null, unknownAtMs: number): number {
  const endedMs = lastDate === null ? 0 : unknownAtMs - Date.parse(lastDate);
  return Math.min(Math.max(endedMs / 4, DAY_MS), LONGEST_REST_MS);
}

/** What to do for a ticker. */
export type Planned =
  | { readonly plan: FetchPlan; readonly stored: StoredState; readonly skip?: undefined }
  | { readonly plan: FetchPlan; readonly skip: string };

/** Which session is missing takes all days of a ticker: it is looked for where it decides something. */
async function knownOf(context: OpenedContext, ticker: string): Promise<StoredState> {
  const { store, source, calendar, firstGaps, fullEveryMs } = context;
  const known = await store.known(ticker, source);
  const dueWithGap = wholeDueAt(ticker, { ...known, missingFrom: "" }, fullEveryMs);
  if (firstGaps === null && Date.now() < dueWithGap) return known;
  const missingFrom = firstGaps?.get(ticker) ?? await store.firstGap(ticker, source, calendar);
  return { ...known, missingFrom };
}

/** Plans one ticker, whose lock is held: what is stored does not change any more. */
export async function planTicker(context: OpenedContext, ticker: string): Promise<Planned> {
  const { store, source, opened, acceptRestatement, dryRun, allStored } = context;
  const forceRefresh = context.forceRefresh || acceptRestatement;
  const since = begunAt(context);
  const known = opened.needsStored === true ? await knownOf(context, ticker) : null;
  const plan = opened.plan(ticker, known);
  if (plan.skip !== undefined) return { plan, skip: plan.skip };
  let stored: StoredState = known ?? NOTHING_STORED;
  const { query, from, to } = plan;
  if (query !== undefined) {
    stored = { ...stored, checkpoint: await store.checkpoint(ticker, source, query) };
    const isDone = !forceRefresh && !dryRun &&
      await store.isFinished({ ticker, source, since, work: { query } });
    if (isDone) return { plan, skip: "another run has asked the same meanwhile" };
  }
  if (plan.kind === "all" || to === null || forceRefresh) return { plan, stored };
  if (!dryRun && await store.isFinished({ ticker, source, since, work: { from, to } })) {
    return { plan, skip: "another run has brought in the same days meanwhile" };
  }
  if (allStored) {
    const lately = new Date(Date.now() - LONGEST_REST_MS).toISOString();
    const at = await store.unknownSince(ticker, source, lately);
    const until = at === null ? 0 : Date.parse(at) + restOf(stored.lastDate, Date.parse(at));
    if (Date.now() < until) {
      const skip = `${source} said at ${at} that it does not know it; it is asked again at ` +
        new Date(until).toISOString();
      return { plan, skip };
    }
  }
  return { plan, stored };
}

/** The days of a plan, as the log has them. */
export function windowOf({ from, to }: FetchPlan): Pick<TickerResult, "windowFrom" | "windowTo"> {
  return { windowFrom: from, windowTo: to };
}

/** What a ticker needs, and what was known of it, for the log. */
export function describePlan(ticker: string, planned: Planned): DebugRecord {
  const { plan } = planned;
  const { from, to, query = null } = plan;
  const properties = { ticker, from, to, query };
  if (planned.skip !== undefined) {
    return [`${ticker}: nothing to do: ${planned.skip}`, { ...properties, skip: planned.skip }];
  }
  if (plan.kind === "all") return [`${ticker}: wanted is all that the input has`, properties];
  const { firstDate, lastDate, askedFrom: asked, checkpoint } = planned.stored;
  const days = `days from ${from ?? "the beginning"} to ${to ?? "the end"}`;
  const known = firstDate === null
    ? "nothing is stored or looked for"
    : `stored are ${firstDate} to ${lastDate}, asked for from ${asked ?? "the beginning"}`;
  const resumed = checkpoint === undefined ? "" : "; it goes on where the last run stopped";
  return [`${ticker}: wanted are ${days}: ${known}${resumed}`, {
    ...properties,
    stored_from: firstDate,
    stored_to: lastDate,
    asked_from: asked,
    resumed: checkpoint !== undefined,
  }];
}
