import { VERSION } from "../../../base/version.ts";
import { StoreError } from "../../errors.ts";
import { type Applied, type Migration, pendingOf } from "../../migration.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import type { Connection, Transaction } from "./connection.ts";
import { emptyDatabase, oldSchema } from "./errors.ts";

/** `TKLK` in ASCII: the first key of every advisory lock of this program. */
export const LOCK_SPACE = 0x544b4c4b;

const MIGRATING = 0;

/** Milliseconds that a step waits for the locks of tables: runs wait behind it meanwhile. */
const LOCK_MS = 10_000;

const JOURNAL = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  version bigint PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  checksum text COLLATE "C" NOT NULL,
  applied_at timestamptz(3) NOT NULL,
  program_version text COLLATE "C" NOT NULL
)`;

/** Names of tables and views, sorted; by a query, since `to_regclass` can answer by an older state. */
export async function tablesOf(db: Transaction): Promise<string[]> {
  const rows = await db.all(
    `SELECT c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.relname COLLATE "C"`,
    db.target.schema,
  );
  return rows.map(({ name }) => String(name));
}

/** What a schema has, by version; nothing for one that is new. */
export async function appliedMigrations(db: Transaction): Promise<Applied[]> {
  if (!(await tablesOf(db)).includes("schema_migrations")) return [];
  // By its schema: without a right to that, no table of it is found by its name alone.
  return await db.all(
    `SELECT version, name, checksum, applied_at AS "appliedAt"
     FROM "${db.target.schema}".schema_migrations ORDER BY version`,
  ) as unknown as Applied[];
}

/** What is still to be applied. @throws {StoreError} As for a schema not known, or another program's. */
export async function pendingMigrations(db: Transaction): Promise<readonly Migration[]> {
  const applied = await appliedMigrations(db);
  const { name, schema } = db.target;
  if (applied.length === 0) {
    const tables = (await tablesOf(db)).filter((each) => each !== "schema_migrations");
    if (tables.length > 0) {
      const some = tables.slice(0, 3).join(", ");
      const message = `the schema ${schema} of ${name} holds tables of another program (${some})`;
      throw new StoreError("db_of_another_program", message, name, {
        hint: "Choose another schema with ?schema=NAME; this one was left as it is.",
        scope: "program",
      });
    }
  }
  return pendingOf(applied, MIGRATIONS, name);
}

/** Sees to it that every migration is applied. @throws {StoreError} `db_empty`, `db_schema_old`, … */
export async function checkSchema(db: Transaction): Promise<void> {
  const pending = await pendingMigrations(db);
  if (pending.length === MIGRATIONS.length) throw emptyDatabase(db.target);
  if (pending.length > 0) throw oldSchema(db.target);
}

/** The statements that make or update a schema, for an administrator to run. */
export function statementsOf(schema: string, pending: readonly Migration[]): string {
  const isNew = pending[0]?.version === 1;
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return [
    ...isNew ? [`CREATE SCHEMA IF NOT EXISTS "${schema}";`] : [],
    `SET LOCAL search_path TO "${schema}";`,
    ...isNew ? [`${JOURNAL};`] : [],
    ...pending.flatMap(({ version, name, sql, checksum }) => [
      sql.trim(),
      `INSERT INTO schema_migrations VALUES (${version}, ${quote(name)}, ${quote(checksum)},
  clock_timestamp(), ${quote(VERSION)});`,
    ]),
  ].join("\n\n");
}

async function oneAtATime(db: Transaction): Promise<void> {
  await db.run(`SET LOCAL lock_timeout TO ${LOCK_MS}`);
  await db.all("SELECT pg_advisory_xact_lock($1, $2)", LOCK_SPACE, MIGRATING);
}

/** Applies what is pending in one transaction; of several hosts one does. @returns The versions. */
export async function migrate(connection: Connection, to = Infinity): Promise<number[]> {
  const wanted = async (db: Transaction): Promise<readonly Migration[]> =>
    (await pendingMigrations(db)).filter(({ version }) => version <= to);
  if ((await connection.read("look at the schema of", wanted)).length === 0) return [];
  return await connection.transaction("migrate", async (db) => {
    await oneAtATime(db);
    const pending = await wanted(db);
    if (pending.length === 0) return [];
    const { schema } = db.target;
    const there = await db.get("SELECT FROM pg_namespace WHERE nspname = $1", schema);
    const statements = statementsOf(schema, pending);
    // Where an administrator has made the schema, this role need not be allowed to.
    await db.run(there !== undefined ? statements.replace(/^CREATE SCHEMA.*$/m, "") : statements);
    return pending.map(({ version }) => version);
  });
}

/** Takes migrations back to a version, each in one transaction. @returns The versions. */
export async function rollBack(connection: Connection, to: number): Promise<number[]> {
  const done: number[] = [];
  for (;;) {
    const version = await connection.transaction("migrate", async (db) => {
      await oneAtATime(db);
      await pendingMigrations(db);
      const newest = (await appliedMigrations(db)).at(-1);
      if (newest === undefined || newest.version <= to) return undefined;
      await db.run(MIGRATIONS.find((each) => each.version === newest.version)?.down ?? "");
      await db.run("DELETE FROM schema_migrations WHERE version = $1", newest.version);
      return newest.version;
    });
    if (version === undefined) return done;
    done.push(version);
  }
}
