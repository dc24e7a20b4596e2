/**
 * Rows of `ingest_rejects`: what was refused, and why.
 *
 * @module
 */
import type { Reject } from "../../../model/prices.ts";
import type { Database } from "../connection/database.ts";

/**
 * Inserts refused rows.
 *
 * @param job Id of the row in `ingest_logs`, ticker (null where it could not be read), source, time.
 */
export function insertRejects(
  db: Database,
  job: { ingestId: number; ticker: string | null; source: string; at: string },
  rejects: readonly Reject[],
): void {
  if (rejects.length === 0) return;
  const insert = db.prepare(
    `INSERT INTO ingest_rejects (ingest_id, ticker, source, origin, line, date, code, reason, raw,
       rejected_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { origin, line, date, code, reason, raw } of rejects) {
    insert.run(
      job.ingestId,
      job.ticker,
      job.source,
      origin,
      line,
      date,
      code,
      reason,
      raw,
      job.at,
    );
  }
}
