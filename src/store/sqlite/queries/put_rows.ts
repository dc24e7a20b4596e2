/**
 * Writing rows of a table as another database has them.
 *
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import type { ExportPage, ExportValue } from "../../care.ts";
import { quoted } from "../../export/objects.ts";
import type { Database } from "../connection/database.ts";

/** A number is bound as a float; a column that keeps what it is given is to have whole ones whole. */
function bound(value: ExportValue | undefined): SQLInputValue {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value ?? null;
}

/** Writes rows in one transaction, in place of those with their keys. */
export async function putRows(
  db: Database,
  table: string,
  columns: readonly string[],
  rows: ExportPage,
): Promise<void> {
  const names = columns.map(quoted);
  const key = db.all("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", table)
    .map(({ name }) => quoted(String(name)));
  const others = names.filter((name) => !key.includes(name));
  const sql = `INSERT INTO ${quoted(table)} (${names.join(", ")})
    VALUES (${names.map(() => "?").join(", ")})
    ON CONFLICT (${key.join(", ")}) DO UPDATE SET
      ${others.map((name) => `${name} = excluded.${name}`).join(", ")}
    WHERE ${others.map((name) => `${quoted(table)}.${name} IS NOT excluded.${name}`).join(" OR ")}`;
  await db.transaction(`copy ${table} into`, () => {
    const statement = db.prepare(sql);
    for (const row of rows) statement.run(...columns.map((_, at) => bound(row[at])));
  });
}
