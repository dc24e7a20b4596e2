/**
 * Working out the factors of a ticker again, in the transaction that has changed its rows or events.
 *
 * @module
 */
import { addDays } from "../../../base/day.ts";
import {
  type AdjustmentFactor,
  adjustmentFactors,
  NEWEST,
  type PaperSpan,
  type SizedEvent,
  type TickerDays,
  UNEXPLAINED,
} from "../../../model/adjustment.ts";
import type { Database } from "../connection/database.ts";

/** Sources of prices as traded. */
const RAW = "('cotahist', 'b3-daily')";

/** Sources of prices that can be adjusted. */
const ADJUSTABLE = "('cotahist', 'b3-daily', 'yahoo')";

/** The source whose days say which paper was traded, and how often its rights have changed. */
const TELLING = "cotahist";

/** The next day that says something else: no sorting, where the days of a ticker are thousands. */
const NEXT_SPAN = `
SELECT date AS first, isin, currency, distribution FROM price_details
WHERE ticker = ? AND source = '${TELLING}' AND date > ?
  AND (distribution IS NOT ? OR isin IS NOT ? OR currency IS NOT ?)
ORDER BY date LIMIT 1`;

function spansOf(db: Database, ticker: string): PaperSpan[] {
  const spans: PaperSpan[] = [];
  // No day says that its distribution number is below 0: the first one is something else.
  let last: PaperSpan = { first: "", isin: null, currency: null, distribution: -1 };
  for (;;) {
    const { first, isin, currency, distribution } = last;
    const next = db.get(NEXT_SPAN, ticker, first, distribution, isin, currency);
    if (next === undefined) return spans;
    last = next as unknown as PaperSpan;
    spans.push(last);
  }
}

function specificationOn(db: Database, ticker: string, day: string): string | null {
  const row = db.get(
    `SELECT specification FROM price_details
     WHERE ticker = ? AND date = ? AND source = '${TELLING}'`,
    ticker,
    day,
  );
  return typeof row?.specification === "string" ? row.specification : null;
}

/** Units in which a split-adjusted number is, for one as it was traded on a day. */
function laterRatio(events: readonly SizedEvent[], day: string): number {
  return events.reduce(
    (product, { last, ratio }) => last >= day ? product * (ratio ?? 1) : product,
    1,
  );
}

const LAST_CLOSE = (sources: string): string =>
  `SELECT date, close FROM prices WHERE ticker = ? AND date <= ? AND source IN ${sources}
   ORDER BY date DESC LIMIT 1`;

function daysOf(
  db: Database,
  ticker: string,
  events: readonly SizedEvent[],
): TickerDays | undefined {
  const newest = db.get(LAST_CLOSE(ADJUSTABLE), ticker, "9999-12-31")?.date;
  if (typeof newest !== "string") return undefined;
  return {
    newest,
    spans: spansOf(db, ticker),
    lastBefore(first) {
      const sql = `SELECT max(date) AS last FROM price_details
        WHERE ticker = ? AND source = '${TELLING}' AND date < ?`;
      return String(db.get(sql, ticker, first)?.last);
    },
    specificationOn: (day) => specificationOn(db, ticker, day),
    closeUpTo(day) {
      const raw = db.get(LAST_CLOSE(RAW), ticker, day);
      if (raw !== undefined) return Number(raw.close);
      const adjusted = db.get(LAST_CLOSE(ADJUSTABLE), ticker, day);
      if (adjusted === undefined) return null;
      return Number(adjusted.close) * laterRatio(events, String(adjusted.date));
    },
    dayAfter(day) {
      const row = db.get(
        `SELECT date FROM prices WHERE ticker = ? AND date > ? AND source IN ${ADJUSTABLE}
         ORDER BY date LIMIT 1`,
        ticker,
        day,
      );
      return row === undefined ? null : String(row.date);
    },
  };
}

/** Events as the exchange tells them. */
function exchangeEvents(db: Database, ticker: string): SizedEvent[] {
  return db.all(
    `SELECT last_with_right AS last, ex_date AS ex, label, ratio, amount, isin
     FROM corporate_events
     WHERE ticker = ? AND source = 'b3-actions' AND ex_date IS NOT NULL ORDER BY ex_date`,
    ticker,
  ) as unknown as SizedEvent[];
}

/** Yahoo's dividends are in terms of today's units, its dates are ex-dates. */
function yahooEvents(db: Database, ticker: string): SizedEvent[] {
  const rows = db.all(
    `SELECT date, kind, amount, numerator, denominator FROM corporate_actions
     WHERE ticker = ? AND source = 'yahoo' ORDER BY date`,
    ticker,
  );
  const events = rows.map(({ date, kind, amount, numerator, denominator }): SizedEvent => ({
    last: addDays(String(date), -1),
    ex: String(date),
    label: String(kind),
    ratio: kind === "split" ? Number(numerator) / Number(denominator) : null,
    amount: kind === "split" ? null : Number(amount),
    isin: null,
  }));
  return events.map((event) =>
    event.amount === null
      ? event
      : { ...event, amount: event.amount * laterRatio(events, event.ex) }
  );
}

/** The columns of a factor. */
const COLUMNS = {
  ex_date: "exDate",
  since: "since",
  split_factor: "splitFactor",
  cash_factor: "cashFactor",
  kind: "kind",
  split_through: "splitThrough",
  cash_through: "cashThrough",
  unexplained: "unexplained",
  reason: "reason",
} as const satisfies Record<string, keyof AdjustmentFactor>;

const NAMES = Object.keys(COLUMNS);

const STORED = `SELECT ${
  Object.entries(COLUMNS).map(([name, key]) => `${name} AS ${key}`).join(", ")
},
  origin FROM adjustment_factors WHERE ticker = ? ORDER BY ex_date DESC`;

const INSERT = `INSERT INTO adjustment_factors (ticker, origin, ${NAMES.join(", ")})
VALUES (?, ?, ${NAMES.map(() => "?").join(", ")})`;

/** A factor, and which source it is from. */
type Stored = AdjustmentFactor & { readonly origin: string };

function isSame(one: readonly Stored[], other: readonly Stored[]): boolean {
  return one.length === other.length && one.every((factor, index) => {
    const same = other[index];
    return same !== undefined &&
      (Object.keys(same) as (keyof Stored)[]).every((key) => factor[key] === same[key]);
  });
}

/** Whether the factors of a ticker are known. */
export function isAdjusted(db: Database, ticker: string): boolean {
  const sql = `SELECT 1 AS known FROM adjustment_factors
    WHERE ticker = ? AND ex_date = '${NEWEST}' AND unexplained IS NULL`;
  return db.get(sql, ticker) !== undefined;
}

/** Works out the factors of a ticker, and writes them where they are others. */
export function adjust(db: Database, ticker: string): void {
  const told = exchangeEvents(db, ticker);
  const [origin, events] = told.length > 0
    ? ["b3-actions", told] as const
    : ["yahoo", yahooEvents(db, ticker)] as const;
  const days = daysOf(db, ticker, events);
  const wanted = days === undefined ? [] : adjustmentFactors(events, days).map((factor) => ({
    ...factor,
    // A step without an event is told by the exchange's own count; the newest days have none.
    origin: factor.kind === UNEXPLAINED ? TELLING : factor.kind === "" ? "" : origin,
  }));
  if (isSame(db.all(STORED, ticker) as unknown as Stored[], wanted)) return;
  db.run("DELETE FROM adjustment_factors WHERE ticker = ?", ticker);
  for (const factor of wanted) {
    const values = Object.values(COLUMNS).map((key) => factor[key]);
    db.run(INSERT, ticker, factor.origin, ...values);
  }
}
