/**
 * What a server says of itself and of a connection to it.
 *
 * @module
 */
import type { ServerHealth } from "../../reports.ts";
import type { Connection } from "../connection/connection.ts";
import { isLocal } from "../connection/target.ts";

/** Asks a server; works with any schema, and with none. */
export async function serverHealth(connection: Connection): Promise<ServerHealth> {
  const { schema, host } = connection.target;
  const before = Date.now();
  const row = await connection.read("look at", (db) =>
    db.get(
      `SELECT current_setting('server_version') AS version,
         current_setting('server_version_num')::int / 10000 AS major,
         coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
         extract(epoch FROM clock_timestamp()) * 1000 AS now,
         pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS read_only,
         coalesce(has_schema_privilege(to_regnamespace($1)::oid, 'CREATE'),
           has_database_privilege(current_database(), 'CREATE')) AS can_migrate,
         (SELECT setting FROM pg_settings WHERE name = 'statement_timeout') AS statement_timeout,
         current_setting('max_connections')::int
           - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS free,
         array(SELECT c.relname::text FROM pg_class AS c
           JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations'
             AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
               AND has_table_privilege(c.oid, 'UPDATE')) ORDER BY 1) AS not_writable`,
      schema,
    ));
  return {
    version: String(row?.version),
    major: Number(row?.major),
    encrypted: row?.encrypted === true,
    remote: !isLocal(host),
    pooled: connection.isPooled,
    aheadMs: Math.round(Number(row?.now) - (before + Date.now()) / 2),
    readOnly: row?.read_only === true,
    notWritable: Array.isArray(row?.not_writable) ? row.not_writable.map(String) : [],
    canMigrate: row?.can_migrate === true,
    statementTimeoutMs: Number(row?.statement_timeout),
    freeConnections: Number(row?.free),
  };
}
