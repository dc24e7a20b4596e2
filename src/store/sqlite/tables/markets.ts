/**
 * Upserts of market data: nothing is looked up to decide what is written, for runs that overlap.
 * @module
 */
import type { MarketBatch, MarketRow } from "../../../model/markets.ts";
import {
  type Changed,
  changesOf,
  columnOf,
  EVENTS,
  MARKETS,
  type MarketTable,
  SETTLEMENTS,
  SNAPSHOTS,
  storedValue,
  type Value,
  type Writer,
} from "../../market_tables.ts";
import type { UpsertCounts } from "../../store.ts";
import type { Database } from "../connection/database.ts";

interface Table<Row> extends MarketTable<Row> {
  readonly insertOrIgnore: string;
  readonly upsert: string;
}

function tableOf<Row>(table: MarketTable<Row>, changed: Changed): Table<Row> {
  const { name, key, fields } = table;
  const columns = [...fields.map(columnOf), "source", "ingest_id"];
  const places = columns.map(() => "?").join(", ");
  const insert = `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${places})
    ON CONFLICT (${key.join(", ")})`;
  const set = columns.filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`).join(", ");
  return {
    ...table,
    insertOrIgnore: `${insert} DO NOTHING`,
    upsert: `${insert} DO UPDATE SET ${set} WHERE ${changed(name, "excluded")}`,
  };
}

function valuesOf<Row extends { readonly [Field in keyof Row]: Value }>(
  row: Row,
  fields: readonly (keyof Row)[],
): (string | number | null)[] {
  return fields.map((field) => storedValue(row[field]));
}

const CHANGES = changesOf("GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z'");
const EVENT_ROWS = tableOf(EVENTS, CHANGES.events);
const MARKET_ROWS = tableOf(MARKETS, CHANGES.markets);
const SETTLEMENT_ROWS = tableOf(SETTLEMENTS, CHANGES.settlements);
const SNAPSHOT_ROWS = tableOf(SNAPSHOTS, CHANGES.snapshots);

/** Upserts rows. @param key Tells the rows of one call apart. @param also SQL that begins with AND. */
function upsert<Row extends { readonly [Field in keyof Row]: Value }>(
  db: Database,
  by: Writer,
  table: Table<Row>,
  rows: readonly Row[],
  key: keyof Row & string,
  also = "",
  ...values: string[]
): UpsertCounts {
  const keys = new Set(rows.map((row) => row[key]));
  const before = db.get(
    `SELECT count(*) AS n FROM ${table.name}
     WHERE ${columnOf(key)} IN (SELECT value FROM json_each(?)) ${also}`,
    JSON.stringify([...keys]),
    ...values,
  )?.n;
  const statement = db.prepare(table.upsert);
  let changed = 0;
  for (const row of rows) {
    const stored = valuesOf(row, table.fields);
    changed += Number(statement.run(...stored, by.source, by.ingestId).changes);
  }
  const inserted = keys.size - Number(before);
  return { inserted, updated: changed - inserted, unchanged: rows.length - changed };
}

function addPlaceholders(db: Database, by: Writer, rows: readonly MarketRow[]): void {
  const statement = db.prepare(
    `INSERT INTO events (event_ticker, source, is_placeholder, ingest_id) VALUES (?, ?, 1, ?)
     ON CONFLICT (event_ticker) DO NOTHING`,
  );
  for (const ticker of new Set(rows.map(({ eventTicker }) => eventTicker))) {
    statement.run(ticker, by.source, by.ingestId);
  }
}

/** Keeps prices of markets at one moment; a market that is stored stays: its own sync answers for it. */
function upsertSnapshots(
  db: Database,
  by: Writer,
  takenAt: string,
  rows: readonly MarketRow[],
): UpsertCounts {
  addPlaceholders(db, by, rows);
  const market = db.prepare(MARKET_ROWS.insertOrIgnore);
  for (const row of rows) market.run(...valuesOf(row, MARKETS.fields), by.source, by.ingestId);
  const taken = rows.map((row) => ({ ...row, takenAt }));
  return upsert(db, by, SNAPSHOT_ROWS, taken, "ticker", "AND taken_at = ?", takenAt);
}

/** Inside a transaction. Events before the markets that name them, markets before what names those. */
export function upsertBatch(db: Database, by: Writer, batch: MarketBatch): UpsertCounts[] {
  const { events, markets, settled, snapshots, takenAt } = batch;
  // A placeholder becomes the event; an event never becomes a placeholder.
  const all = events.map((row) => ({ ...row, isPlaceholder: false }));
  const counts = [upsert(db, by, EVENT_ROWS, all, "eventTicker")];
  addPlaceholders(db, by, markets);
  counts.push(upsert(db, by, MARKET_ROWS, markets, "ticker"));
  counts.push(upsert(db, by, SETTLEMENT_ROWS, settled, "ticker"));
  if (takenAt !== null) counts.push(upsertSnapshots(db, by, takenAt, snapshots));
  return counts;
}
