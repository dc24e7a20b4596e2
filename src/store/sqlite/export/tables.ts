/**
 * What is known of tables and views beyond their columns, for exports: which column a filter looks
 * at, and which columns make a row of a view unique.
 *
 * @module
 */

/** What an export knows of a table or view. */
export interface ExportFacts {
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
}

const FACTS: Readonly<Record<string, ExportFacts>> = {
  prices_canonical: { key: ["ticker", "date", "source"] },
  prices_latest: { key: ["ticker", "date", "source"], atOnce: true },
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
