/**
 * Tables and views that can be exported: their names, columns and keys, from the schema, and what that
 * does not tell.
 *
 * @module
 */
import { closest } from "../../../base/closest.ts";
import { UsageError } from "../../../base/errors.ts";
import { emptyDatabase } from "../connection/errors.ts";
import type { Reader } from "../connection/reader.ts";

/** What an export knows of a table or view. */
interface ExportFacts {
  /** Column that `--ticker` looks at. Default `ticker`. */
  readonly ticker?: string;
  /** Column that `--from` and `--to` look at: a day, or a time in UTC. Default `date`. */
  readonly date?: string;
  /**
   * Columns that make a row of a view unique, in the order of a key of the table behind it, so that
   * it can be read page by page. A table's key is in the schema.
   */
  readonly key?: readonly string[];
  /**
   * A view with few rows that is dear to ask: it is read at once, where page by page would ask it anew
   * for each. Default false.
   */
  readonly atOnce?: boolean;
  /**
   * A table that has every ticker of the view at the beginning of its key: the view is read ticker by
   * ticker, where the order of all its rows would be made anew for each page. Default none.
   */
  readonly byTicker?: string;
}

const FACTS: Readonly<Record<string, ExportFacts>> = {
  prices_canonical: { key: ["ticker", "date", "source"] },
  prices_latest: { key: ["ticker", "date", "source"], atOnce: true },
  prices_adjusted: { key: ["ticker", "date", "source"], byTicker: "adjustment_factors" },
  adjustment_factors: { date: "ex_date" },
  corporate_events: { date: "last_with_right" },
  ingest_logs: { date: "started_at" },
  ingest_rejects: { date: "rejected_at" },
  events: { ticker: "event_ticker", date: "last_updated_ts" },
  markets: { date: "close_time" },
  settlements: { date: "settlement_ts" },
  price_snapshots: { date: "taken_at" },
  snapshot_times: { key: ["taken_at"], date: "taken_at" },
  collectors: { date: "started_at" },
  sync_state: { date: "updated_at" },
  snapshots: { date: "taken_at" },
  schema_migrations: { date: "applied_at" },
};

/** What is known of a table or view; of one that tickerlock has not made, nothing. */
export function factsOf(name: string): ExportFacts {
  return (Object.hasOwn(FACTS, name) ? FACTS[name] : undefined) ?? {};
}

/** A table or view. */
export interface ExportObject {
  readonly name: string;
  /** Its columns, in their order. */
  readonly columns: readonly string[];
  /**
   * Expressions that make a row unique, as they stand in SQL, to read it page by page; null where
   * there are none.
   */
  readonly key: readonly string[] | null;
  /** Every ticker, where it is read ticker by ticker. */
  readonly tickers?: readonly string[];
}

/** A name as it stands in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

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
  // Hidden columns of virtual tables (1) are arguments; generated ones (2, 3) are columns as any.
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

function tickersIn(db: Reader, table: string): string[] {
  return db.all(`SELECT DISTINCT ticker FROM ${quoted(table)} ORDER BY ticker`)
    .map(({ ticker }) => String(ticker));
}

/**
 * Looks a table or view up.
 *
 * @throws {UsageError} `unknown_table`, with the nearest match.
 * @throws {StoreError} `db_empty` where there is no table at all.
 */
export function exportObject(db: Reader, name: string): ExportObject {
  const names = exportableNames(db);
  if (names.length === 0) throw emptyDatabase(db.path);
  if (!names.includes(name)) {
    const near = closest(name, names);
    throw new UsageError("unknown_table", `there is no table or view ${JSON.stringify(name)}`, {
      hint: near === undefined
        ? `Use one of: ${names.join(", ")}; rows of one ticker: --ticker ${name}.`
        : `Did you mean ${near}?`,
      details: { table: name, tables: names },
    });
  }
  const columns = columnsOf(db, name);
  const { byTicker } = factsOf(name);
  return {
    name,
    columns: columns.map((column) => column.name),
    key: keyOf(db, name, columns),
    ...byTicker === undefined ? {} : { tickers: tickersIn(db, byTicker) },
  };
}
