import {
  type CalendarChanges,
  missingDays,
  needsOthers,
  type StoredDays,
} from "../../../exchange/gaps.ts";
import {
  describeGaps,
  firstNeeded,
  firstOpen,
  isSettled,
  partedDays,
  refusedCodes,
} from "../../gaps.ts";
import { pairKey } from "../../pair_statistics.ts";
import type { GapFilter, TickerGaps } from "../../reports.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { askedFrom, settlingWindows, unknownPairs } from "../tables/history.ts";
import { KNOWN_TICKERS, knownTickers } from "../tables/prices.ts";

/** The days of tickers as one text each, an empty list for all. @param from Also the last day before it. */
async function storedDays(
  db: Transaction,
  tickers: readonly string[],
  sources: readonly string[],
  from: string | null = null,
): Promise<StoredDays[]> {
  if (from !== null) return await daysFrom(db, tickers, sources, from);
  return await db.all(
    `SELECT ticker, source, string_agg(to_char(date, 'YYYY-MM-DD'), '' ORDER BY date) AS days
     FROM prices WHERE (cardinality($1::text[]) = 0 OR ticker = ANY($1::text[]))
       AND (cardinality($2::text[]) = 0 OR source = ANY($2::text[]))
     GROUP BY ticker, source ORDER BY ticker, source`,
    arrayText(tickers),
    arrayText(sources),
  ) as unknown as StoredDays[];
}

async function daysFrom(
  db: Transaction,
  tickers: readonly string[],
  sources: readonly string[],
  from: string,
): Promise<StoredDays[]> {
  return await db.all(
    `WITH RECURSIVE ${KNOWN_TICKERS}, newer AS (
       SELECT known.ticker, each.source, each.days FROM known CROSS JOIN LATERAL (
         SELECT source, string_agg(to_char(date, 'YYYY-MM-DD'), '' ORDER BY date) AS days
         FROM prices WHERE prices.ticker = known.ticker AND date >= $3::date GROUP BY source) AS each
       WHERE known.ticker IS NOT NULL
         AND (cardinality($1::text[]) = 0 OR known.ticker = ANY($1::text[]))
         AND (cardinality($2::text[]) = 0 OR each.source = ANY($2::text[]))
     )
     SELECT ticker, source, coalesce((SELECT to_char(date, 'YYYY-MM-DD') FROM prices
         WHERE prices.ticker = newer.ticker AND prices.source = newer.source AND date < $3::date
         ORDER BY date DESC LIMIT 1), '') || days AS days
     FROM newer ORDER BY ticker, source`,
    arrayText(tickers),
    arrayText(sources),
    from,
  ) as unknown as StoredDays[];
}

async function storedFor(
  db: Transaction,
  tickers: readonly string[],
  sources: readonly string[],
  calendar: CalendarChanges,
  from: string | null,
): Promise<StoredDays[]> {
  const own = await storedDays(db, tickers, sources, from);
  if (tickers.length === 0) return own;
  const { lone, sources: needed, isNeeded } = partedDays(own, calendar);
  if (needed.length === 0) return [...lone];
  const others = (await knownTickers(db)).filter(isNeeded);
  return [...lone, ...await storedDays(db, others, needed, from)];
}

async function refusedRows(
  db: Transaction,
  tickers: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.all(
    `SELECT ticker, source, date, max(code) AS code FROM ingest_rejects
     WHERE date IS NOT NULL AND ticker = ANY($1::text[]) GROUP BY ticker, source, date`,
    arrayText(tickers),
  );
  return refusedCodes(rows);
}

function keyOf({ ticker, source }: { readonly ticker: string; readonly source: string }): string {
  return pairKey(ticker, source);
}

/** Sessions that tickers lack, as `Reports.gaps` says. */
export async function gapsOf(db: Transaction, filter: GapFilter): Promise<TickerGaps[]> {
  const { tickers = [], sources = [], calendar = {} } = filter;
  const stored = await storedFor(db, tickers, sources, calendar, firstNeeded(filter));
  const names = [...new Set(stored.map(({ ticker }) => ticker))];
  const [refused, windows, unknown] = await Promise.all([
    refusedRows(db, names),
    settlingWindows(db, names),
    unknownPairs(db, names),
  ]);
  const byPair = Map.groupBy(windows, keyOf);
  const isUnknown = new Set(unknown.map(keyOf));
  const listed = filter.beforeListing === true ? stored : [];
  const since = await askedFrom(db, listed);
  const asked = new Map(listed.map((pair, at) => [keyOf(pair), since[at]]));
  return describeGaps(stored, filter, {
    askedFrom: (pair) => asked.get(keyOf(pair)) ?? null,
    windows: (pair) => byPair.get(keyOf(pair)) ?? [],
    isUnknown: (pair) => isUnknown.has(keyOf(pair)),
    refused: () => refused,
  });
}

/** The first session that a ticker lacks and that may still come, by its own calendar. */
export async function firstGap(
  db: Transaction,
  ticker: string,
  source: string,
  calendar: CalendarChanges,
): Promise<string | undefined> {
  if (needsOthers(ticker, source, calendar)) return undefined;
  const [lacking] = missingDays(await storedDays(db, [ticker], [source]), calendar);
  if (lacking === undefined || lacking.missing.length === 0) return undefined;
  const unknown = await unknownPairs(db, [ticker]);
  if (unknown.some((each) => each.source === source)) return undefined;
  const windows = (await settlingWindows(db, [ticker])).filter((each) => each.source === source);
  return lacking.missing.find(({ day }) => !isSettled(windows, day))?.day;
}

/** First missing session of each ticker without a calendar, as `Store.firstGaps` says. */
export async function firstGaps(
  db: Transaction,
  source: string,
  all: readonly string[],
  calendar: CalendarChanges,
): Promise<Map<string, string>> {
  const tickers = all.filter((ticker) => needsOthers(ticker, source, calendar));
  if (tickers.length === 0) return new Map();
  return firstOpen(await gapsOf(db, { tickers, sources: [source], calendar }));
}
