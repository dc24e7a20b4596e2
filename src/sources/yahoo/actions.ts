/** Dividends, splits and capital gains of an answer. @module */
import * as v from "valibot";
import type { CorporateAction } from "../../model/prices.ts";
import type { ExchangeCalendar } from "./exchange_day.ts";
import { type ChartResult, eventSchema } from "./schema.ts";
import { shownValue } from "../../base/text.ts";

/** Seconds: the years 1900 to 2200. An event outside is a mistake. */
const FIRST_SECOND = -2_208_988_800;
const LAST_SECOND = 7_258_118_400;
const MOST_EVENT = 200;

/** Sentences about events that could not be read; an answer may have thousands of them. */
const MOST_WARNINGS = 10;

type Kind = CorporateAction["kind"];

function actionOf(kind: Kind, date: string, event: v.InferOutput<typeof eventSchema>) {
  if (kind === "split") {
    const { numerator, denominator } = event;
    const good = (value: unknown): value is number =>
      typeof value === "number" && Number.isFinite(value) && value > 0;
    if (!good(numerator) || !good(denominator)) return undefined;
    return { date, kind, amount: null, numerator, denominator };
  }
  const amount = Number(event.amount ?? NaN);
  if (!Number.isFinite(amount) || amount <= 0) return undefined;
  return { date, kind, amount, numerator: null, denominator: null };
}

/** Two payments of one kind and day are one, as the table's key has it; undefined for no number. */
function merged(a: CorporateAction, b: CorporateAction): CorporateAction | undefined {
  const good = (value: number): boolean => Number.isFinite(value) && value > 0;
  if (a.kind !== "split") {
    const amount = (a.amount ?? 0) + (b.amount ?? 0);
    return good(amount) ? { ...b, amount } : undefined;
  }
  const numerator = (a.numerator ?? 1) * (b.numerator ?? 1);
  const denominator = (a.denominator ?? 1) * (b.denominator ?? 1);
  return good(numerator) && good(denominator) ? { ...b, numerator, denominator } : undefined;
}

/** Reads the events of an answer. One that cannot be read is a warning: a sentence about it. */
export function readActions(
  result: ChartResult,
  calendar: ExchangeCalendar,
): { actions: readonly CorporateAction[]; warnings: string[] } {
  const found = new Map<string, CorporateAction>();
  const warnings: string[] = [];
  let unread = 0;
  const { dividends, splits, capitalGains } = result.events ?? {};
  const groups = [["dividend", dividends], ["split", splits], ["capital_gain", capitalGains]];
  for (const [kind, events] of groups as [Kind, Record<string, unknown> | null | undefined][]) {
    for (const event of Object.values(events ?? {})) {
      const checked = v.safeParse(eventSchema, event);
      const date = checked.success ? checked.output.date : NaN;
      const inRange = date >= FIRST_SECOND && date <= LAST_SECOND;
      const action = checked.success && inRange
        ? actionOf(kind, calendar.tradingDay(date, false), checked.output)
        : undefined;
      const key = `${action?.date} ${kind}`;
      const before = found.get(key);
      const sum = before === undefined || action === undefined ? action : merged(before, action);
      if (sum !== undefined) found.set(key, sum);
      else {
        unread++;
        if (unread > MOST_WARNINGS) continue;
        warnings.push(`a ${kind} cannot be read: ${shownValue(event, MOST_EVENT)}`);
      }
    }
  }
  const more = unread - MOST_WARNINGS;
  if (more > 0) warnings.push(`${more} more dividends, splits or capital gains cannot be read`);
  const actions = [...found.values()].sort((a, b) => a.date < b.date ? -1 : 1);
  return { actions, warnings };
}
