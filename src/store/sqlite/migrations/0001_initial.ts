/**
 * The first schema: the log of runs, prices, rejects.
 *
 * @module
 */

/** SQL of migration 1. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE ingest_logs (
  id INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL,
  ticker TEXT,
  source TEXT NOT NULL,
  command TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'success', 'skipped', 'failed', 'lock_busy',
    'lock_timeout', 'interrupted', 'abandoned', 'dry_run')),
  lock_action TEXT CHECK (lock_action IN ('acquired', 'waited', 'busy', 'timed_out')),
  lock_waited_seconds REAL,
  rows_fetched INTEGER,
  rows_inserted INTEGER,
  rows_updated INTEGER,
  rows_unchanged INTEGER,
  rows_rejected INTEGER,
  payload_sha256 TEXT,
  attempts INTEGER NOT NULL DEFAULT 1,
  duration_ms INTEGER,
  error_code TEXT,
  error_message TEXT,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  version TEXT NOT NULL,
  CHECK ((status = 'running') = (finished_at IS NULL))
) STRICT;
CREATE INDEX ingest_logs_by_ticker ON ingest_logs (ticker, source, id);
CREATE INDEX ingest_logs_running ON ingest_logs (ticker) WHERE status = 'running';

CREATE TABLE prices (
  ticker TEXT NOT NULL CHECK (ticker <> ''),
  date TEXT NOT NULL CHECK (length(date) = 10),
  source TEXT NOT NULL,
  open REAL,
  high REAL,
  low REAL,
  close REAL NOT NULL,
  adj_close REAL,
  volume INTEGER CHECK (volume >= 0),
  -- Names the run that wrote the row last. No foreign key: old log rows may be pruned while the
  -- prices stay.
  ingest_id INTEGER NOT NULL,
  PRIMARY KEY (ticker, date, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE ingest_rejects (
  id INTEGER PRIMARY KEY,
  ingest_id INTEGER NOT NULL REFERENCES ingest_logs (id) ON DELETE CASCADE,
  ticker TEXT,
  source TEXT NOT NULL,
  origin TEXT,
  line INTEGER,
  date TEXT,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  raw TEXT,
  rejected_at TEXT NOT NULL
) STRICT;
CREATE INDEX ingest_rejects_by_ingest ON ingest_rejects (ingest_id);
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "2f13a8bfb6ee0e0e6ae57320b683e84c4abd46d51a331e6c9b745d58d1706c68";

/** Takes migration 1 back, and with it everything. */
export const down = `
DROP TABLE ingest_rejects;

DROP TABLE prices;

DROP TABLE ingest_logs;
`;
