/**
 * Names that an export was asked for and that no row has: most likely they are misspelt.
 *
 * @module
 */
import { closest } from "../../../base/closest.ts";
import type { ExportQuery, UnknownName } from "../../care.ts";
import type { ExportPlan } from "./plan.ts";
import { quoted } from "./schema.ts";
import { factsOf } from "./tables.ts";
import type { Reader } from "../connection/reader.ts";

function namesIn(db: Reader, plan: ExportPlan, column: string, leads: boolean): string[] {
  const table = quoted(plan.object);
  // Where the key begins with it, from name to name: millions of rows have few of them.
  const sql = leads && !plan.atOnce
    ? `WITH RECURSIVE known (name) AS (
         SELECT min(${column}) FROM ${table}
         UNION ALL
         SELECT (SELECT min(${column}) FROM ${table} WHERE ${column} > known.name)
         FROM known WHERE known.name IS NOT NULL
       ) SELECT name FROM known WHERE name IS NOT NULL`
    : `SELECT DISTINCT ${column} AS name FROM ${table} WHERE ${column} IS NOT NULL`;
  return db.all(sql).map(({ name }) => String(name));
}

/**
 * Finds the tickers and the source of a query that no row has, whatever its day.
 *
 * @param db A connection within the transaction of the export.
 * @param rows How many rows there were. What takes a pass through the table is looked for only where
 *   there were none.
 */
export function unknownNames(
  db: Reader,
  plan: ExportPlan,
  query: ExportQuery,
  rows: number,
): UnknownName[] {
  const ticker = quoted(factsOf(plan.object).ticker ?? "ticker");
  const leads = plan.keyColumn === ticker;
  const wanted = [
    ...leads || rows === 0 ? query.tickers.map((name) => ["ticker", name] as const) : [],
    ...query.source !== null && rows === 0 ? [["source", query.source] as const] : [],
  ];
  const known = new Map<string, string[]>();
  const found: UnknownName[] = [];
  for (const [column, name] of wanted) {
    const sql = column === "ticker" ? ticker : quoted(column);
    const where = `FROM ${quoted(plan.object)} WHERE ${sql} = ? LIMIT 1`;
    if (db.get(`SELECT 1 AS found ${where}`, name) !== undefined) continue;
    const names = known.get(column) ?? namesIn(db, plan, sql, leads && column === "ticker");
    known.set(column, names);
    found.push({ column, name, nearest: closest(name, names) });
  }
  return found;
}
