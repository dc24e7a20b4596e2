/** The factors of tickers, worked out in the transaction that has changed their rows or events. @module */
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
  RAW,
  type StoredFactor,
  TELLING,
  type ToldEvents,
} from "../../adjusting.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText, type SqlRow, textOrNull } from "../connection/driver.ts";
import { jsonText } from "./jobs.ts";

/** Days on which the exchange says something else of a paper than on the day before. */
const SPANS = `
SELECT ticker, date AS first, isin, currency, distribution, specification, before AS last_before
FROM (
  SELECT ticker, date, isin, currency, distribution, specification, lag(date) OVER days AS before,
    (isin, currency, distribution) IS DISTINCT FROM
      (lag(isin) OVER days, lag(currency) OVER days, lag(distribution) OVER days) AS is_other
  FROM price_details WHERE source = '${TELLING}' AND ticker = ANY($1::text[])
  WINDOW days AS (PARTITION BY ticker ORDER BY date)) AS told
WHERE is_other OR before IS NULL ORDER BY ticker, date`;

const lastClose = (sources: string): string => `
LEFT JOIN LATERAL (SELECT date, close FROM prices WHERE prices.ticker = given.ticker
  AND prices.date <= given.day AND source IN ${sources} ORDER BY date DESC LIMIT 1)`;

const AROUND = `
SELECT given.ticker, given.day, raw.close AS raw, last.date AS last_date, last.close AS last_close,
  next.date AS next_date
FROM unnest($1::text[], $2::date[]) AS given (ticker, day)
${lastClose(RAW)} AS raw ON true
${lastClose(ADJUSTABLE)} AS last ON true
LEFT JOIN LATERAL (SELECT date FROM prices WHERE prices.ticker = given.ticker
  AND prices.date > given.day AND source IN ${ADJUSTABLE} ORDER BY date LIMIT 1) AS next ON true`;

function byTicker(rows: readonly SqlRow[]): Map<unknown, SqlRow[]> {
  return Map.groupBy(rows, ({ ticker }) => ticker);
}

const FIRST_TELLING = `
SELECT ticker, min(date) AS first FROM prices
WHERE source = '${TELLING}' AND ticker = ANY($1::text[]) GROUP BY ticker`;

function daysOf(
  newest: unknown,
  spans: readonly SqlRow[],
  around: readonly SqlRow[],
  firstTelling: unknown,
  { events }: ToldEvents,
): TickerDays | undefined {
  if (typeof newest !== "string") return undefined;
  const spanAt = (first: string) => spans.find((each) => each.first === first);
  const dayAt = (day: string) => around.find((each) => each.day === day);
  return {
    newest,
    spans: spans as unknown as PaperSpan[],
    beginsUntold: typeof firstTelling === "string" &&
      firstTelling < String(spans[0]?.first ?? NEWEST),
    lastBefore: (first) => String(spanAt(first)?.last_before),
    specificationOn: (day) => textOrNull(spanAt(day)?.specification),
    closeUpTo(day) {
      const { raw = null, last_date, last_close = null } = dayAt(day) ?? {};
      if (raw !== null) return Number(raw);
      return last_close === null
        ? null
        : Number(last_close) * laterRatio(events, String(last_date));
    },
    dayAfter: (day) => textOrNull(dayAt(day)?.next_date),
  };
}

const EXCHANGE_EVENTS = `
SELECT ticker, last_with_right AS last, ex_date AS ex, label, ratio, amount, isin
FROM corporate_events WHERE source = 'b3-actions' AND ex_date IS NOT NULL
  AND ticker = ANY($1::text[]) ORDER BY ticker, ex_date`;

const YAHOO_ACTIONS = `
SELECT ticker, date, kind, amount, numerator, denominator FROM corporate_actions
WHERE source = 'yahoo' AND ticker = ANY($1::text[]) ORDER BY ticker, date`;

const STORED = `
SELECT ticker, ${FACTOR_COLUMNS} FROM adjustment_factors WHERE ticker = ANY($1::text[])
ORDER BY ticker, ex_date DESC`;

const NEWEST_DAYS = `
SELECT given.ticker, newest.date FROM unnest($1::text[]) AS given (ticker)
CROSS JOIN LATERAL (SELECT date FROM prices WHERE prices.ticker = given.ticker
  AND source IN ${ADJUSTABLE} ORDER BY date DESC LIMIT 1) AS newest`;

async function replace(
  db: Transaction,
  wanted: ReadonlyMap<string, readonly StoredFactor[]>,
): Promise<void> {
  if (wanted.size === 0) return;
  const names = ["ticker", ...FACTOR_NAMES];
  const rows = [...wanted].flatMap(([ticker, factors]) =>
    factors.map((factor) => {
      const values = [ticker, ...factorValues(factor)];
      return Object.fromEntries(names.map((name, at) => [name, values[at]]));
    })
  );
  await Promise.all([
    db.run(
      "DELETE FROM adjustment_factors WHERE ticker = ANY($1::text[])",
      arrayText(wanted.keys()),
    ),
    db.run(
      `INSERT INTO adjustment_factors (${names.join(", ")}) SELECT ${names.join(", ")}
       FROM json_populate_recordset(NULL::adjustment_factors, $1::json)`,
      jsonText(rows),
    ),
  ]);
}

/** Which tickers have factors that are known. */
export async function adjustedTickers(
  db: Transaction,
  tickers: readonly string[],
): Promise<ReadonlySet<string>> {
  if (tickers.length === 0) return new Set();
  const rows = await db.all(
    `SELECT ticker FROM adjustment_factors WHERE ticker = ANY($1::text[])
       AND ex_date = '${NEWEST}' AND unexplained IS NULL`,
    arrayText(tickers),
  );
  return new Set(rows.map(({ ticker }) => String(ticker)));
}

/** Works out the factors of tickers, and writes those that are others. */
export async function adjust(db: Transaction, tickers: readonly string[]): Promise<void> {
  if (tickers.length === 0) return;
  const names = arrayText(tickers);
  const found = await Promise.all(
    [EXCHANGE_EVENTS, YAHOO_ACTIONS, NEWEST_DAYS, SPANS, STORED].map((sql) => db.all(sql, names)),
  );
  const [exchange, yahoo, newest, spans, stored] = found.map(byTicker);
  const told = new Map(tickers.map((ticker) => [
    ticker,
    eventsThatCount(
      (exchange?.get(ticker) ?? []) as unknown as SizedEvent[],
      yahoo?.get(ticker) ?? [],
    ),
  ]));
  const asked = [...told].flatMap(([ticker, { events }]) =>
    [...new Set(events.map(({ last }) => last))].map((day) => ({ ticker, day }))
  );
  const around = byTicker(
    asked.length === 0 ? [] : await db.all(
      AROUND,
      arrayText(asked.map(({ ticker }) => ticker)),
      arrayText(asked.map(({ day }) => day)),
    ),
  );
  const storedOf = (ticker: string) => (stored?.get(ticker) ?? []) as unknown as StoredFactor[];
  const unknown = tickers.filter((ticker) =>
    storedOf(ticker).some(({ unexplained }) => isNotKnown(unexplained))
  );
  const telling = byTicker(
    unknown.length === 0 ? [] : await db.all(FIRST_TELLING, arrayText(unknown)),
  );
  const others = new Map<string, readonly StoredFactor[]>();
  for (const [ticker, events] of told) {
    const day = newest?.get(ticker)?.[0]?.date;
    const first = telling.get(ticker)?.[0]?.first;
    const days = daysOf(day, spans?.get(ticker) ?? [], around.get(ticker) ?? [], first, events);
    const wanted = factorsOf(events, days);
    if (!isSame(storedOf(ticker), wanted)) others.set(ticker, wanted);
  }
  await replace(db, others);
}
