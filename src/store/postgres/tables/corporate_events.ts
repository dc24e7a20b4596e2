import type { CorporateEvent } from "../../../model/corporate_events.ts";
import type { UpsertCounts } from "../../store.ts";
import { NO_COUNTS } from "../../writing.ts";
import type { Transaction } from "../connection/connection.ts";

/** One event told by two lists differs by the digits that they show. */
const SAME_SIZE = 0.0005;

const FORGET_SPELLING = `
DELETE FROM corporate_events WHERE ticker = $1 AND source = $2 AND last_with_right = $3::date
  AND label = $4 AND approved_on = $5 AND rate <> $6
  AND abs(coalesce(amount, ratio, 0) - $7::float8) <= ${SAME_SIZE} * $7::float8`;

const UPSERT = `
INSERT INTO corporate_events AS stored (ticker, source, last_with_right, label, approved_on, rate,
  ex_date, kind, ratio, amount, isin, ingest_id)
VALUES ($1, $2, $3::date, $4, $5, $6, $7::date, $8, $9::float8, $10::float8, $11, $12::bigint)
ON CONFLICT (ticker, source, last_with_right, label, approved_on, rate) DO UPDATE SET
  ex_date = excluded.ex_date, kind = excluded.kind, ratio = excluded.ratio,
  amount = excluded.amount, isin = excluded.isin, ingest_id = excluded.ingest_id
WHERE (stored.ex_date, stored.kind, stored.ratio, stored.amount, stored.isin) IS DISTINCT FROM
  (excluded.ex_date, excluded.kind, excluded.ratio, excluded.amount, excluded.isin)`;

const COUNT = "SELECT count(*) AS n FROM corporate_events WHERE ticker = $1 AND source = $2";

/**
 * Upserts a ticker's events; one stored with other digits is replaced, what is not among them stays: the
 * service omits events. Statements follow each other, since one can replace another; none is awaited.
 */
export async function upsertCorporateEvents(
  db: Transaction,
  ticker: string,
  source: string,
  ingestId: number,
  events: readonly CorporateEvent[],
): Promise<UpsertCounts> {
  if (events.length === 0) return NO_COUNTS;
  const before = db.get(COUNT, ticker, source);
  const written = events.map(async (event) => {
    const { lastWithRight, label, approvedOn, rate, exDate, kind, ratio, amount, isin } = event;
    const key = [ticker, source, lastWithRight, label, approvedOn, rate] as const;
    const [, changed] = await Promise.all([
      db.run(FORGET_SPELLING, ...key, amount ?? ratio ?? 0),
      db.run(UPSERT, ...key, exDate, kind, ratio, amount, isin, ingestId),
    ]);
    return changed;
  });
  const [first, last, ...changes] = await Promise.all([
    before,
    db.get(COUNT, ticker, source),
    ...written,
  ]);
  const changed = changes.reduce((sum, each) => sum + each, 0);
  const inserted = Math.max(0, Number(last?.n) - Number(first?.n));
  return { inserted, updated: changed - inserted, unchanged: events.length - changed };
}
