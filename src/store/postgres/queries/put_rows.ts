/**
 * Writing rows of a table as another database has them.
 *
 * @module
 */
import type { ExportPage } from "../../care.ts";
import { quoted } from "../../export/objects.ts";
import type { Transaction } from "../connection/connection.ts";
import { exportObject } from "../export/schema.ts";
import { jsonText } from "../tables/jobs.ts";

/** Writes rows, in place of those with their keys, and lets numbers go on behind the largest. */
export async function putRows(
  db: Transaction,
  table: string,
  columns: readonly string[],
  rows: ExportPage,
): Promise<void> {
  const { key, columns: all } = await exportObject(db, table);
  const names = columns.map(quoted);
  const others = names.filter((name) => !key?.includes(name));
  const json = rows.map((row) =>
    Object.fromEntries(columns.map((name, at) => {
      const value = row[at] ?? null;
      return [name, typeof value === "bigint" ? String(value) : value];
    }))
  );
  const differ = others.map((name) => `stored.${name} IS DISTINCT FROM excluded.${name}`);
  await db.run(
    `INSERT INTO ${quoted(table)} AS stored (${names.join(", ")}) OVERRIDING SYSTEM VALUE
     SELECT ${names.join(", ")} FROM json_populate_recordset(NULL::${quoted(table)}, $1::json)
     ON CONFLICT (${key?.join(", ")}) DO UPDATE SET
       ${others.map((name) => `${name} = excluded.${name}`).join(", ")}
     WHERE ${differ.join(" OR ")}`,
    jsonText(json),
  );
  if (!all.includes("id")) return;
  await db.all(
    `SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT max(id) FROM ${quoted(table)}))`,
    `${quoted(db.target.schema)}.${quoted(table)}`,
  );
}
