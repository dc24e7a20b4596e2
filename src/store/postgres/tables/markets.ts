/**
 * Upserts into `events`, `markets`, `settlements` and `price_snapshots`. What is stored is compared
 * again by the statement that writes, so runs that overlap cannot collide.
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
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { jsonText } from "./jobs.ts";

/** Says, as SQL, that a stored row is another than the new one. */
type Changed = (stored: string, given: string) => string;

interface Table extends Pick<MarketTable, "name" | "key"> {
  readonly fields: readonly string[];
  readonly changed: Changed;
}

const UTC = `~ '^\\d{4}-\\d\\d-\\d\\dT.*Z$'`;

/**
 * Says that a stored row is not newer than the new one. Two runs ask at once, and the one whose answer
 * is older may write last.
 *
 * @param time Column with the time of the service's last change.
 * @param end Column that is filled when a row ends, for rows whose times do not tell.
 */
function notNewer(time: string, end?: string): Changed {
  return (stored, given) => {
    // Without the Z, a time with fractions of a second comes behind that without.
    const [before, now] = [`rtrim(${stored}.${time}, 'Z')`, `rtrim(${given}.${time}, 'Z')`];
    const known = `(${stored}.${time} ${UTC} AND ${given}.${time} ${UTC})`;
    const older = `coalesce(${known} AND ${now} < ${before}, false)`;
    if (end === undefined) return `NOT ${older}`;
    const later = `coalesce(${known} AND ${now} > ${before}, false)`;
    return `NOT ${older} AND (${later} OR ${stored}.${end} IS NULL OR ${given}.${end} IS NOT NULL)`;
  };
}

function differs(fields: readonly string[]): Changed {
  return (stored, given) =>
    fields.map(columnOf).map((name) => `${stored}.${name} IS DISTINCT FROM ${given}.${name}`)
      .join(" OR ");
}

function both(one: Changed, other: Changed): Changed {
  return (stored, given) => `(${one(stored, given)}) AND ${other(stored, given)}`;
}

const EVENT_ROWS: Table = {
  ...EVENTS,
  changed: both(differs(["raw"]), notNewer("last_updated_ts")),
};

const MARKET_ROWS: Table = {
  ...MARKETS,
  changed: both(differs(["raw"]), notNewer("updated_time", "settlement_ts")),
};

const SETTLEMENT_ROWS: Table = {
  ...SETTLEMENTS,
  changed: both(differs(OUTCOME), notNewer("updated_time", "settlement_ts")),
};

const SNAPSHOT_ROWS: Table = { ...SNAPSHOTS, changed: differs([...QUOTES, "status"]) };

type Row = Readonly<Record<string, Value>>;

function rowsOf(by: Writer, { fields }: Table, rows: readonly object[]): Record<string, unknown>[] {
  return rows.map((row) => ({
    source: by.source,
    ingest_id: by.ingestId,
    ...Object.fromEntries(
      fields.map((field) => {
        const value = (row as Row)[field] ?? null;
        return [columnOf(field), typeof value === "boolean" ? Number(value) : value];
      }),
    ),
  }));
}

function insertOf({ name, key, fields }: Table) {
  const columns = [...fields.map(columnOf), "source", "ingest_id"];
  const insert = `INSERT INTO ${name} AS stored (${columns.join(", ")})
    SELECT ${columns.join(", ")}`;
  return {
    columns,
    insert,
    conflict: `ORDER BY ${key.join(", ")} ON CONFLICT (${key.join(", ")})`,
  };
}

async function upsertOnce(
  db: Transaction,
  table: Table,
  rows: readonly Record<string, unknown>[],
): Promise<UpsertCounts> {
  const { name, key, changed } = table;
  const { columns, insert, conflict } = insertOf(table);
  const set = columns.filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`).join(", ");
  const row = await db.get(
    `WITH given AS (SELECT * FROM json_populate_recordset(NULL::${name}, $1::json)),
     judged AS MATERIALIZED (
       SELECT given.*, stored.source IS NULL AS is_new FROM given LEFT JOIN ${name} AS stored
         ON ${key.map((each) => `stored.${each} = given.${each}`).join(" AND ")}
       WHERE stored.source IS NULL OR (${changed("stored", "given")})),
     written AS (${insert} FROM judged ${conflict} DO UPDATE SET ${set}
       WHERE ${changed("stored", "excluded")})
     SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) AS changed FROM judged`,
    jsonText(rows),
  );
  const [inserted, all] = [Number(row?.inserted), Number(row?.changed)];
  return { inserted, updated: all - inserted, unchanged: rows.length - all };
}

/** Upserts rows; of those with one key the later ones come behind the earlier. */
async function upsert(
  db: Transaction,
  by: Writer,
  table: Table,
  given: readonly object[],
): Promise<UpsertCounts> {
  const rounds: Record<string, unknown>[][] = [[]];
  const seen = new Map<string, number>();
  for (const row of rowsOf(by, table, given)) {
    const key = JSON.stringify(table.key.map((name) => row[name]));
    const round = seen.get(key) ?? 0;
    seen.set(key, round + 1);
    (rounds[round] ??= []).push(row);
  }
  let sum: UpsertCounts = { inserted: 0, updated: 0, unchanged: 0 };
  for (const rows of rounds) {
    if (rows.length === 0) continue;
    const { inserted, updated, unchanged } = await upsertOnce(db, table, rows);
    sum = {
      inserted: sum.inserted + inserted,
      updated: sum.updated + updated,
      unchanged: sum.unchanged + unchanged,
    };
  }
  return sum;
}

/** Makes the events that markets name and that are not stored yet. */
async function addPlaceholders(
  db: Transaction,
  by: Writer,
  rows: readonly MarketRow[],
): Promise<void> {
  await db.run(
    `INSERT INTO events (event_ticker, source, is_placeholder, ingest_id)
     SELECT DISTINCT given, $2, 1, $3::bigint FROM unnest($1::text[]) AS given ORDER BY given
     ON CONFLICT (event_ticker) DO NOTHING`,
    arrayText(rows.map(({ eventTicker }) => eventTicker)),
    by.source,
    by.ingestId,
  );
}

async function upsertSnapshots(
  db: Transaction,
  by: Writer,
  takenAt: string,
  rows: readonly MarketRow[],
): Promise<UpsertCounts> {
  await addPlaceholders(db, by, rows);
  const { insert, conflict } = insertOf(MARKET_ROWS);
  // A market that is stored stays as it is, since its own sync answers for it.
  await db.run(
    `${insert} FROM json_populate_recordset(NULL::markets, $1::json) ${conflict} DO NOTHING`,
    jsonText(rowsOf(by, MARKET_ROWS, rows)),
  );
  return await upsert(db, by, SNAPSHOT_ROWS, rows.map((row) => ({ ...row, takenAt })));
}

/** Upserts a part of a dataset: events before the markets that name them, markets before the rest. */
export async function upsertBatch(
  db: Transaction,
  by: Writer,
  { events, markets, settled, snapshots, takenAt }: MarketBatch,
): Promise<UpsertCounts[]> {
  const given = events.map((row: EventRow) => ({ ...row, isPlaceholder: false }));
  const counts = [await upsert(db, by, EVENT_ROWS, given)];
  await addPlaceholders(db, by, markets);
  counts.push(await upsert(db, by, MARKET_ROWS, markets));
  counts.push(await upsert(db, by, SETTLEMENT_ROWS, settled));
  if (takenAt !== null) counts.push(await upsertSnapshots(db, by, takenAt, snapshots));
  return counts;
}
