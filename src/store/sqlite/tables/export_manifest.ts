import { VERSION } from "../../../base/version.ts";
import { splitPath } from "../../../platform/paths.ts";
import { exists } from "../../../platform/files.ts";
import type { Snapshot, StoredSnapshot } from "../../care.ts";
import type { Database } from "../connection/database.ts";
import { appliedMigrations } from "../connection/migrate.ts";
import type { Reader } from "../connection/reader.ts";
import { TraceFreeReader } from "../connection/trace_free_read.ts";

/** Adds lines to the manifest. @returns The lines' ids. @throws {StoreError} */
export async function insertSnapshots(
  db: Database,
  snapshots: readonly Snapshot[],
): Promise<readonly number[]> {
  return await db.transaction("write the manifest of an export to", () => {
    const statement = db.prepare(
      `INSERT INTO snapshots (taken_at, object, query, format, path, rows, bytes, sha256, version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    return snapshots.map(({ takenAt, object, query, format, path, rows, bytes, sha256 }) => {
      const values = [takenAt, object, query, format, path, rows, bytes, sha256, VERSION];
      return Number(statement.run(...values).lastInsertRowid);
    });
  });
}

function findSnapshot(db: Reader, path: string, sha256: string): StoredSnapshot | undefined {
  const newest = (condition: string, ...values: string[]) =>
    db.get(
      `SELECT id, taken_at AS takenAt, object, query, format, path, rows, bytes, sha256
       FROM snapshots WHERE ${condition} ORDER BY id DESC LIMIT 1`,
      ...values,
    );
  const { name } = splitPath(path);
  const found = newest("sha256 = ?", sha256) ?? newest("path = ?", path) ??
    newest("substr(path, -length(?1) - 1) IN ('/' || ?1, '\\' || ?1)", name);
  return found as unknown as StoredSnapshot | undefined;
}

/** The line of the manifest that is about a file, as `Care.snapshotOf` says. */
export function snapshotOf(db: string, path: string, sha256: string): StoredSnapshot | undefined {
  if (!exists(db)) return undefined;
  using reader = TraceFreeReader.open(db, { anySchema: true });
  const hasTable = appliedMigrations(reader.raw).some(({ name }) => name === "snapshots");
  return hasTable ? reader.snapshot(() => findSnapshot(reader, path, sha256)) : undefined;
}
