/**
 * A database of the size that commands are measured against: by default 5,000,000 prices of 1,000
 * tickers from two sources, 100,000 rows in the log and 20,000 rejects.
 *
 *     deno run --allow-read --allow-write --allow-env --allow-sys tests/bench/large_database.ts PATH
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../src/store/sqlite/connection/database.ts";

/** How large it is to be. */
export interface LargeSize {
  /** Default 1,000. Each has prices and runs of two sources. */
  readonly tickers?: number;
  /** Days per ticker and source, the last of them today. Default 2,500. */
  readonly days?: number;
  /** Runs per ticker and source, one a day. Default 50. */
  readonly runs?: number;
  /** When the newest run began. Default now. */
  readonly now?: Date;
}

/** One run in this many fails, and one has rejects. */
const FAILING = 17;
const REJECTING = 10;

const NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)";

/** A job id as UUID v7 has it: the time, then what makes it one of a kind. */
const JOB_ID = `printf('%08x-%04x-7%03x-a%03x-%012x', ms / 65536, ms % 65536, i % 4096, i / 4096,
  (i + 1) * 2654435761 % 281474976710656)`;

function fillPrices(db: DatabaseSync, tickers: number, days: number, today: string): void {
  // In the order of the key, so that no page is ever split.
  const insert = db.prepare(
    `${NUMBERS}
     INSERT INTO prices (ticker, date, source, open, high, low, close, adj_close, volume, ingest_id)
     SELECT ?2, date(?3, (i / 2 - ?1 / 2 + 1) || ' days'), iif(i % 2 = 0, 'cotahist', 'yahoo'),
       10.5, 11.25, 10.25, 10 + i % 7, 10 + i % 7, 1000 * i, 1
     FROM n`,
  );
  for (let ticker = 0; ticker < tickers; ticker++) {
    insert.run(days * 2, `T${String(ticker).padStart(4, "0")}.SA`, today);
  }
}

function fillLog(db: DatabaseSync, rows: number, tickers: number, newestMs: number): void {
  db.prepare(
    `${NUMBERS}, moments AS (
       SELECT i, ?3 - (?1 - 1 - i) / (?2 * 2) * 86400000 - (?1 - 1 - i) % (?2 * 2) AS ms FROM n
     )
     INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, finished_at,
       status, lock_action, lock_waited_seconds, rows_fetched, rows_inserted, rows_updated,
       rows_unchanged, rows_rejected, payload_sha256, attempts, duration_ms, error_code,
       error_message, host, pid, version, window_from, window_to, requests)
     SELECT ${JOB_ID},
       printf('00000000-0000-7000-8000-%012x', i / (?2 * 2)),
       printf('T%04d.SA', i / 2 % ?2), iif(i % 2 = 0, 'cotahist', 'yahoo'), 'tickerlock ingest',
       strftime('%Y-%m-%dT%H:%M:%fZ', ms / 1000.0, 'unixepoch'),
       strftime('%Y-%m-%dT%H:%M:%fZ', (ms + i % 997) / 1000.0, 'unixepoch'),
       iif(i % ${FAILING} = 0, 'failed', 'success'), iif(i % 5 = 0, 'waited', 'acquired'),
       iif(i % 5 = 0, i % 100 / 10.0, 0.0), 10, 1, 2, 7, iif(i % ${REJECTING} = 0, 2, 0),
       iif(i % ${FAILING} = 0, NULL, hex(randomblob(32))), 1, i % 997,
       iif(i % ${FAILING} = 0, 'http_status', NULL),
       iif(i % ${FAILING} = 0, 'the service answered 503 to T' || i, NULL),
       'host', 4242, '0.1.0', '2024-01-01', '2024-01-31', 1
     FROM moments`,
  ).run(rows, tickers, newestMs);
  db.prepare(
    `INSERT INTO ingest_rejects (ingest_id, ticker, source, origin, line, date, code, reason, raw,
       rejected_at)
     SELECT id, ticker, source, 'prices.csv', column1, '2024-01-02', 'high_below_low',
       'high 38 is below low 38.6', 'raw', finished_at
     FROM ingest_logs, (VALUES (4), (7)) WHERE rows_rejected > 0`,
  ).run();
}

/** Makes one. @param path Where; there must be nothing. @param size How large. */
export async function makeLargeDatabase(path: string, size: LargeSize = {}): Promise<void> {
  const { tickers = 1000, days = 2500, runs = 50, now = new Date() } = size;
  (await Database.open(path)).close();
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA synchronous = OFF; BEGIN");
    fillPrices(db, tickers, days, now.toISOString().slice(0, 10));
    fillLog(db, tickers * 2 * runs, tickers, now.getTime());
    db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
}

if (import.meta.main) await makeLargeDatabase(Deno.args[0] ?? "large.db");
