import type { CorporateEvent } from "../../../model/corporate_events.ts";
import type { UpsertCounts } from "../../store.ts";
import { NO_COUNTS } from "../../writing.ts";
import type { Database } from "../connection/database.ts";

/** One event told by two lists differs by the digits that they show. */
const SAME_SIZE = 0.0005;

const FORGET_SPELLING = `
DELETE FROM corporate_events WHERE ticker = ? AND source = ? AND last_with_right = ? AND label = ?
  AND approved_on = ? AND rate <> ?
  AND abs(coalesce(amount, ratio, 0) - ?) <= ${SAME_SIZE} * ?`;

const UPSERT = `
INSERT INTO corporate_events (ticker, source, last_with_right, label, approved_on, rate, ex_date,
  kind, ratio, amount, isin, ingest_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (ticker, source, last_with_right, label, approved_on, rate) DO UPDATE SET
  ex_date = excluded.ex_date, kind = excluded.kind, ratio = excluded.ratio,
  amount = excluded.amount, isin = excluded.isin, ingest_id = excluded.ingest_id
WHERE ex_date IS NOT excluded.ex_date OR kind IS NOT excluded.kind
  OR ratio IS NOT excluded.ratio OR amount IS NOT excluded.amount OR isin IS NOT excluded.isin`;

/** Upserts a ticker's events; one stored with other digits is replaced, what is not among them stays. */
export function upsertCorporateEvents(
  db: Database,
  ticker: string,
  source: string,
  ingestId: number,
  events: readonly CorporateEvent[],
): UpsertCounts {
  const count = (): number =>
    Number(
      db.get(
        "SELECT count(*) AS rows FROM corporate_events WHERE ticker = ? AND source = ?",
        ticker,
        source,
      )?.rows ?? 0,
    );
  if (events.length === 0) return NO_COUNTS;
  const before = count();
  let changed = 0;
  for (const event of events) {
    const { lastWithRight, label, approvedOn, rate, exDate, kind, ratio, amount, isin } = event;
    const key = [ticker, source, lastWithRight, label, approvedOn, rate] as const;
    const size = amount ?? ratio ?? 0;
    db.run(FORGET_SPELLING, ...key, size, size);
    changed += db.run(UPSERT, ...key, exDate, kind, ratio, amount, isin, ingestId);
  }
  const inserted = Math.max(0, count() - before);
  return { inserted, updated: changed - inserted, unchanged: events.length - changed };
}
