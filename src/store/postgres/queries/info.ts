import type { ServerInfo, SourceSpan } from "../../care.ts";
import { spilledOf } from "../../spill.ts";
import { quoted } from "../../export/objects.ts";
import type { Connection, Transaction } from "../connection/connection.ts";
import { emptyDatabase } from "../connection/errors.ts";
import { appliedMigrations } from "../connection/migrate.ts";
import { CREDIBLE } from "../tables/history.ts";
import { KNOWN_TICKERS } from "../tables/prices.ts";

/** The sources of the stored prices: of each ticker by its sources, each by two steps into the key. */
async function sourceSpans(db: Transaction): Promise<SourceSpan[]> {
  return await db.all(
    `WITH RECURSIVE ${KNOWN_TICKERS}, pairs AS (
       SELECT known.ticker, own.source FROM known CROSS JOIN LATERAL (
         SELECT DISTINCT source FROM prices WHERE prices.ticker = known.ticker) AS own),
     spans AS (
       SELECT source,
         (SELECT date FROM prices WHERE prices.ticker = pairs.ticker AND prices.source = pairs.source
           ORDER BY date LIMIT 1) AS first,
         (SELECT date FROM prices WHERE prices.ticker = pairs.ticker AND prices.source = pairs.source
           ORDER BY date DESC LIMIT 1) AS last
       FROM pairs)
     SELECT source, count(*) AS tickers, min(first) AS first_date, max(last) AS last_date
     FROM spans GROUP BY source ORDER BY source`,
  ) as unknown as SourceSpan[];
}

async function countsOf(db: Transaction): Promise<{ rows: Record<string, number>; bytes: number }> {
  const tables = await db.all(
    `SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') ORDER BY c.relname COLLATE "C"`,
    db.target.schema,
  );
  const rows: Record<string, number> = {};
  for (const { name } of tables) {
    const row = await db.get(`SELECT count(*) AS n FROM ${quoted(String(name))}`);
    rows[String(name)] = Number(row?.n);
  }
  return { rows, bytes: tables.reduce((sum, { bytes }) => sum + Number(bytes), 0) };
}

/** Facts about a database, as `Care.info` says. */
export async function databaseInfo(connection: Connection): Promise<ServerInfo> {
  const { name, schema } = connection.target;
  return await connection.read("look at", async (db) => {
    const applied = await appliedMigrations(db);
    if (applied.length === 0) throw emptyDatabase(db.target);
    const { rows, bytes } = await countsOf(db);
    const server = await db.get(
      `SELECT current_setting('server_version') AS version,
         coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS ssl,
         (SELECT max(finished_at) FROM ingest_logs
           WHERE status = 'success' AND finished_at <= ${CREDIBLE}) AS at`,
    );
    return {
      engine: "postgres",
      path: name,
      schema,
      size_bytes: bytes,
      schema_version: applied.at(-1)?.version ?? 0,
      server_version: String(server?.version),
      encrypted: server?.ssl === true,
      pooled: connection.isPooled,
      rows,
      prices: await sourceSpans(db),
      last_success_at: typeof server?.at === "string" ? server.at : null,
      spill: spilledOf(name),
    };
  });
}
