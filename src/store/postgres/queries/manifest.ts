/**
 * The manifest of exports.
 *
 * @module
 */
import { splitPath } from "../../../platform/paths.ts";
import type { StoredSnapshot } from "../../care.ts";
import type { Transaction } from "../connection/connection.ts";
import { tablesOf } from "../connection/migrate.ts";

/** The line of the manifest that is about a file, as `Care.snapshotOf` says. */
export async function snapshotOf(
  db: Transaction,
  path: string,
  sha256: string,
): Promise<StoredSnapshot | undefined> {
  if (!(await tablesOf(db)).includes("snapshots")) return undefined;
  const { name } = splitPath(path);
  const row = await db.get(
    `SELECT id, taken_at AS "takenAt", object, query, format, path, rows, bytes, sha256
     FROM snapshots
     WHERE sha256 = $1 OR path = $2 OR right(path, length($3) + 1) IN ('/' || $3, '\\' || $3)
     ORDER BY sha256 = $1 DESC, path = $2 DESC, id DESC LIMIT 1`,
    sha256,
    path,
    name,
  );
  return row as unknown as StoredSnapshot | undefined;
}
