/**
 * What earlier runs have done for a ticker, so that nothing is asked for twice.
 *
 * @module
 */
import { addDays } from "../../../base/day.ts";
import type { Database } from "../connection/database.ts";

/** First and last stored day of a ticker; null where there is none. */
export interface StoredDays {
  readonly firstDate: string | null;
  readonly lastDate: string | null;
}

/** The stored days of a ticker. Two steps into the key, however many rows there are. */
export function storedDays(db: Database, ticker: string, source: string): StoredDays {
  const day = (order: "ASC" | "DESC"): string | null => {
    const row = db.get(
      `SELECT date FROM prices WHERE ticker = ? AND source = ? ORDER BY date ${order} LIMIT 1`,
      ticker,
      source,
    );
    return row === undefined ? null : String(row.date);
  };
  return { firstDate: day("ASC"), lastDate: day("DESC") };
}

/**
 * The first day since which successful runs have asked for every day up to the newest one that any of
 * them asked for: whatever the source had in between is stored. A run brings nothing of the days
 * after its own, whatever it asked for.
 *
 * @returns `""` for the whole history; null where there was no such run.
 */
export function askedFrom(db: Database, ticker: string, source: string): string | null {
  const windows = db.all(
    `SELECT last, min(first) AS first FROM (
       SELECT coalesce(window_from, '') AS first, min(window_to, substr(started_at, 1, 10)) AS last
       FROM ingest_logs
       WHERE ticker = ? AND source = ? AND status = 'success' AND window_to IS NOT NULL)
     WHERE first <= last GROUP BY last ORDER BY last DESC`,
    ticker,
    source,
  );
  let since: string | null = null;
  for (const { first, last } of windows) {
    // Sorted by their ends: none of the windows behind this one reaches further.
    if (since !== null && addDays(String(last), 1) < since) break;
    if (since === null || String(first) < since) since = String(first);
  }
  return since;
}

/** Stored days of a ticker that are not among some rows, in order. */
export function otherDays(
  db: Database,
  ticker: string,
  source: string,
  rows: readonly { readonly date: string }[],
): string[] {
  const known = new Set(rows.map(({ date }) => date));
  return db.all(
    "SELECT date FROM prices WHERE ticker = ? AND source = ? ORDER BY date",
    ticker,
    source,
  ).map((row) => String(row.date)).filter((date) => !known.has(date));
}

/** Work that another run may have done. */
export interface SameWindow {
  readonly ticker: string;
  readonly source: string;
  /** First day; null for the whole history. */
  readonly from: string | null;
  readonly to: string;
  /** Only runs that finished at or after this time count. ISO 8601 in UTC. */
  readonly since: string;
}

/**
 * Whether another run has brought in all of these days since the given time.
 *
 * @param work Ticker, source, days and time.
 */
export function sameWindowFinished(db: Database, work: SameWindow): boolean {
  const { ticker, source, from, to, since } = work;
  return db.get(
    `SELECT 1 AS done FROM ingest_logs WHERE ticker = ? AND source = ? AND status = 'success'
       AND finished_at >= ? AND window_to >= ? AND coalesce(window_from, '') <= ?
     ORDER BY id DESC LIMIT 1`,
    ticker,
    source,
    since,
    to,
    from ?? "",
  ) !== undefined;
}

/**
 * Whether another run has asked the same of a dataset, to the end, since the given time.
 *
 * @param work Name, source, query and time (ISO 8601 in UTC).
 */
export function sameQueryFinished(
  db: Database,
  work: {
    readonly ticker: string;
    readonly source: string;
    readonly query: string;
    readonly since: string;
  },
): boolean {
  const { ticker, source, query, since } = work;
  return db.get(
    `SELECT 1 AS done FROM ingest_logs WHERE ticker = ? AND source = ? AND status = 'success'
       AND query = ? AND finished_at >= ? ORDER BY id DESC LIMIT 1`,
    ticker,
    source,
    query,
    since,
  ) !== undefined;
}

/**
 * When the source last said that it does not know a ticker, if that was its newest word.
 *
 * @param since ISO 8601 in UTC; what was said before that is forgotten.
 * @returns ISO 8601 in UTC, or undefined.
 */
export function unknownSince(
  db: Database,
  ticker: string,
  source: string,
  since: string,
): string | undefined {
  const row = db.get(
    `SELECT finished_at, error_code FROM ingest_logs
     WHERE ticker = ? AND source = ? AND status IN ('success', 'failed')
     ORDER BY id DESC LIMIT 1`,
    ticker,
    source,
  );
  const unknown = row?.error_code === "ticker_unknown" && String(row.finished_at) >= since;
  return unknown ? String(row.finished_at) : undefined;
}
