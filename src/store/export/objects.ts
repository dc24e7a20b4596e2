/**
 * Tables and views that can be exported: what their schema does not tell, and what of them can be
 * wanted.
 *
 * @module
 */
import { closest } from "../../base/closest.ts";
import { UsageError } from "../../base/errors.ts";

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
  /**
   * Columns of days, of times and of numbers where the schema of SQLite says text or nothing; that of
   * PostgreSQL tells all of them.
   */
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

/** Refuses a name that is not there. @throws {UsageError} `unknown_table`, with the nearest match. */
export function checkTable(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const near = closest(name, names);
  throw new UsageError("unknown_table", `there is no table or view ${JSON.stringify(name)}`, {
    hint: near === undefined
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
