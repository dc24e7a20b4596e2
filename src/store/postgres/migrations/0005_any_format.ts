/** Exports in formats that come later: which there are is the program's to know. @module */

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
ALTER TABLE snapshots DROP CONSTRAINT snapshots_format_check;

ALTER TABLE snapshots ADD CONSTRAINT snapshots_format_check CHECK (format <> '');
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "a1b50836850f255897965406dffcd8bf98910923d306192f23d1e80dffb51760";

/** What taking it back changes. */
export const changes = [{
  what: "snapshots in other formats than CSV, JSON and NDJSON",
  sql: "SELECT count(*) AS rows FROM snapshots WHERE format NOT IN ('csv', 'json', 'ndjson')",
}];

/** Takes this migration back. Lines of formats that were not known before are lost. */
export const down = `
DELETE FROM snapshots WHERE format NOT IN ('csv', 'json', 'ndjson');
ALTER TABLE snapshots DROP CONSTRAINT snapshots_format_check;
ALTER TABLE snapshots ADD CONSTRAINT snapshots_format_check
  CHECK (format IN ('csv', 'json', 'ndjson'));
`;
