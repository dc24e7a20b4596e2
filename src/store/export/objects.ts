/** Tables and views that can be exported: what their schema does not tell. @module */
import { closest } from "../../base/closest.ts";
import { UsageError } from "../../base/errors.ts";
import type { ExportQuery, UnknownName } from "../care.ts";

interface ExportFacts {
  /** Column that `--ticker` looks at. Default `ticker`. */
  readonly ticker?: string;
  /** Column that `--from` and `--to` look at: a day, or a time in UTC. Default `date`. */
  readonly date?: string;
  /** Columns of a view's key, in the order of one of the table behind it; a table's is in the schema. */
  readonly key?: readonly string[];
  /** A view with few rows that is dear to ask: it is read at once, not page by page. Default false. */
  readonly atOnce?: boolean;
  /** A table whose key has every ticker of the view, which is read ticker by ticker. Default none. */
  readonly byTicker?: string;
  /** Columns of days, times and numbers where SQLite's schema says text or nothing. */
  readonly days?: readonly string[];
  readonly times?: readonly string[];
  readonly doubles?: readonly string[];
}

const ADJUSTED = ["open", "high", "low", "close", "adj_close", "volume", "split_factor"];

const FACTS: Readonly<Record<string, ExportFacts>> = {
  prices: { days: ["date"], doubles: ["volume"] },
  price_details: { days: ["date", "expiry"] },
  prices_canonical: {
    key: ["ticker", "date", "source"],
    days: ["date"],
    times: ["fetched_at"],
    doubles: ["volume"],
  },
  prices_latest: {
    key: ["ticker", "date", "source"],
    atOnce: true,
    days: ["date"],
    doubles: ["volume"],
  },
  prices_adjusted: {
    key: ["ticker", "date", "source"],
    byTicker: "adjustment_factors",
    days: ["date"],
    doubles: ADJUSTED,
  },
  corporate_actions: { days: ["date"] },
  adjustment_factors: { date: "ex_date", days: ["ex_date"] },
  corporate_events: { date: "last_with_right", days: ["last_with_right", "ex_date"] },
  ingest_logs: {
    date: "started_at",
    days: ["window_from", "window_to", "restated_from", "restated_to"],
    times: ["started_at", "finished_at"],
  },
  ingest_rejects: { date: "rejected_at", times: ["rejected_at"] },
  events: { ticker: "event_ticker", date: "last_updated_ts" },
  markets: { date: "close_time" },
  settlements: { date: "settlement_ts" },
  price_snapshots: { date: "taken_at", times: ["taken_at"] },
  snapshot_times: { key: ["taken_at"], date: "taken_at", times: ["taken_at"] },
  collectors: {
    date: "started_at",
    times: ["started_at", "heartbeat_at", "stopped_at", "next_turn_at"],
  },
  sync_state: { date: "updated_at", times: ["updated_at"] },
  snapshots: { date: "taken_at", times: ["taken_at"] },
  notices: { date: "told_at", times: ["told_at", "turn_at"] },
  schema_migrations: { date: "applied_at", times: ["applied_at"] },
};

/** What is known of a table or view; of one that tickerlock has not made, nothing. */
export function factsOf(name: string): ExportFacts {
  return (Object.hasOwn(FACTS, name) ? FACTS[name] : undefined) ?? {};
}

/** A table or view. */
export interface ExportObject {
  readonly name: string;
  readonly columns: readonly string[];
  /** Expressions, as SQL, that make a row unique, to read page by page; null for none. */
  readonly key: readonly string[] | null;
  readonly tickers?: readonly string[];
}

/** A name as it stands in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Refuses a name that is not there. @throws {UsageError} `unknown_table`, with the nearest match. */
export function checkTable(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const near = closest(name, names);
  throw new UsageError("unknown_table", `there is no table or view ${JSON.stringify(name)}`, {
    hint: Object.hasOwn(FACTS, name)
      ? "The database has an older schema: tickerlock db migrate brings it up to date."
      : near === undefined
      ? `Use one of: ${names.join(", ")}; rows of one ticker: --ticker ${name}.`
      : `Did you mean ${near}?`,
    details: { table: name, tables: names },
  });
}

/** The column that an option filters by, as SQL. @throws {UsageError} `filter_not_possible`. */
export function filterColumn(
  option: string,
  { name, columns }: ExportObject,
  wanted: string,
): string {
  if (columns.includes(wanted)) return quoted(wanted);
  throw new UsageError(
    "filter_not_possible",
    `${name} cannot be filtered by --${option}: it has no column ${wanted}`,
    {
      hint: `Leave --${option} out; the columns of ${name} are ${columns.join(", ")}.`,
      details: { option: `--${option}`, table: name },
    },
  );
}

/** The columns that are wanted, in their order. @throws {UsageError} `unknown_column`. */
export function chosenColumns(
  { name, columns }: ExportObject,
  wanted: readonly string[],
): readonly string[] {
  for (const column of wanted) {
    if (columns.includes(column)) continue;
    const near = closest(column, columns);
    throw new UsageError("unknown_column", `${name} has no column ${JSON.stringify(column)}`, {
      hint: near === undefined ? `Use some of: ${columns.join(", ")}.` : `Did you mean ${near}?`,
      details: { table: name, column },
    });
  }
  return wanted;
}

interface Lookup {
  has(column: string, name: string): boolean | Promise<boolean>;
  /** Every name of a column. @param leads Whether the key begins with it. */
  names(column: string, leads: boolean): readonly string[] | Promise<readonly string[]>;
}

/**
 * Finds the tickers and the source that no row has, whatever its day: most likely they are misspelt.
 * @param rows How many there were; what takes a pass through the table is done only for none.
 */
export async function findUnknownNames(
  { name: table, key }: Pick<ExportObject, "name" | "key">,
  { tickers, source }: ExportQuery,
  rows: number,
  lookup: Lookup,
): Promise<UnknownName[]> {
  const ticker = quoted(factsOf(table).ticker ?? "ticker");
  const leads = key?.[0] === ticker;
  const wanted = [
    ...leads || rows === 0 ? tickers.map((name) => ["ticker", name] as const) : [],
    ...source !== null && rows === 0 ? [["source", source] as const] : [],
  ];
  const known = new Map<string, readonly string[]>();
  const found: UnknownName[] = [];
  for (const [column, name] of wanted) {
    const sql = column === "ticker" ? ticker : quoted(column);
    if (await lookup.has(sql, name)) continue;
    const names = known.get(sql) ?? await lookup.names(sql, leads && column === "ticker");
    known.set(sql, names);
    found.push({ column, name, nearest: closest(name, names) });
  }
  return found;
}
