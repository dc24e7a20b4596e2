/**
 * Upserts into `events`, `markets`, `settlements` and `price_snapshots`. Each is the database's own:
 * nothing is looked up in order to decide what is written, so runs that overlap cannot collide.
 *
 * @module
 */
import type { EventRow, MarketBatch, MarketRow } from "../../../model/markets.ts";
import {
  columnOf,
  EVENTS,
  MARKETS,
  type MarketTable,
  OUTCOME,
  QUOTES,
  SETTLEMENTS,
  SNAPSHOTS,
  type Value,
  type Writer,
} from "../../market_tables.ts";
import type { UpsertCounts } from "../../store.ts";
import type { Database } from "../connection/database.ts";

interface Table<Row> extends MarketTable<Row> {
  readonly insertOrIgnore: string;
  readonly upsert: string;
}

/** @param changed What says, as SQL, that a stored row is another than the new one. */
function tableOf<Row>(table: MarketTable<Row>, changed: string): Table<Row> {
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
    upsert: `${insert} DO UPDATE SET ${set} WHERE ${changed}`,
  };
}

function valuesOf<Row extends { readonly [Field in keyof Row]: Value }>(
  row: Row,
  fields: readonly (keyof Row)[],
): (string | number | null)[] {
  return fields.map((field) => {
    const value: Value = row[field];
    return typeof value === "boolean" ? Number(value) : value;
  });
}

/** A time in UTC; anything else cannot be compared. */
const UTC = "GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z'";

/**
 * Says that a stored row is not newer than the new one. Two runs ask at once, and the one whose answer
 * is older may write last.
 *
 * @param time Column with the time of the service's last change.
 * @param end Column that is filled when a row ends, for rows whose times do not tell.
 */
function notNewer(table: string, time: string, end?: string): string {
  // Without the Z, a time with fractions of a second comes behind that without.
  const [stored, given] = [`rtrim(${table}.${time}, 'Z')`, `rtrim(excluded.${time}, 'Z')`];
  const known = `(${table}.${time} ${UTC} AND excluded.${time} ${UTC})`;
  const older = `ifnull(${known} AND ${given} < ${stored}, 0)`;
  if (end === undefined) return `NOT ${older}`;
  const later = `ifnull(${known} AND ${given} > ${stored}, 0)`;
  const goesOn = `(${table}.${end} IS NULL OR excluded.${end} IS NOT NULL)`;
  return `NOT ${older} AND (${later} OR ${goesOn})`;
}

function differs(table: string, fields: readonly string[]): string {
  return fields.map(columnOf).map((name) => `${table}.${name} IS NOT excluded.${name}`)
    .join(" OR ");
}

const EVENT_ROWS = tableOf(
  EVENTS,
  `events.raw IS NOT excluded.raw AND ${notNewer("events", "last_updated_ts")}`,
);

const MARKET_ROWS = tableOf(
  MARKETS,
  `markets.raw IS NOT excluded.raw AND ${notNewer("markets", "updated_time", "settlement_ts")}`,
);

const SETTLEMENT_ROWS = tableOf(
  SETTLEMENTS,
  `(${differs("settlements", OUTCOME)}) AND ${
    notNewer("settlements", "updated_time", "settlement_ts")
  }`,
);

const SNAPSHOT_ROWS = tableOf(SNAPSHOTS, differs("price_snapshots", [...QUOTES, "status"]));

/**
 * Upserts rows. What is stored is counted, in the same transaction, and never decides what is written.
 *
 * @param key Which field tells the rows of one call apart.
 * @param also What else stored rows have in common with them, as SQL that begins with AND.
 */
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

/** Upserts events. A placeholder becomes the event; an event never becomes a placeholder. */
export function upsertEvents(
  db: Database,
  by: Writer,
  rows: readonly EventRow[],
): UpsertCounts {
  const events = rows.map((row) => ({ ...row, isPlaceholder: false }));
  return upsert(db, by, EVENT_ROWS, events, "eventTicker");
}

/** Makes the events that markets name and that are not stored yet. */
function addPlaceholders(db: Database, by: Writer, rows: readonly MarketRow[]): void {
  const statement = db.prepare(
    `INSERT INTO events (event_ticker, source, is_placeholder, ingest_id) VALUES (?, ?, 1, ?)
     ON CONFLICT (event_ticker) DO NOTHING`,
  );
  for (const ticker of new Set(rows.map(({ eventTicker }) => eventTicker))) {
    statement.run(ticker, by.source, by.ingestId);
  }
}

/** Upserts markets, with placeholders for events that are not stored yet. */
export function upsertMarkets(
  db: Database,
  by: Writer,
  rows: readonly MarketRow[],
): UpsertCounts {
  addPlaceholders(db, by, rows);
  return upsert(db, by, MARKET_ROWS, rows, "ticker");
}

/**
 * Upserts settlements. Their markets have to be there: write those first, in the same transaction.
 */
export function upsertSettlements(
  db: Database,
  by: Writer,
  rows: readonly MarketRow[],
): UpsertCounts {
  return upsert(db, by, SETTLEMENT_ROWS, rows, "ticker");
}

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
  const market = db.prepare(MARKET_ROWS.insertOrIgnore);
  for (const row of rows) market.run(...valuesOf(row, MARKETS.fields), by.source, by.ingestId);
  const taken = rows.map((row) => ({ ...row, takenAt }));
  return upsert(db, by, SNAPSHOT_ROWS, taken, "ticker", "AND taken_at = ?", takenAt);
}

/** Inside a transaction. Events before the markets that name them, markets before what names those. */
export function upsertBatch(db: Database, by: Writer, batch: MarketBatch): UpsertCounts[] {
  const { events, markets, settled, snapshots, takenAt } = batch;
  return [
    upsertEvents(db, by, events),
    upsertMarkets(db, by, markets),
    upsertSettlements(db, by, settled),
    ...takenAt === null ? [] : [upsertSnapshots(db, by, takenAt, snapshots)],
  ];
}
