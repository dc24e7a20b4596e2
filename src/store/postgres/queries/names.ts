import type { NameLimits, WantedNames } from "../../reports.ts";
import type { Transaction } from "../connection/connection.ts";
import { tablesOf } from "../connection/migrate.ts";
import { exportObject } from "../export/schema.ts";

/** Every ticker or source that the log names. */
export async function loggedNames(db: Transaction, column: "ticker" | "source"): Promise<string[]> {
  const rows = await db.all(
    `SELECT DISTINCT ${column} AS name FROM ingest_logs WHERE ${column} IS NOT NULL`,
  );
  return rows.map(({ name }) => String(name));
}

/** Tables with an index that begins with the ticker. */
const TABLES = ["prices", "ingest_logs", "markets"];

/** Tickers of one table: one look into the index for each, however many rows it has. */
async function searchTable(
  db: Transaction,
  table: string,
  { start, source }: Extract<WantedNames, { kind: "ticker" }>,
  limit: number,
): Promise<string[]> {
  const next = (condition: string): string =>
    `(SELECT ticker FROM ${table} WHERE ${condition} ORDER BY ticker LIMIT 1)`;
  const ofSource = source === undefined
    ? "$2::text IS NULL"
    : `EXISTS (SELECT FROM ${table} AS own WHERE own.ticker = known.ticker AND own.source = $2)`;
  const rows = await db.all(
    `WITH RECURSIVE known (ticker) AS (
       ${next("ticker >= $1")} UNION ALL
       SELECT ${next("ticker > known.ticker")} FROM known WHERE known.ticker IS NOT NULL
         AND starts_with(known.ticker, $1))
     SELECT ticker FROM known WHERE starts_with(ticker, $1) AND ${ofSource} LIMIT $3::bigint`,
    start,
    source ?? null,
    limit,
  );
  return rows.map(({ ticker }) => String(ticker));
}

/** Names for completions. @throws {UsageError} `unknown_table`. */
export async function namesOf(
  db: Transaction,
  wanted: WantedNames,
  limits: NameLimits,
): Promise<readonly string[]> {
  const tables = await tablesOf(db);
  if (wanted.kind === "table") return tables;
  if (wanted.kind === "lock") {
    if (!tables.includes("locks")) return [];
    const rows = await db.all("SELECT name FROM locks ORDER BY name LIMIT $1", limits.names);
    return rows.map(({ name }) => String(name));
  }
  if (wanted.kind === "column") return (await exportObject(db, wanted.table)).columns;
  await db.run(`SET LOCAL statement_timeout TO ${Math.max(1, Math.round(limits.ms))}`);
  const found = new Set<string>();
  for (const table of TABLES.filter((each) => tables.includes(each))) {
    for (const ticker of await searchTable(db, table, wanted, limits.names)) found.add(ticker);
  }
  return [...found].sort().slice(0, limits.names);
}
