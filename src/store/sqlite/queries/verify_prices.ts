/**
 * Looking the prices over: what cannot be, and what is doubtful.
 *
 * @module
 */
import { lastPossibleDay } from "../../../base/day.ts";
import type { VerifyFinding } from "../../care.ts";
import {
  detailFindings,
  DOUBTFUL_FACTOR,
  impossibleFindings,
  jumpFindings,
  MOST_FINDINGS,
  negativeFindings,
} from "../../verify_findings.ts";
import type { Reader } from "../connection/reader.ts";
import type { IsLocked } from "./health.ts";

/** How a file is verified. */
export interface CheckOptions {
  /** SQLite's quick check, and none of the prices. Default false. */
  readonly quick?: boolean | undefined;
  /** Whether a ticker's lock is held; without it, `running` rows are not judged. */
  readonly isLocked?: IsLocked | undefined;
  /** The folder that it looks into. Default that of the database's runs. */
  readonly lockDir?: string;
  /** Last day that is not in the future, `YYYY-MM-DD`. Default today, anywhere on Earth. */
  readonly lastDay?: string;
}

const IMPOSSIBLE = `
  high < low OR close = 0 OR date > ?1 OR date(date) IS NOT date`;

const NEGATIVE = "open < 0 OR high < 0 OR low < 0 OR close < 0 OR adj_close < 0";

/** Prices that no market can have had. */
export function impossiblePrices(db: Reader, options: CheckOptions): VerifyFinding[] {
  const lastDay = options.lastDay ?? lastPossibleDay(Date.now());
  const rows = db.all(
    `SELECT ticker, date, source, open, high, low, close FROM prices WHERE ${IMPOSSIBLE}
     LIMIT ${MOST_FINDINGS + 1}`,
    lastDay,
  );
  const total = rows.length <= MOST_FINDINGS
    ? rows.length
    : Number(db.get(`SELECT count(*) AS n FROM prices WHERE ${IMPOSSIBLE}`, lastDay)?.n);
  return impossibleFindings(rows, total);
}

/** Prices below 0: futures can have them, stocks cannot. */
export function negativePrices(db: Reader): VerifyFinding[] {
  const rows = db.all(
    `SELECT ticker, source, count(*) AS n, min(date) AS first, max(date) AS last FROM prices
     WHERE ${NEGATIVE} GROUP BY ticker, source ORDER BY ticker, source`,
  );
  return negativeFindings(rows);
}

function hasTable(db: Reader, name: string): boolean {
  const sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return db.get(sql, name) !== undefined;
}

/** Details of days that have no price. */
export function detailsWithoutPrice(db: Reader): VerifyFinding[] {
  if (!hasTable(db, "price_details")) return [];
  const rows = db.all(
    `SELECT ticker, date, source FROM price_details AS details
     WHERE NOT EXISTS (SELECT 1 FROM prices WHERE prices.ticker = details.ticker
       AND prices.date = details.date AND prices.source = details.source)`,
  );
  return detailFindings(rows);
}

/** Prices that change by more than {@linkcode DOUBTFUL_FACTOR} from one day to the next. */
export function doubtfulJumps(db: Reader): VerifyFinding[] {
  // A split explains a jump, and so does another currency; where they are not recorded, nothing does.
  const unexplained =
    (hasTable(db, "corporate_actions")
      ? `AND NOT EXISTS (SELECT 1 FROM corporate_actions AS action
         WHERE action.ticker = jumps.ticker AND action.kind = 'split'
           AND action.date > jumps.day_before AND action.date <= jumps.date)`
      : "") +
    (hasTable(db, "price_details")
      ? `AND NOT EXISTS (SELECT 1 FROM price_details AS a JOIN price_details AS b
         ON b.ticker = a.ticker AND b.source = a.source AND b.currency <> a.currency
         WHERE a.ticker = jumps.ticker AND a.source = jumps.source
           AND a.date = jumps.day_before AND b.date = jumps.date)`
      : "");
  const rows = db.all(
    `SELECT * FROM (
       SELECT ticker, date, source, close,
         lag(close) OVER days AS close_before, lag(date) OVER days AS day_before
       FROM prices WINDOW days AS (PARTITION BY ticker, source ORDER BY date)
     ) AS jumps
     WHERE close_before > 0
       AND (close > ?1 * close_before OR close_before > ?1 * close) ${unexplained}`,
    DOUBTFUL_FACTOR,
  );
  return jumpFindings(rows);
}
