/**
 * Bringing a database to the schema that this program knows.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { VERSION } from "../../../base/version.ts";
import { debug, msSince } from "../../../base/debug.ts";
import { StoreError } from "../../errors.ts";
import type { Migration } from "../../migration.ts";
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

/** A migration that a database has. */
interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  /** ISO 8601 in UTC. */
  readonly appliedAt: string;
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

/** What a database has, by version; nothing for one that is new. */
export function appliedMigrations(db: DatabaseSync): Applied[] {
  if (!hasJournal(db)) return [];
  return db.prepare(
    `SELECT version, name, checksum, applied_at AS appliedAt FROM schema_migrations
     ORDER BY version`,
  ).all() as unknown as Applied[];
}

function checkApplied(applied: readonly Applied[], path: string): void {
  for (const one of applied) {
    const known = MIGRATIONS.find((migration) => migration.version === one.version);
    if (known === undefined) {
      const newest = MIGRATIONS.at(-1)?.version ?? 0;
      const message = `database ${path} has schema version ${applied.at(-1)?.version}, ` +
        `this program (${VERSION}) knows up to ${newest}`;
      throw new StoreError("db_schema_too_new", message, path, {
        hint: "Use the newer tickerlock that made it; the database was left as it is.",
        scope: "program",
      });
    }
    if (known.checksum !== one.checksum) {
      const message = `database ${path}: migration ${one.version} (${one.name}) was applied with ` +
        "other contents than this program has";
      throw new StoreError("db_schema_changed", message, path, {
        hint: "Use the tickerlock release that made the database; it was left as it is.",
        scope: "program",
      });
    }
  }
}

/**
 * Whether there is anything to do, without a write lock.
 *
 * @throws {StoreError} `db_schema_too_new`, `db_schema_changed`, or `db_of_another_program`.
 */
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
  const applied = appliedMigrations(db);
  checkApplied(applied, path);
  const newest = applied.at(-1)?.version ?? 0;
  return MIGRATIONS.filter((migration) => migration.version > newest);
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
 * Applies what is pending in one transaction, which first looks again: of several processes that start
 * at once, one applies and the others find nothing to do. One for all of them, because each commit is
 * written to the disk, and each look reads the schema again.
 *
 * @param to Last version to apply. Default all.
 * @returns The versions that this call applied.
 * @throws {StoreError} As {@linkcode pendingMigrations}.
 * @throws SQLite's own errors, "busy" among them: the caller repeats the call.
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

/**
 * Takes migrations back, the newest first, each in one transaction.
 *
 * What a migration has made goes with what is in it: make a backup before.
 *
 * @param to Version to go back to; 0 takes back everything.
 * @returns The versions that were taken back.
 * @throws {StoreError} As {@linkcode pendingMigrations}.
 */
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
