/**
 * The manifest of exports: what was written to which file, from which moment, with which checksum.
 *
 * @module
 */

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY,
  -- The moment whose state was exported.
  taken_at TEXT NOT NULL,
  -- Table or view.
  object TEXT NOT NULL,
  -- Filters and columns, as JSON.
  query TEXT NOT NULL,
  format TEXT NOT NULL CHECK (format IN ('csv', 'json', 'ndjson')),
  -- The file, as an absolute path without symbolic links.
  path TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  version TEXT NOT NULL
) STRICT;
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "fb484fd5abe4dd509d10abdde1ed3dd4bf5af38bfac6a5272cfeee842c7ffb20";

/** Takes this migration back. */
export const down = `
DROP TABLE snapshots;
`;
