import { fileIdentity } from "../../../platform/files.ts";
import type {
  ColumnType,
  ExportPage,
  ExportQuery,
  ExportRows,
  Snapshot,
  UnknownName,
} from "../../care.ts";
import { StoreError } from "../../errors.ts";
import { oldSchema, toStoreError } from "../connection/errors.ts";
import { appliedMigrations, pendingMigrations } from "../connection/migrate.ts";
import type { Reader } from "../connection/reader.ts";
import { TraceFreeReader } from "../connection/trace_free_read.ts";
import { writer } from "../connection/writer.ts";
import { insertSnapshots } from "../tables/export_manifest.ts";
import { countRows, exportPages, type ExportPlan, planExport } from "./rows.ts";
import { findUnknownNames, quoted } from "../../export/objects.ts";
import { exportObject } from "./schema.ts";

/** What SQLite may keep in memory, in KiB: pages are read once, in order. */
const CACHE_KIB = 8000;

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

/** The {@linkcode ExportRows} of a file. */
export class SqliteExportRows implements ExportRows {
  readonly takenAt: string;
  readonly columns: readonly string[];
  readonly types: readonly (ColumnType | undefined)[];
  readonly schemaVersion: number;
  readonly total: number | undefined;
  readonly #db: TraceFreeReader;
  readonly #query: ExportQuery;
  readonly #plan: ExportPlan;
  readonly #isOld: boolean;
  readonly #identity: string | undefined;
  readonly #pages: Generator<ExportPage, undefined>;
  #pageRows = 0;

  private constructor(db: TraceFreeReader, query: ExportQuery) {
    this.#db = db;
    this.#query = query;
    this.#isOld = pendingMigrations(db.raw, db.path).length > 0;
    this.#identity = fileIdentity(db.path);
    db.get(`PRAGMA cache_size = -${CACHE_KIB}`);
    // One state for all pages, for as long as it takes. Closing the connection ends it.
    db.raw.prepare("BEGIN").run();
    const object = exportObject(db, query.object);
    this.#plan = planExport(object, query);
    this.takenAt = new Date().toISOString();
    this.columns = this.#plan.columns;
    this.types = this.columns.map((name) => object.types.get(name));
    this.schemaVersion = appliedMigrations(db.raw).at(-1)?.version ?? 0;
    this.total = countRows(db, this.#plan);
    this.#pages = exportPages(db, this.#plan, () => this.#pageRows, this.total);
  }

  static begin(path: string, query: ExportQuery): SqliteExportRows {
    const db = TraceFreeReader.open(path, { anySchema: true });
    try {
      return new SqliteExportRows(db, query);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  page(rows: number): Promise<ExportPage | undefined> {
    return Promise.try(() => {
      this.#pageRows = rows;
      try {
        return this.#pages.next().value;
      } catch (error) {
        throw toStoreError(error, this.#db.path, "export from");
      }
    });
  }

  unknownNames(rows: number): Promise<readonly UnknownName[]> {
    const { object: name, keyColumn } = this.#plan;
    const key = keyColumn === undefined ? null : [keyColumn];
    return findUnknownNames({ name, key }, this.#query, rows, {
      has: (column, value) => {
        const sql = `SELECT 1 AS found FROM ${quoted(name)} WHERE ${column} = ? LIMIT 1`;
        return this.#db.get(sql, value) !== undefined;
      },
      names: (column, leads) => namesIn(this.#db, this.#plan, column, leads),
    });
  }

  async keep(snapshots: readonly Snapshot[]): Promise<readonly number[]> {
    const { path } = this.#db;
    this.#db.close();
    // Opening it for that would change the schema.
    if (this.#isOld) throw oldSchema(path);
    // Opening would make a new one.
    if (this.#identity === undefined || fileIdentity(path) !== this.#identity) {
      const message = `database ${path} was removed or replaced meanwhile`;
      throw new StoreError("db_moved", message, path, {
        hint: "Find out what moves the file, then export again.",
      });
    }
    using db = await writer(path);
    return await insertSnapshots(db, snapshots);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#db.close();
    return Promise.resolve();
  }
}
