/**
 * How far a dataset's sync has come.
 *
 * @module
 */
import type { Database } from "../connection/database.ts";

/**
 * What a source has noted about a dataset.
 *
 * @param name Name that the sync locks.
 * @returns The source's own words; null where there are none.
 */
export function readCheckpoint(
  db: Database,
  source: string,
  name: string,
  query: string,
): string | null {
  const row = db.get(
    "SELECT checkpoint FROM sync_state WHERE source = ? AND name = ? AND query = ?",
    source,
    name,
    query,
  );
  return row === undefined ? null : String(row.checkpoint);
}

/**
 * Notes how far a sync has come; in the transaction that writes what it has brought.
 *
 * @param name Name that the sync locks.
 * @param checkpoint The source's own words.
 * @param now ISO 8601 in UTC.
 */
export function writeCheckpoint(
  db: Database,
  source: string,
  name: string,
  query: string,
  checkpoint: string,
  now: string,
): void {
  db.run(
    `INSERT INTO sync_state (source, name, query, checkpoint, updated_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (source, name, query) DO UPDATE SET checkpoint = excluded.checkpoint,
       updated_at = excluded.updated_at`,
    source,
    name,
    query,
    checkpoint,
    now,
  );
}
