/** Notices: what receivers of `--notify` have been told of jobs that fail. @module */

/** SQL of migration 17. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE notices (
  -- SHA-256 of job, host and receiver, whose address is a secret.
  key TEXT PRIMARY KEY CHECK (length(key) = 64),
  job TEXT NOT NULL,
  host TEXT NOT NULL,
  -- When the receiver was first told of the failure; NULL before that.
  told_at TEXT,
  -- The reasons that it was told of, as a list in JSON.
  reasons TEXT NOT NULL,
  -- The process that is telling it now, and since when.
  turn TEXT,
  turn_at TEXT,
  CHECK ((turn IS NULL) = (turn_at IS NULL))
) STRICT, WITHOUT ROWID;
`;

/** SHA-256 of the SQL. */
export const checksum = "fcd18f11d5dc3fcef3981f785e363254fc69d4bc0fd42819f8169b8954885f24";

/** Takes migration 17 back. */
export const down = `
DROP TABLE notices;
`;
