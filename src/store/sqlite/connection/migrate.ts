import type { DatabaseSync } from "node:sqlite";
import { VERSION } from "../../../base/version.ts";
import { debug, msSince } from "../../../base/debug.ts";
import { StoreError } from "../../errors.ts";
import { type Applied, type Migration, pendingOf } from "../../migration.ts";
import { MIGRATIONS } from "../migrations/mod.ts";

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

/** What a database has, by version; nothing for one that is new. */
export function appliedMigrations(db: DatabaseSync): Applied[] {
  if (!hasJournal(db)) return [];
  return db.prepare(
    `SELECT version, name, checksum, applied_at AS appliedAt FROM schema_migrations
     ORDER BY version`,
  ).all() as unknown as Applied[];
}

/** What is still to be applied, without a write lock. @throws {StoreError} As for a schema not known. */
export function pendingMigrations(db: DatabaseSync, path: string): readonly Migration[] {
  const tables = userTables(db);
  if (!hasJournal(db)) {
    if (tables.length > 0) {
      const some = tables.slice(0, 3).join(", ");
      const message = `database ${path} holds tables of another program (${some})`;
      throw new StoreError("db_of_another_program", message, path, {
        hint: "Choose another file with --db; this one was left as it is.",
      });
    }
    return MIGRATIONS;
  }
  return pendingOf(appliedMigrations(db), MIGRATIONS, path);
}

// One statement at a time, each prepared: what `exec` throws has no result code, so that a full disk
// or a busy database could not be told from a mistake. Statements end with a semicolon and a newline.
function runStatements(db: DatabaseSync, sql: string): void {
  for (const statement of sql.split(/;\s*\n/)) {
    if (statement.trim() !== "") db.prepare(statement).run();
  }
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.prepare("BEGIN IMMEDIATE").run();
  try {
    work();
    db.prepare("COMMIT").run();
  } catch (error) {
    if (db.isTransaction) db.prepare("ROLLBACK").run();
    throw error;
  }
}

/**
 * Applies what is pending in one transaction, which looks again: of several processes one applies. One for
 * all, since each commit is written to the disk.
 * @param to Default all.
 * @returns The versions.
 * @throws SQLite's own errors, "busy" among them.
 */
export function migrate(db: DatabaseSync, path: string, to = Infinity): number[] {
  const wanted = (): readonly Migration[] =>
    pendingMigrations(db, path).filter(({ version }) => version <= to);
  if (wanted().length === 0) return [];
  const started = performance.now();
  let done: readonly Migration[] = [];
  inTransaction(db, () => {
    done = wanted();
    if (done.length === 0) return;
    runStatements(db, JOURNAL);
    for (const { sql } of done) runStatements(db, sql);
    db.prepare(`PRAGMA application_id = ${APPLICATION_ID}`).run();
    const journal = db.prepare("INSERT INTO schema_migrations VALUES (?, ?, ?, ?, ?)");
    const at = new Date().toISOString();
    for (const { version, name, checksum } of done) {
      journal.run(version, name, checksum, at, VERSION);
    }
  });
  const version = done.at(-1)?.version;
  if (version === undefined) return [];
  debug("db", () => {
    const ms = msSince(started);
    const what = `migrated to schema version ${version} after ${ms} ms`;
    return [`database ${path}: ${what}`, { path, schema_version: version, ms }];
  });
  return done.map(({ version }) => version);
}

/** Takes migrations back to a version, each in one transaction. @returns The versions. */
export function rollBack(db: DatabaseSync, path: string, to: number): number[] {
  pendingMigrations(db, path);
  const done: number[] = [];
  for (;;) {
    const newest = appliedMigrations(db).at(-1);
    if (newest === undefined || newest.version <= to) return done;
    const migration = MIGRATIONS.find(({ version }) => version === newest.version);
    inTransaction(db, () => {
      // Another process may have taken it back meanwhile.
      if (appliedMigrations(db).at(-1)?.version !== newest.version) return;
      if (migration !== undefined) runStatements(db, migration.down);
      db.prepare("DELETE FROM schema_migrations WHERE version = ?").run(newest.version);
      done.push(newest.version);
    });
  }
}
