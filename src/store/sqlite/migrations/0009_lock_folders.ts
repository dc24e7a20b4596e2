/**
 * The folder of locks that the runs of a machine use: two of them on one database would let two runs work
 * on one ticker.
 * @module
 */

/** SQL of migration 9. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE lock_folders (
  host TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  device TEXT,
  -- Its inode and its time of birth: the inode of a removed file is given to another one.
  inode TEXT,
  -- The database's own place then: in a copy of the file the row says nothing of that copy.
  db_path TEXT NOT NULL,
  db_device TEXT,
  db_inode TEXT,
  since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** SHA-256 of the SQL. */
export const checksum = "4701e077e6cd6f563b9fd8bbf55cddba8bc42465e76b4899f339328e39d45a6f";

/** Takes migration 9 back. */
export const down = `
DROP TABLE lock_folders;
`;
