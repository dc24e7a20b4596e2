import type { ColumnType, ExportPage } from "../../care.ts";
import { checkTable, type ExportObject, factsOf, quoted } from "../../export/objects.ts";
import type { Transaction } from "../connection/connection.ts";
import { emptyDatabase } from "../connection/errors.ts";
import { tablesOf } from "../connection/migrate.ts";
import { jsonText } from "../tables/jobs.ts";

/** A table or view, with the types of its columns as SQL has them. */
export interface TypedObject extends ExportObject {
  readonly types: ReadonlyMap<string, string>;
  readonly nullable: ReadonlySet<string>;
}

const COLUMN_TYPES: ReadonlyMap<string, ColumnType> = new Map([
  ["bigint", "integer"],
  ["integer", "integer"],
  ["smallint", "integer"],
  ["double precision", "double"],
  ["real", "double"],
  ["text", "text"],
  ["date", "day"],
  ["timestamp with time zone", "time"],
  ["bytea", "bytes"],
]);

/** What a column of a type holds; undefined where that is no value of an export. */
export function columnType(type: string | undefined): ColumnType | undefined {
  return COLUMN_TYPES.get(type ?? "");
}

/** Looks a table or view up. @throws {UsageError} `unknown_table`. @throws {StoreError} `db_empty`. */
export async function exportObject(db: Transaction, name: string): Promise<TypedObject> {
  const names = await tablesOf(db);
  if (names.length === 0) throw emptyDatabase(db.target);
  checkTable(name, names);
  const columns = await db.all(
    `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS never_null,
       array_position(i.indkey::int[], a.attnum::int) AS place
     FROM pg_attribute AS a LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    `${quoted(db.target.schema)}.${quoted(name)}`,
  );
  const found = columns.map((each) => String(each.name));
  const primary = columns.filter(({ place }) => place !== null)
    .sort((a, b) => Number(a.place) - Number(b.place)).map((each) => String(each.name));
  const known = factsOf(name).key ?? [];
  const key = primary.length > 0
    ? primary
    : known.every((each) => found.includes(each))
    ? known
    : [];
  return {
    name,
    columns: found,
    key: key.length === 0 ? null : key.map(quoted),
    types: new Map(columns.map((each) => [quoted(String(each.name)), String(each.type)])),
    nullable: new Set(
      columns.filter((each) => each.never_null !== true).map((each) => quoted(String(each.name))),
    ),
  };
}

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
