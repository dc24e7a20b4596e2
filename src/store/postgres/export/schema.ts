/**
 * Tables and views of a schema: their names, columns and keys.
 *
 * @module
 */
import type { ColumnType } from "../../care.ts";
import { checkTable, type ExportObject, factsOf, quoted } from "../../export/objects.ts";
import type { Transaction } from "../connection/connection.ts";
import { emptyDatabase } from "../connection/errors.ts";
import { tablesOf } from "../connection/migrate.ts";

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

/**
 * Looks a table or view up.
 *
 * @throws {UsageError} `unknown_table`, with the nearest match.
 * @throws {StoreError} `db_empty` where there is no table at all.
 */
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
