/**
 * Upserts into `events`, `markets`, `settlements` and `price_snapshots`. Each is the database's own:
 * nothing is looked up in order to decide what is written, so runs that overlap cannot collide.
 *
 * @module
 */
import type { EventRow, MarketRow } from "../../../model/markets.ts";
import type { UpsertCounts } from "../../store.ts";
import type { Database } from "../connection/database.ts";
import {
  EVENTS,
  MARKETS,
  QUOTE_COLUMNS,
  quotesOf,
  SETTLEMENTS,
  type Shape,
  upsertSql,
} from "./market_shapes.ts";

/** Who writes: the source and the row of `ingest_logs` that answers for it. */
export interface Writer {
  readonly source: string;
  readonly ingestId: number;
}

function countStored(db: Database, table: string, key: string, keys: readonly string[]): number {
  const row = db.get(
    `SELECT count(*) AS rows FROM ${table} WHERE ${key} IN (SELECT value FROM json_each(?))`,
    JSON.stringify(keys),
  );
  return Number(row?.rows ?? 0);
}

const UPDATE_SQL = new Map<string, string>();
const NOTHING_SQL = new Map<string, string>();

function sqlOf<Row>(shape: Shape<Row>, onConflict: "UPDATE" | "NOTHING"): string {
  const known = onConflict === "UPDATE" ? UPDATE_SQL : NOTHING_SQL;
  let sql = known.get(shape.table);
  if (sql === undefined) {
    sql = upsertSql(shape, onConflict);
    known.set(shape.table, sql);
  }
  return sql;
}

function upsert<Row>(
  db: Database,
  by: Writer,
  shape: Shape<Row>,
  rows: readonly Row[],
): UpsertCounts {
  if (rows.length === 0) return { inserted: 0, updated: 0, unchanged: 0 };
  const [key = ""] = shape.key;
  const values = rows.map(shape.values);
  // What is stored is counted, in the same transaction, and never decides what is written.
  const keys = [...new Set(values.map(([first]) => String(first)))];
  const before = countStored(db, shape.table, key, keys);
  const statement = db.prepare(sqlOf(shape, "UPDATE"));
  let changed = 0;
  for (const row of values) {
    changed += Number(statement.run(...row, by.source, by.ingestId).changes);
  }
  const inserted = keys.length - before;
  return { inserted, updated: changed - inserted, unchanged: rows.length - changed };
}

/** Upserts events. A placeholder becomes the event; an event never becomes a placeholder. */
export function upsertEvents(
  db: Database,
  by: Writer,
  rows: readonly EventRow[],
): UpsertCounts {
  return upsert(db, by, EVENTS, rows);
}

/** Makes the events that markets name and nobody has brought yet. */
function addPlaceholders(db: Database, by: Writer, rows: readonly MarketRow[]): void {
  const statement = db.prepare(
    `INSERT INTO events (event_ticker, source, is_placeholder, ingest_id) VALUES (?, ?, 1, ?)
     ON CONFLICT (event_ticker) DO NOTHING`,
  );
  for (const ticker of new Set(rows.map(({ eventTicker }) => eventTicker))) {
    statement.run(ticker, by.source, by.ingestId);
  }
}

/** Upserts markets, with placeholders for events that nobody has brought yet. */
export function upsertMarkets(
  db: Database,
  by: Writer,
  rows: readonly MarketRow[],
): UpsertCounts {
  addPlaceholders(db, by, rows);
  return upsert(db, by, MARKETS, rows);
}

/**
 * Upserts settlements. Their markets have to be there: write those first, in the same transaction.
 */
export function upsertSettlements(
  db: Database,
  by: Writer,
  rows: readonly MarketRow[],
): UpsertCounts {
  return upsert(db, by, SETTLEMENTS, rows);
}

const SNAPSHOT_COLUMNS = ["ticker", "taken_at", ...QUOTE_COLUMNS, "status"];

const SNAPSHOT_SQL = upsertSql<MarketRow>({
  table: "price_snapshots",
  key: ["taken_at", "ticker"],
  columns: SNAPSHOT_COLUMNS,
  values: () => [],
  changed: [...QUOTE_COLUMNS, "status"]
    .map((name) => `price_snapshots.${name} IS NOT excluded.${name}`).join(" OR "),
}, "UPDATE");

/**
 * Keeps the prices of markets at one moment. A market that is not stored yet is stored; one that is
 * stays as it is, since its own sync answers for it.
 *
 * @param takenAt ISO 8601 in UTC with milliseconds.
 */
export function upsertSnapshots(
  db: Database,
  by: Writer,
  takenAt: string,
  rows: readonly MarketRow[],
): UpsertCounts {
  addPlaceholders(db, by, rows);
  const market = db.prepare(sqlOf(MARKETS, "NOTHING"));
  const snapshot = db.prepare(SNAPSHOT_SQL);
  const keys = JSON.stringify([...new Set(rows.map(({ ticker }) => ticker))]);
  const before = Number(
    db.get(
      `SELECT count(*) AS rows FROM price_snapshots
       WHERE taken_at = ? AND ticker IN (SELECT value FROM json_each(?))`,
      takenAt,
      keys,
    )?.rows ?? 0,
  );
  let changed = 0;
  for (const row of rows) {
    market.run(...MARKETS.values(row), by.source, by.ingestId);
    const result = snapshot.run(
      row.ticker,
      takenAt,
      ...quotesOf(row),
      row.status,
      by.source,
      by.ingestId,
    );
    changed += Number(result.changes);
  }
  const inserted = (JSON.parse(keys) as string[]).length - before;
  return { inserted, updated: changed - inserted, unchanged: rows.length - changed };
}
