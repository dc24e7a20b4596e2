/** The factors of a ticker, worked out in the transaction that has changed its rows or events. @module */
import {
  isNotKnown,
  NEWEST,
  type PaperSpan,
  type SizedEvent,
  type TickerDays,
} from "../../../model/adjustment.ts";
import {
  ADJUSTABLE,
  eventsThatCount,
  FACTOR_COLUMNS,
  FACTOR_NAMES,
  factorsOf,
  factorValues,
  isSame,
  laterRatio,
  NO_EVENTS,
  RAW,
  type StoredFactor,
  TELLING,
} from "../../adjusting.ts";
import type { Database } from "../connection/database.ts";

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

const FIRST_RAW = `SELECT date FROM prices WHERE ticker = ? AND source IN ${RAW}
ORDER BY date LIMIT 1`;

const LAST_CLOSE = (sources: string): string =>
  `SELECT date, close FROM prices WHERE ticker = ? AND date <= ? AND source IN ${sources}
   ORDER BY date DESC LIMIT 1`;

const FIRST_TELLING = `SELECT date FROM prices WHERE ticker = ? AND source = '${TELLING}'
ORDER BY date LIMIT 1`;

function daysOf(
  db: Database,
  ticker: string,
  events: readonly SizedEvent[],
  stored: readonly StoredFactor[],
): TickerDays | undefined {
  const newest = db.get(LAST_CLOSE(ADJUSTABLE), ticker, "9999-12-31")?.date;
  if (typeof newest !== "string") return undefined;
  let firstRaw: string | undefined;
  const spans = spansOf(db, ticker);
  const first = stored.some(({ unexplained }) => isNotKnown(unexplained))
    ? db.get(FIRST_TELLING, ticker)?.date
    : undefined;
  return {
    newest,
    spans,
    beginsUntold: typeof first === "string" && first < (spans[0]?.first ?? NEWEST),
    lastBefore(first) {
      const sql = `SELECT max(date) AS last FROM price_details
        WHERE ticker = ? AND source = '${TELLING}' AND date < ?`;
      return String(db.get(sql, ticker, first)?.last);
    },
    specificationOn: (day) => specificationOn(db, ticker, day),
    closeUpTo(day) {
      // Of a ticker without such prices each event would read all days before it.
      firstRaw ??= String(db.get(FIRST_RAW, ticker)?.date ?? NEWEST);
      const raw = day < firstRaw ? undefined : db.get(LAST_CLOSE(RAW), ticker, day);
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

function exchangeEvents(db: Database, ticker: string): SizedEvent[] {
  return db.all(
    `SELECT last_with_right AS last, ex_date AS ex, label, ratio, amount, isin
     FROM corporate_events
     WHERE ticker = ? AND source = 'b3-actions' AND ex_date IS NOT NULL ORDER BY ex_date`,
    ticker,
  ) as unknown as SizedEvent[];
}

function yahooActions(db: Database, ticker: string) {
  return db.all(
    `SELECT date, kind, amount, numerator, denominator FROM corporate_actions
     WHERE ticker = ? AND source = 'yahoo' ORDER BY date`,
    ticker,
  );
}

const STORED = `SELECT ${FACTOR_COLUMNS} FROM adjustment_factors WHERE ticker = ?
ORDER BY ex_date DESC`;

const INSERT = `INSERT INTO adjustment_factors (ticker, ${FACTOR_NAMES.join(", ")})
VALUES (?, ${FACTOR_NAMES.map(() => "?").join(", ")})`;

/** Tickers of a list whose factors are not known. */
export function unadjusted(db: Database, tickers: readonly string[]): string[] {
  if (tickers.length === 0) return [];
  return db.all(
    `SELECT value AS ticker FROM json_each(?) WHERE NOT EXISTS (
       SELECT 1 FROM adjustment_factors AS factors WHERE factors.ticker = value
         AND ex_date = '${NEWEST}' AND unexplained IS NULL)`,
    JSON.stringify(tickers),
  ).map(({ ticker }) => String(ticker));
}

/**
 * Tickers of a list without events, of one paper throughout, and with no other factor than that says.
 * Where the factor is stored, the days up to the first changed one told so: only what comes after the
 * last of them is looked at, not thousands of days. Where it is not, no day is looked at if all that are
 * stored have just been written.
 */
const PLAIN = `
SELECT given.ticker FROM (SELECT value ->> 0 AS ticker, value ->> 1 AS since, value ->> 2 AS days
  FROM json_each(?1)) AS given
WHERE NOT EXISTS (SELECT 1 FROM corporate_events AS events WHERE events.ticker = given.ticker
    AND source = 'b3-actions' AND ex_date IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM corporate_actions AS actions WHERE actions.ticker = given.ticker
    AND source = 'yahoo')
  AND EXISTS (SELECT 1 FROM prices WHERE prices.ticker = given.ticker AND source IN ${ADJUSTABLE})
  AND NOT EXISTS (SELECT 1 FROM adjustment_factors AS factors WHERE factors.ticker = given.ticker
    AND NOT (${FACTOR_NAMES.map((name, index) => `${name} IS ?${index + 2}`).join(" AND ")}))
  AND (EXISTS (SELECT 1 FROM adjustment_factors AS factors WHERE factors.ticker = given.ticker)
    AND NOT EXISTS (SELECT 1 FROM price_details AS day WHERE day.ticker = given.ticker
      AND day.source = '${TELLING}' AND day.date >= since
      AND (day.isin, day.currency, day.distribution) IS NOT (
        SELECT isin, currency, distribution FROM price_details AS before
        WHERE before.ticker = given.ticker AND before.source = '${TELLING}' AND before.date < since
        ORDER BY before.date DESC LIMIT 1))
    OR days = (SELECT count(*) FROM price_details AS day
      WHERE day.ticker = given.ticker AND source = '${TELLING}')
    OR 2 > (SELECT count(*) FROM (SELECT DISTINCT isin, currency, distribution
      FROM price_details AS day WHERE day.ticker = given.ticker AND source = '${TELLING}' LIMIT 2)))`;

const INSERT_PLAIN = `INSERT INTO adjustment_factors (ticker, ${FACTOR_NAMES.join(", ")})
SELECT value, ${FACTOR_NAMES.map((_, index) => `?${index + 2}`).join(", ")} FROM json_each(?1)
WHERE true ON CONFLICT DO NOTHING`;

/** What has changed of a ticker since its factors were worked out. */
export interface Change {
  readonly ticker: string;
  /** The first day of which something has changed; empty for any. */
  readonly since: string;
  /** Days that have just been written of {@linkcode TELLING}, all of one paper; -1 where they are not. */
  readonly days: number;
}

/** Works out the factors of tickers, and writes them where they are others. */
export function adjust(db: Database, changed: readonly Change[]): void {
  if (changed.length === 0) return;
  // Most tickers have no events: one look for all of them.
  const values = factorValues(NO_EVENTS);
  const plain = new Set(
    db.all(
      PLAIN,
      JSON.stringify(changed.map(({ ticker, since, days }) => [ticker, since, days])),
      ...values,
    ).map(({ ticker }) => String(ticker)),
  );
  if (plain.size > 0) db.run(INSERT_PLAIN, JSON.stringify([...plain]), ...values);
  for (const { ticker } of changed) if (!plain.has(ticker)) adjustOne(db, ticker);
}

function adjustOne(db: Database, ticker: string): void {
  const told = eventsThatCount(exchangeEvents(db, ticker), yahooActions(db, ticker));
  const stored = db.all(STORED, ticker) as unknown as StoredFactor[];
  const wanted = factorsOf(told, daysOf(db, ticker, told.events, stored));
  if (isSame(stored, wanted)) return;
  db.run("DELETE FROM adjustment_factors WHERE ticker = ?", ticker);
  for (const factor of wanted) db.run(INSERT, ticker, ...factorValues(factor));
}
