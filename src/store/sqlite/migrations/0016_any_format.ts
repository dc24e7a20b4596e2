/**
 * Exports in formats that come later: which there are is the program's to know. SQLite changes the check of
 * a column only by way of a new table.
 * @module
 */

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
ALTER TABLE snapshots RENAME TO snapshots_before;

CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY,
  -- The moment whose state was exported.
  taken_at TEXT NOT NULL,
  -- Table or view.
  object TEXT NOT NULL,
  -- Filters and columns, as JSON.
  query TEXT NOT NULL,
  format TEXT NOT NULL CHECK (format <> ''),
  -- The file, as an absolute path without symbolic links.
  path TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  version TEXT NOT NULL
) STRICT;

INSERT INTO snapshots SELECT * FROM snapshots_before;

DROP TABLE snapshots_before;

PRAGMA incremental_vacuum;
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "e1a460095bef4a84bb7efc1fa28e91afec9d606dcb4a42b0bf9f39aee7160b7f";

/** What taking it back changes. */
export const changes = [{
  what: "snapshots in other formats than CSV, JSON and NDJSON",
  sql: "SELECT count(*) AS rows FROM snapshots WHERE format NOT IN ('csv', 'json', 'ndjson')",
}];

/** Takes this migration back. Lines of formats that were not known before are lost. */
export const down = `
ALTER TABLE snapshots RENAME TO snapshots_before;
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
INSERT INTO snapshots SELECT * FROM snapshots_before WHERE format IN ('csv', 'json', 'ndjson');
DROP TABLE snapshots_before;
`;
