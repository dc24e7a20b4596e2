/**
 * The manifest of exports: what was written to which file, from which moment, with which checksum.
 * @module
 */

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE snapshots (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The moment whose state was exported.
  taken_at timestamptz(3) NOT NULL,
  -- Table or view.
  object text COLLATE "C" NOT NULL,
  -- Filters and columns, as JSON.
  query text COLLATE "C" NOT NULL,
  format text COLLATE "C" NOT NULL CHECK (format IN ('csv', 'json', 'ndjson')),
  -- The file, as an absolute path without symbolic links.
  path text COLLATE "C" NOT NULL,
  rows bigint NOT NULL CHECK (rows >= 0),
  bytes bigint NOT NULL CHECK (bytes >= 0),
  sha256 text COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
  version text COLLATE "C" NOT NULL
);
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "23e84e7700b2f7a259524e0bd2c3cd41f74b0aad42cf3cd6c10fb04239293ba2";

/** Takes this migration back. */
export const down = `
DROP TABLE snapshots;
`;
