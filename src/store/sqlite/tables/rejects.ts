/**
 * Rows of `ingest_rejects`: what was refused, and why.
 *
 * @module
 */
import type { Database } from "../connection/database.ts";

/** A refused row. */
export interface RejectValues {
  readonly origin: string | null;
  readonly line: number | null;
  readonly date: string | null;
  readonly code: string;
  readonly reason: string;
  readonly raw: string | null;
}

/**
 * Inserts refused rows.
 *
 * @param db Inside a transaction.
 * @param job Id of the row in `ingest_logs`, ticker (null where it could not be read), source, time.
 * @param rejects The rows.
 */
export function insertRejects(
  db: Database,
  job: { ingestId: number; ticker: string | null; source: string; at: string },
  rejects: readonly RejectValues[],
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
