/** Upserts of market data; the statement that writes compares again, for runs that overlap. @module */
import type { EventRow, MarketBatch, MarketRow } from "../../../model/markets.ts";
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
import { addCounts, NO_COUNTS } from "../../writing.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { jsonText } from "./jobs.ts";

interface Table extends Pick<MarketTable, "name" | "key"> {
  readonly fields: readonly string[];
  readonly changed: Changed;
}

const CHANGES = changesOf(`~ '^\\d{4}-\\d\\d-\\d\\dT.*Z$'`);
const EVENT_ROWS: Table = { ...EVENTS, changed: CHANGES.events };
const MARKET_ROWS: Table = { ...MARKETS, changed: CHANGES.markets };
const SETTLEMENT_ROWS: Table = { ...SETTLEMENTS, changed: CHANGES.settlements };
const SNAPSHOT_ROWS: Table = { ...SNAPSHOTS, changed: CHANGES.snapshots };

type Row = Readonly<Record<string, Value>>;

function rowsOf(by: Writer, { fields }: Table, rows: readonly object[]): Record<string, unknown>[] {
  return rows.map((row) => ({
    source: by.source,
    ingest_id: by.ingestId,
    ...Object.fromEntries(
      fields.map((field) => [columnOf(field), storedValue((row as Row)[field] ?? null)]),
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
  let sum = NO_COUNTS;
  for (const rows of rounds) {
    if (rows.length > 0) sum = addCounts(sum, await upsertOnce(db, table, rows));
  }
  return sum;
}

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
