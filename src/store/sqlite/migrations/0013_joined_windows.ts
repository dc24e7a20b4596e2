/**
 * How far back a row of the log counts where the rows before it are pruned. What it has asked for itself
 * stays in `window_from`: of days before that it has no answer.
 * @module
 */

/** SQL of migration 13. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
ALTER TABLE ingest_logs ADD COLUMN joined_from TEXT;
`;

/** SHA-256 of the SQL. */
export const checksum = "367c0945b18e50fece2cd26a9cd85fdb86b763ee4309014645ac679cdfc53a61";

/** Takes migration 13 back. */
export const down = `
ALTER TABLE ingest_logs DROP COLUMN joined_from;
`;
