import { shellWord } from "../../base/text.ts";
import type { Care, MigrationStep, ServerCare } from "../care.ts";
import { type Dropped, dropsOf, type Migration, statusOf, wantedVersion } from "../migration.ts";
import { Connection } from "./connection/connection.ts";
import {
  appliedMigrations,
  checkSchema,
  migrate,
  pendingMigrations,
  rollBack,
  statementsOf,
  tablesOf,
} from "./connection/migrate.ts";
import type { Target } from "./connection/target.ts";
import { MIGRATIONS } from "./migrations/mod.ts";

/** Milliseconds for which a server that is away or busy is waited for. */
const PATIENCE_MS = 5000;

async function migrateTo(
  connection: Connection,
  to: number | "newest" | "back",
  throwIfStopped: () => void,
): Promise<MigrationStep[]> {
  const current = async (): Promise<number> =>
    (await connection.read("look at the schema of", appliedMigrations)).at(-1)?.version ?? 0;
  const steps: MigrationStep[] = [];
  let version = await current();
  const target = wantedVersion(to, MIGRATIONS.length, connection.target.name, () => version);
  while (version !== target) {
    throwIfStopped();
    const up = target > version;
    const done = up
      ? await migrate(connection, version + 1)
      : await rollBack(connection, version - 1);
    for (const each of done) {
      steps.push({ version: each, direction: up ? "up" : "down", backup: null });
    }
    version = await current();
  }
  return steps;
}

function plainUrl({ name, sslMode, sslRootCert }: Target): string {
  const url = new URL(name);
  url.search = "";
  url.searchParams.set("sslmode", sslMode);
  if (sslRootCert !== undefined) url.searchParams.set("sslrootcert", sslRootCert);
  return shellWord(url.href);
}

function insteadOf(target: Target): ServerCare["instead"] {
  const { schema } = target;
  const url = plainUrl(target);
  return {
    backup: `pg_dump -Fc -n ${schema} -f market.dump ${url}`,
    backups: `pg_restore --list market.dump`,
    restore: `pg_restore --clean --if-exists -d ${url} market.dump`,
    compact: `psql ${url} -c 'VACUUM (FULL, ANALYZE) ${schema}.prices'`,
  };
}

function administratorsText(
  { schema, database, user }: Target,
  pending: readonly Migration[],
): string {
  const tables = `ALL TABLES IN SCHEMA "${schema}"`;
  const later = `ALTER DEFAULT PRIVILEGES IN SCHEMA "${schema}" GRANT`;
  const [owner, writer, reader] = [user, `${schema}_writer`, `${schema}_reader`];
  return `-- Run as the owner of the schema, or as an administrator: psql -d ${database} -f FILE
BEGIN;
${pending.length === 0 ? "-- Every migration is applied." : statementsOf(schema, pending)}
COMMIT;

-- Where runs and people are to have no more than they need, as the owner of the tables (${owner}):
-- CREATE ROLE ${writer};
-- GRANT USAGE ON SCHEMA "${schema}" TO ${writer};
-- GRANT SELECT, INSERT, UPDATE ON ${tables} TO ${writer};
-- GRANT DELETE ON "${schema}".corporate_actions, "${schema}".corporate_events,
--   "${schema}".adjustment_factors, "${schema}".prices, "${schema}".price_details TO ${writer};
-- GRANT DELETE ON "${schema}".ingest_logs, "${schema}".ingest_rejects TO ${writer}; -- logs prune
-- ${later} SELECT, INSERT, UPDATE ON TABLES TO ${writer};
-- CREATE ROLE ${reader};
-- GRANT USAGE ON SCHEMA "${schema}" TO ${reader};
-- GRANT SELECT ON ${tables} TO ${reader};
-- ${later} SELECT ON TABLES TO ${reader};
`;
}

/** The {@linkcode Care} of a database. */
export function postgresCare(target: Target): Care {
  const connected = (totalMs = PATIENCE_MS): Connection => new Connection(target, { totalMs });
  // A message does not wait for long: the next run sends it.
  const brief = (): Connection =>
    new Connection(target, { lockMs: 500, totalMs: 500, queryMs: 2000, connectMs: 2000 });
  return {
    name: target.name,
    async info() {
      await using connection = connected();
      return await (await import("./queries/info.ts")).databaseInfo(connection);
    },
    async migrations() {
      await using connection = connected();
      return statusOf(
        await connection.read("look at the schema of", appliedMigrations),
        MIGRATIONS,
      );
    },
    async drops(to) {
      await using connection = connected();
      return await connection.read("look at the schema of", async (db) => {
        const current = (await appliedMigrations(db)).at(-1)?.version ?? 0;
        const target = to === "back" ? current - 1 : to;
        const undone = MIGRATIONS.filter(({ version }) => version > target && version <= current);
        const dropped: Dropped[] = [];
        for (const { what, sql } of dropsOf(undone.reverse(), await tablesOf(db))) {
          dropped.push({ what, rows: Number((await db.get(sql))?.rows) });
        }
        return dropped;
      });
    },
    async migrate(to, { throwIfStopped = () => {} } = {}) {
      await using connection = connected();
      return await migrateTo(connection, to, throwIfStopped);
    },
    async tryWriting() {
      await using connection = connected();
      await connection.transaction("write to", async (db) => {
        await checkSchema(db);
        await db.run(
          `INSERT INTO sync_state (source, name, query, checkpoint, updated_at)
           VALUES ('', '', '', '', clock_timestamp())
           ON CONFLICT (source, name, query) DO UPDATE SET updated_at = excluded.updated_at`,
        );
        await db.run("UPDATE locks SET token = token WHERE name = ''");
      }, { mode: "rehearse" });
      return true;
    },
    async verify({ quick = false }) {
      await using connection = connected();
      return await (await import("./queries/verify.ts")).verifyDatabase(connection, quick);
    },
    async planPrune(options) {
      await using connection = connected();
      const { planPrune } = await import("./queries/prune.ts");
      return await connection.read("look for old rows of the log in", async (db) => {
        await checkSchema(db);
        return await planPrune(db, options);
      });
    },
    async prune(options, onStep, signal) {
      await using connection = connected(30_000);
      const { pruneLogs } = await import("./queries/prune.ts");
      return await pruneLogs(connection, options, onStep, signal);
    },
    async exportRows(query) {
      const { PostgresExportRows } = await import("./export/export_rows.ts");
      return await PostgresExportRows.begin(target, query);
    },
    async putRows(table, columns, rows) {
      await using connection = connected(30_000);
      const { putRows } = await import("./export/schema.ts");
      await connection.transaction(
        `copy ${table} into`,
        (db) => putRows(db, table, columns, rows),
      );
    },
    async snapshotOf(file, sha256) {
      await using connection = connected();
      const { snapshotOf } = await import("./export/export_rows.ts");
      return await connection.read("look for an export in", (db) => snapshotOf(db, file, sha256));
    },
    async beginNotice(subject, reasons) {
      await using connection = brief();
      const { beginNotice } = await import("./tables/notices.ts");
      return await connection.transaction(
        "note what is told of a job in",
        (db) => beginNotice(db, subject, reasons),
      );
    },
    async endNotice(turn, told) {
      await using connection = brief();
      const { endNotice } = await import("./tables/notices.ts");
      await connection.transaction(
        "note what was told of a job in",
        (db) => endNotice(db, turn, told),
      );
    },
    server: {
      instead: insteadOf(target),
      async statements() {
        await using connection = connected();
        const pending = await connection.read("look at the schema of", pendingMigrations);
        return administratorsText(target, pending);
      },
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
