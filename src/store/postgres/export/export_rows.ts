import { addDays } from "../../../base/day.ts";
import { VERSION } from "../../../base/version.ts";
import { splitPath } from "../../../platform/paths.ts";
import type {
  ColumnType,
  CsvPiece,
  ExportPage,
  ExportQuery,
  ExportRows,
  Snapshot,
  StoredSnapshot,
  UnknownName,
} from "../../care.ts";
import {
  chosenColumns,
  factsOf,
  filterColumn,
  findUnknownNames,
  quoted,
} from "../../export/objects.ts";
import { Connection, type Transaction } from "../connection/connection.ts";
import { arrayText, type SqlValue } from "../connection/driver.ts";
import { oldSchema, toStoreError } from "../connection/errors.ts";
import { appliedMigrations, pendingMigrations, tablesOf } from "../connection/migrate.ts";
import type { Target } from "../connection/target.ts";
import { Conditions } from "../queries/logs.ts";
import { asExported, COPIED } from "./copied_csv.ts";
import { columnType, exportObject, type TypedObject } from "./schema.ts";

function comparable(type: string | undefined): string {
  if (type === "date") return "?::date";
  if (type?.startsWith("timestamp") === true) return "(?::text || 'T00:00:00Z')::timestamptz";
  return "?::text";
}

function conditionsOf(object: TypedObject, query: ExportQuery): Conditions {
  const { source, from, to, tickers } = query;
  const facts = factsOf(object.name);
  const conditions = new Conditions();
  if (tickers.length > 0) {
    const column = filterColumn("ticker", object, facts.ticker ?? "ticker");
    conditions.add(`${column} = ANY(?::text[])`, arrayText(tickers));
  }
  if (source !== null) {
    conditions.add(`${filterColumn("source", object, "source")} = ?`, source);
  }
  for (const [option, operator, day] of [["from", ">=", from], ["to", "<", to]] as const) {
    if (day === null) continue;
    const column = filterColumn(option, object, facts.date ?? "date");
    // Times of the last day belong to it. After 9999-12-31 comes no day of four digits.
    const end = option === "to" ? addDays(day, 1) : day;
    if (end < day) conditions.add(`${column} IS NOT NULL`);
    else conditions.add(`${column} ${operator} ${comparable(object.types.get(column))}`, end);
  }
  return conditions;
}

function orderOf({ key, columns, types, nullable }: TypedObject): string {
  return (key ?? columns.map(quoted)).map((each) => {
    const collated = types.get(each) === "text" ? `${each} COLLATE "C"` : each;
    // The index of a key is in the other order.
    return nullable.has(each) ? `${collated} NULLS FIRST` : collated;
  }).join(", ");
}

function unknownNamesOf(
  db: Transaction,
  object: TypedObject,
  query: ExportQuery,
  rows: number,
): Promise<UnknownName[]> {
  const table = quoted(object.name);
  return findUnknownNames(object, query, rows, {
    has: async (column, name) =>
      await db.get(`SELECT 1 FROM ${table} WHERE ${column} = $1 LIMIT 1`, name) !== undefined,
    names: async (column) => {
      const names = await db.all(
        `SELECT DISTINCT ${column} AS name FROM ${table} WHERE ${column} IS NOT NULL`,
      );
      return names.map(({ name }) => String(name));
    },
  });
}

interface Begun {
  readonly db: Transaction;
  readonly object: TypedObject;
  readonly columns: readonly string[];
  readonly types: readonly ColumnType[];
  readonly select: string;
  readonly values: readonly SqlValue[];
  readonly schemaVersion: number;
  readonly total: number | undefined;
  readonly isOld: boolean;
}

async function begin(db: Transaction, query: ExportQuery): Promise<Begun> {
  const isOld = (await pendingMigrations(db)).length > 0;
  const object = await exportObject(db, query.object);
  const columns = query.columns === null ? object.columns : chosenColumns(object, query.columns);
  const conditions = conditionsOf(object, query);
  const table = quoted(object.name);
  const isWhole = conditions.values.length === 0 && object.key !== null &&
    factsOf(object.name).atOnce !== true;
  const counted = isWhole ? await db.get(`SELECT count(*) AS n FROM ${table}`) : undefined;
  const types = columns.map((name) => columnType(object.types.get(quoted(name))));
  // The driver makes objects of intervals and the like.
  const selected = columns.map(quoted).map((name, at) =>
    types[at] === undefined ? `${name}::text AS ${name}` : name
  );
  const select = `SELECT ${selected.join(", ")}
    FROM ${table} WHERE ${conditions.where} ORDER BY ${orderOf(object)}`;
  const { values } = conditions;
  await db.all(`DECLARE export_rows NO SCROLL CURSOR FOR ${select}`, ...values);
  return {
    db,
    object,
    columns,
    select,
    values,
    types: types.map((type) => type ?? "text"),
    schemaVersion: (await appliedMigrations(db)).at(-1)?.version ?? 0,
    isOld,
    total: counted && Number(counted.n),
  };
}

/** The {@linkcode ExportRows} of a server. */
export class PostgresExportRows implements ExportRows {
  readonly takenAt = new Date().toISOString();
  readonly columns: readonly string[];
  readonly types: readonly (ColumnType | undefined)[];
  readonly schemaVersion: number;
  readonly total: number | undefined;
  readonly #connection: Connection;
  readonly #query: ExportQuery;
  readonly #begun: Begun;
  readonly #end: () => Promise<void>;
  #ahead: Promise<unknown[][]> | undefined;
  #isCopying = false;

  private constructor(
    connection: Connection,
    query: ExportQuery,
    begun: Begun,
    end: () => Promise<void>,
  ) {
    this.columns = begun.columns;
    this.types = begun.types;
    this.schemaVersion = begun.schemaVersion;
    this.total = begun.total;
    this.#connection = connection;
    this.#query = query;
    this.#begun = begun;
    this.#end = end;
  }

  static async begin(target: Target, query: ExportQuery): Promise<PostgresExportRows> {
    const connection = new Connection(target, { totalMs: 0 });
    const ready = Promise.withResolvers<Begun>();
    const ended = Promise.withResolvers<void>();
    const transaction = connection.read("export from", async (db) => {
      ready.resolve(await begin(db, query));
      await ended.promise;
    });
    transaction.catch(ready.reject);
    const end = async (): Promise<void> => {
      ended.resolve();
      await transaction.catch(() => {});
    };
    try {
      return new PostgresExportRows(connection, query, await ready.promise, end);
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  async page(rows: number): Promise<ExportPage | undefined> {
    const { db } = this.#begun;
    const fetch = () => db.arrays(`FETCH ${Math.max(1, Math.floor(rows))} FROM export_rows`);
    try {
      const page = await (this.#ahead ?? fetch());
      // The server reads on while the page is written.
      this.#ahead = fetch();
      return page.length === 0 ? undefined : page as ExportPage;
    } catch (error) {
      throw toStoreError(error, db.target, "export from");
    }
  }

  csv(): AsyncIterable<CsvPiece> | undefined {
    const { types } = this.#begun;
    return types.every((type) => COPIED.has(type)) ? this.#copied(types) : undefined;
  }

  async *#copied(types: readonly ColumnType[]): AsyncGenerator<CsvPiece> {
    const { db, select, values } = this.#begun;
    this.#isCopying = true;
    try {
      // It lasts as long as its reader takes.
      await db.run("SET LOCAL statement_timeout TO 0; CLOSE export_rows");
      const lines = db.lines(`COPY (${select}) TO STDOUT (FORMAT csv)`, ...values);
      for await (const { bytes, rows } of lines) yield { bytes: asExported(bytes, types), rows };
      this.#isCopying = false;
    } catch (error) {
      throw toStoreError(error, db.target, "export from");
    }
  }

  async unknownNames(rows: number): Promise<readonly UnknownName[]> {
    const { db, object } = this.#begun;
    if (!this.#isCopying) return await unknownNamesOf(db, object, this.#query, rows);
    // The reader went away, and the connection with it.
    await this.#end();
    return await this.#connection.read(
      "export from",
      (anew) => unknownNamesOf(anew, object, this.#query, rows),
    );
  }

  async keep(snapshots: readonly Snapshot[]): Promise<readonly number[]> {
    await this.#end();
    if (this.#begun.isOld) throw oldSchema(this.#connection.target);
    return await this.#connection.transaction("write the manifest of an export to", async (db) => {
      const ids: number[] = [];
      for (const { takenAt, object, query, format, path, rows, bytes, sha256 } of snapshots) {
        const row = await db.get(
          `INSERT INTO snapshots (taken_at, object, query, format, path, rows, bytes, sha256, version)
           VALUES ($1::timestamptz, $2, $3, $4, $5, $6::bigint, $7::bigint, $8, $9) RETURNING id`,
          ...[takenAt, object, query, format, path, rows, bytes, sha256, VERSION],
        );
        ids.push(Number(row?.id));
      }
      return ids;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await this.#connection[Symbol.asyncDispose]();
  }
}

/** The line of the manifest that is about a file, as `Care.snapshotOf` says. */
export async function snapshotOf(
  db: Transaction,
  path: string,
  sha256: string,
): Promise<StoredSnapshot | undefined> {
  if (!(await tablesOf(db)).includes("snapshots")) return undefined;
  const { name } = splitPath(path);
  const row = await db.get(
    `SELECT id, taken_at AS "takenAt", object, query, format, path, rows, bytes, sha256
     FROM snapshots
     WHERE sha256 = $1 OR path = $2 OR right(path, length($3) + 1) IN ('/' || $3, '\\' || $3)
     ORDER BY sha256 = $1 DESC, path = $2 DESC, id DESC LIMIT 1`,
    sha256,
    path,
    name,
  );
  return row as unknown as StoredSnapshot | undefined;
}
