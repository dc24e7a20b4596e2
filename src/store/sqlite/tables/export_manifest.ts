/**
 * The manifest of exports: the table `snapshots`.
 *
 * @module
 */
import { VERSION } from "../../../base/version.ts";
import { splitPath } from "../../../platform/paths.ts";
import type { Database } from "../connection/database.ts";
import type { Reader } from "../connection/reader.ts";

/** One line of the manifest. */
export interface Snapshot {
  /** The moment whose state was exported, ISO 8601 in UTC. */
  readonly takenAt: string;
  /** Table or view. */
  readonly object: string;
  /** Filters and columns, as JSON. */
  readonly query: string;
  readonly format: string;
  /** The file: an absolute path without symbolic links. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A line of the manifest that is in the database. */
export interface StoredSnapshot extends Snapshot {
  readonly id: number;
}

/**
 * Adds a line to the manifest.
 *
 * @returns The line's id.
 * @throws {DatabaseError} Where it cannot be written.
 */
export async function insertSnapshot(db: Database, snapshot: Snapshot): Promise<number> {
  const { takenAt, object, query, format, path, rows, bytes, sha256 } = snapshot;
  return await db.transaction("write the manifest of an export to", () => {
    const statement = db.prepare(
      `INSERT INTO snapshots (taken_at, object, query, format, path, rows, bytes, sha256, version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const values = [takenAt, object, query, format, path, rows, bytes, sha256, VERSION];
    return Number(statement.run(...values).lastInsertRowid);
  });
}

function fromRow(row: Record<string, unknown> | undefined): StoredSnapshot | undefined {
  if (row === undefined) return undefined;
  return {
    id: Number(row.id),
    takenAt: String(row.taken_at),
    object: String(row.object),
    query: String(row.query),
    format: String(row.format),
    path: String(row.path),
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    sha256: String(row.sha256),
  };
}

const NEWEST = "ORDER BY id DESC LIMIT 1";

/**
 * The line of the manifest that speaks of a file: the newest with its checksum; otherwise the newest
 * with its path; otherwise, for a file that was moved, the newest with its name.
 *
 * @param path The file: an absolute path without symbolic links.
 * @returns Undefined where no line speaks of it.
 */
export function findSnapshot(
  db: Reader,
  path: string,
  sha256: string,
): StoredSnapshot | undefined {
  const sameContent = db.get(`SELECT * FROM snapshots WHERE sha256 = ? ${NEWEST}`, sha256);
  const samePath = () => db.get(`SELECT * FROM snapshots WHERE path = ? ${NEWEST}`, path);
  const sameName = () => {
    const { name } = splitPath(path);
    return db.get(
      `SELECT * FROM snapshots WHERE substr(path, -length(?) - 1) IN ('/' || ?, '\\' || ?) ${NEWEST}`,
      name,
      name,
      name,
    );
  };
  return fromRow(sameContent ?? samePath() ?? sameName());
}
