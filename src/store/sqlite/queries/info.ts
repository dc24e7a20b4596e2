/**
 * Facts about a database, and giving free pages back.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import {
  type BackupFile,
  lastBackup,
  type MigrationBackup,
  migrationBackups,
  sizeOf,
  type Spilled,
  spilledBeside,
} from "../backup/companion_files.ts";
import type { Database } from "../connection/database.ts";
import { emptyDatabase, toDatabaseError } from "../connection/errors.ts";
import { appliedMigrations } from "../connection/migrate.ts";
import { quietPlace } from "../connection/trace_free_read.ts";
import { Reader } from "../connection/reader.ts";
import { type SourceSpan, sourceSpans } from "./source_spans.ts";

/** Facts about a database. */
export interface DatabaseInfo {
  readonly path: string;
  /** Bytes of the file. */
  readonly size_bytes: number;
  /** Bytes of the write-ahead log; 0 where there is none. */
  readonly wal_bytes: number;
  readonly page_size: number;
  readonly pages: number;
  /** Pages that `--compact` would give back. */
  readonly free_pages: number;
  readonly schema_version: number;
  readonly sqlite_version: string;
  readonly journal_mode: string;
  /** Rows per table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Per source of prices. */
  readonly prices: readonly SourceSpan[];
  /** When a run last succeeded; null for never. */
  readonly last_success_at: string | null;
  /** The newest file of the folder `backups` beside it; null for none. */
  readonly last_backup: BackupFile | null;
  /** Backups in that folder which `db migrate` has made, the newest first. */
  readonly migration_backups: readonly MigrationBackup[];
  /** Log rows that wait for a run that can write; null for none. */
  readonly spill: Spilled | null;
}

function pragmaOf(db: Reader, name: string): unknown {
  return Object.values(db.get(`PRAGMA ${name}`) ?? {})[0];
}

/**
 * Collects facts about a database. Never writes. Of a database with an older schema than this program's it tells of the tables that are there.
 *
 * @throws {DatabaseError} `db_empty` where there is no table in it, or where it cannot be read.
 */
export function databaseInfo(path: string): DatabaseInfo {
  const walBytes = sizeOf(`${path}-wal`);
  using place = quietPlace(path);
  using db = Reader.open(path, { anySchema: true }, place.file);
  return db.snapshot(() => {
    const applied = appliedMigrations(db.raw);
    if (applied.length === 0) {
      throw emptyDatabase(path);
    }
    const tables = db.all(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    ).map(({ name }) => String(name));
    const rows = Object.fromEntries(
      tables.map((name) => [name, Number(db.get(`SELECT count(*) AS n FROM "${name}"`)?.n)]),
    );
    const prices = sourceSpans(db);
    const last = db.get("SELECT max(finished_at) AS at FROM ingest_logs WHERE status = 'success'");
    return {
      path,
      size_bytes: sizeOf(path),
      wal_bytes: walBytes,
      page_size: Number(pragmaOf(db, "page_size")),
      pages: Number(pragmaOf(db, "page_count")),
      free_pages: Number(pragmaOf(db, "freelist_count")),
      schema_version: applied.at(-1)?.version ?? 0,
      sqlite_version: String(db.get("SELECT sqlite_version() AS version")?.version),
      journal_mode: String(pragmaOf(db, "journal_mode")),
      rows,
      prices,
      last_success_at: typeof last?.at === "string" ? last.at : null,
      last_backup: lastBackup(path),
      migration_backups: migrationBackups(path),
      spill: spilledBeside(path),
    };
  });
}

/** The version of SQLite, also where there is no database. */
export function sqliteVersion(): string {
  const db = new DatabaseSync(":memory:");
  try {
    return String(db.prepare("SELECT sqlite_version() AS version").get()?.version);
  } finally {
    db.close();
  }
}

/** Pages given back per step; other writers get their turn in between. */
const PAGES_PER_STEP = 1000;

/**
 * Gives free pages back to the file system by incremental vacuum, a step at a time. `VACUUM` itself
 * is not available to a program without all permissions.
 *
 * @returns How many pages were given back.
 */
export async function compact(db: Database): Promise<number> {
  const free = (): number => Number(db.get("PRAGMA freelist_count")?.freelist_count ?? 0);
  const before = free();
  for (let left = before; left > 0;) {
    await db.transaction("compact", () => db.all(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`));
    const now = free();
    // A file without incremental auto-vacuum gives nothing back.
    if (now >= left) break;
    left = now;
  }
  try {
    db.all("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    throw toDatabaseError(error, db.path, "empty the write-ahead log of");
  }
  return before - free();
}
