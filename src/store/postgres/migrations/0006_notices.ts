/** Notices: what receivers of `--notify` have been told of jobs that fail. @module */

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE notices (
  -- SHA-256 of job, host and receiver, whose address is a secret.
  key text COLLATE "C" PRIMARY KEY CHECK (length(key) = 64),
  job text COLLATE "C" NOT NULL,
  host text COLLATE "C" NOT NULL,
  -- When the receiver was first told of the failure; NULL before that.
  told_at timestamptz(3),
  -- The reasons that it was told of, as a list in JSON.
  reasons text COLLATE "C" NOT NULL,
  -- The process that is telling it now, and since when.
  turn text COLLATE "C",
  turn_at timestamptz(3),
  CHECK ((turn IS NULL) = (turn_at IS NULL))
);
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "0dc3fdb313abf8e274f086d01dad3ccf7c96ef755558184035f4700049927f34";

/** Takes this migration back. */
export const down = `
DROP TABLE notices;
`;
