/**
 * Bringing a database to the schema that this program knows.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { VERSION } from "../version.ts";
import { DatabaseError } from "./errors.ts";
import { type Migration, MIGRATIONS } from "./migrations/mod.ts";

/** `TKLK` in ASCII: marks a SQLite file as tickerlock's (`PRAGMA application_id`). */
export const APPLICATION_ID = 0x544b4c4b;

const JOURNAL = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at TEXT NOT NULL,
  program_version TEXT NOT NULL
) STRICT;
`;

/** SHA-256 of a migration's SQL, in lower-case hex. */
export function checksumOf(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

function userTables(db: DatabaseSync): string[] {
  return db.prepare(
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND " +
      "name NOT LIKE 'sqlite_%' ORDER BY name",
  ).all().map((row) => String(row.name));
}

// Other programs keep a table of that name too, with columns of their own.
function hasJournal(db: DatabaseSync): boolean {
  const row = db.prepare(
    "SELECT count(*) AS columns FROM pragma_table_info('schema_migrations') " +
      "WHERE name IN ('version', 'name', 'checksum')",
  ).get();
  return row?.columns === 3;
}

function appliedTo(db: DatabaseSync): Applied[] {
  return db.prepare("SELECT version, name, checksum FROM schema_migrations ORDER BY version").all()
    .map((row) => ({
      version: Number(row.version),
      name: String(row.name),
      checksum: String(row.checksum),
    }));
}

function checkApplied(applied: readonly Applied[], path: string): void {
  for (const one of applied) {
    const known = MIGRATIONS.find((migration) => migration.version === one.version);
    if (known === undefined) {
      const newest = MIGRATIONS.at(-1)?.version ?? 0;
      throw new DatabaseError(
        "db_schema_too_new",
        `database ${path} has schema version ${applied.at(-1)?.version}, ` +
          `this program (${VERSION}) knows up to ${newest}`,
        path,
        { hint: "Use the newer tickerlock that made it; the database was left as it is." },
      );
    }
    if (checksumOf(known) !== one.checksum) {
      throw new DatabaseError(
        "db_schema_changed",
        `database ${path}: migration ${one.version} (${one.name}) was applied with other contents ` +
          "than this program has",
        path,
        { hint: "Use the tickerlock release that made the database; it was left as it is." },
      );
    }
  }
}

/**
 * Whether there is anything to do, without a write lock.
 *
 * @throws {DatabaseError} `db_schema_too_new`, `db_schema_changed`, or `db_of_another_program`.
 */
export function pendingMigrations(db: DatabaseSync, path: string): readonly Migration[] {
  const tables = userTables(db);
  if (!hasJournal(db)) {
    if (tables.length > 0) {
      throw new DatabaseError(
        "db_of_another_program",
        `database ${path} holds tables of another program (${tables.slice(0, 3).join(", ")})`,
        path,
        { hint: "Choose another file with --db; this one was left as it is." },
      );
    }
    return MIGRATIONS;
  }
  const applied = appliedTo(db);
  checkApplied(applied, path);
  const newest = applied.at(-1)?.version ?? 0;
  return MIGRATIONS.filter((migration) => migration.version > newest);
}

/**
 * Applies what is pending, each migration in one transaction that first looks again: of several
 * processes that start at once, one applies and the others find nothing to do.
 *
 * @param db An open connection without a transaction.
 * @param path Its path, for messages.
 * @throws {DatabaseError} As {@linkcode pendingMigrations}.
 * @throws SQLite's own errors, "busy" among them: the caller repeats the call.
 */
export function migrate(db: DatabaseSync, path: string): void {
  while (pendingMigrations(db, path).length > 0) {
    // Prepared, because what `exec` throws has no result code, and "busy" must be told apart.
    db.prepare("BEGIN IMMEDIATE").run();
    try {
      const next = pendingMigrations(db, path)[0];
      if (next !== undefined) {
        db.exec(JOURNAL);
        db.exec(next.sql);
        db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
        db.prepare("INSERT INTO schema_migrations VALUES (?, ?, ?, ?, ?)").run(
          next.version,
          next.name,
          checksumOf(next),
          new Date().toISOString(),
          VERSION,
        );
      }
      db.prepare("COMMIT").run();
    } catch (error) {
      if (db.isTransaction) db.prepare("ROLLBACK").run();
      throw error;
    }
  }
}
