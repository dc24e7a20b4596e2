/**
 * What jobs did with histories: whole ones that were taken, answers that contradicted, and stored days that
 * have other prices now.
 * @module
 */

/** SQL of migration 12. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
ALTER TABLE ingest_logs ADD COLUMN history TEXT;

ALTER TABLE ingest_logs ADD COLUMN restated INTEGER;

ALTER TABLE ingest_logs ADD COLUMN restated_by TEXT;

ALTER TABLE ingest_logs ADD COLUMN restated_from TEXT;

ALTER TABLE ingest_logs ADD COLUMN restated_to TEXT;

ALTER TABLE ingest_logs ADD COLUMN restated_factor REAL;

-- Few rows have it, and each run of a service asks for the newest one of its ticker.
CREATE INDEX ingest_logs_history ON ingest_logs (ticker, source, history, started_at)
  WHERE history IS NOT NULL;
`;

/** SHA-256 of the SQL. */
export const checksum = "ceab40b207f480505898999199e7e592f128727d4b07a7be901b83dcf30f3c7e";

/** Takes migration 12 back. */
export const down = `
DROP INDEX ingest_logs_history;
ALTER TABLE ingest_logs DROP COLUMN restated_factor;
ALTER TABLE ingest_logs DROP COLUMN restated_to;
ALTER TABLE ingest_logs DROP COLUMN restated_from;
ALTER TABLE ingest_logs DROP COLUMN restated_by;
ALTER TABLE ingest_logs DROP COLUMN restated;
ALTER TABLE ingest_logs DROP COLUMN history;
`;
