import type { SQLInputValue } from "node:sqlite";
import type { ColumnType, ExportPage, ExportValue } from "../../care.ts";
import { checkTable, type ExportObject, factsOf, quoted } from "../../export/objects.ts";
import type { Database } from "../connection/database.ts";
import { emptyDatabase } from "../connection/errors.ts";
import type { Reader } from "../connection/reader.ts";

/** Names of the tables and views that can be exported, sorted: all but SQLite's own. */
export function exportableNames(db: Reader): string[] {
  return db.all(
    `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
       AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name`,
  ).map(({ name }) => String(name));
}

interface ColumnInfo {
  readonly name: string;
  /** 1-based place in the primary key; 0 for none. */
  readonly pk: number;
  readonly notNull: boolean;
  readonly type: string;
}

function columnsOf(db: Reader, name: string): ColumnInfo[] {
  // Hidden columns of virtual tables (1) are arguments; generated ones (2, 3) are columns like others.
  return db.all(
    `SELECT name, pk, "notnull" AS not_null, type FROM pragma_table_xinfo(?)
     WHERE hidden <> 1 ORDER BY cid`,
    name,
  ).map((row) => ({
    name: String(row.name),
    pk: Number(row.pk),
    notNull: row.not_null === 1,
    type: String(row.type).toUpperCase(),
  }));
}

/** All three name the rowid, where no column has that name. */
const ROWID_NAMES = ["rowid", "_rowid_", "oid"];

function tableKey(columns: readonly ColumnInfo[], withoutRowid: boolean): string[] | null {
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const [first] = key;
  const isRowid = key.length === 1 && first?.type === "INTEGER";
  // Outside of STRICT and WITHOUT ROWID tables a primary key may hold nulls, which have no order.
  if (withoutRowid || isRowid || (key.length > 0 && key.every(({ notNull }) => notNull))) {
    return key.map(({ name }) => quoted(name));
  }
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  const rowid = ROWID_NAMES.find((name) => !taken.has(name));
  return rowid === undefined ? null : [rowid];
}

function keyOf(db: Reader, name: string, columns: readonly ColumnInfo[]): string[] | null {
  const info = db.get(
    "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?",
    name,
  );
  if (info?.type === "table") return tableKey(columns, info.wr === 1);
  const { key } = factsOf(name);
  const known = key?.every((each) => columns.some((column) => column.name === each)) ?? false;
  return key !== undefined && known ? key.map(quoted) : null;
}

/** A table or view, with what its columns hold. */
export interface TypedObject extends ExportObject {
  readonly types: ReadonlyMap<string, ColumnType | undefined>;
}

// By the rules of affinity; what has none, or NUMERIC, can hold anything: https://sqlite.org/datatype3.html
function declaredType(type: string): ColumnType | undefined {
  if (type.includes("INT")) return "integer";
  if (/CHAR|CLOB|TEXT/.test(type)) return "text";
  return /REAL|FLOA|DOUB/.test(type) ? "double" : undefined;
}

function typeOf(object: string, { name, type }: ColumnInfo): ColumnType | undefined {
  const { days, times, doubles } = factsOf(object);
  if (days?.includes(name)) return "day";
  if (times?.includes(name)) return "time";
  return doubles?.includes(name) ? "double" : declaredType(type);
}

function tickersIn(db: Reader, table: string): string[] {
  return db.all(`SELECT DISTINCT ticker FROM ${quoted(table)} ORDER BY ticker`)
    .map(({ ticker }) => String(ticker));
}

/** Looks a table or view up. @throws {UsageError} `unknown_table`. @throws {StoreError} `db_empty`. */
export function exportObject(db: Reader, name: string): TypedObject {
  const names = exportableNames(db);
  if (names.length === 0) throw emptyDatabase(db.path);
  checkTable(name, names);
  const columns = columnsOf(db, name);
  const { byTicker } = factsOf(name);
  return {
    name,
    columns: columns.map((column) => column.name),
    types: new Map(columns.map((column) => [column.name, typeOf(name, column)])),
    key: keyOf(db, name, columns),
    ...byTicker === undefined ? {} : { tickers: tickersIn(db, byTicker) },
  };
}

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
