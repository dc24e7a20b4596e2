/** The fake service, the program and its peer, as the benchmarks of online ingest start them. @module */
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import type { FakeYahooOptions } from "../fake/yahoo.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import { measure, type Ran } from "./harness.ts";
import { serve, type Served } from "./serve.ts";

/**
 * What the fake takes for now: no dividend of its is paid about that day, so an incremental run stays one.
 */
export const NOW = "2025-01-15T22:00:00Z";

/** The last day in the databases that are made here, a Friday, and the first of its week. */
export const LAST_STORED = "2025-01-10";
export const LAST_MONDAY = "2025-01-06";

/** What the program asks for, as long as nothing is stored. */
const QUERY = "?period1=-2208988800&period2=9999999999&interval=1d&events=div,splits,capitalGains";

/** Starts the fake as a process. @param options As the fake has them; its clock is {@linkcode NOW}. */
export function serveYahoo(options: FakeYahooOptions = {}): Promise<Served> {
  return serve("tests/bench/peers/yahoo_server.ts", { now: Date.parse(NOW), ...options });
}

/**
 * Tickers as they look at São Paulo's exchange, sorted, each once; none of them asks the fake for a fault.
 * @param count At most 17,576.
 */
export function tickerNames(count: number): string[] {
  const letter = (n: number) => String.fromCharCode(65 + n % 26);
  return Array.from(
    { length: count },
    (_, n) => `Q${letter(n / 676)}${letter(n / 26)}${letter(n)}${3 + n % 2}.SA`,
  );
}

/**
 * Runs the program.
 * @param url Where the fake is.
 * @param folder Where the database, `prices.db`, is or will be.
 * @param tickers Whom to ask for.
 * @param concurrency How many at once.
 */
export async function ingestYahoo(
  url: string,
  folder: string,
  tickers: readonly string[],
  concurrency: number,
  more: readonly string[] = [],
): Promise<Ran> {
  const list = `${folder}/tickers.txt`;
  await Deno.writeTextFile(list, tickers.join("\n"));
  const paths = ["--tickers-file", list, "--db", `${folder}/prices.db`];
  const options = ["--rate", "none", "--concurrency", String(concurrency), ...more];
  const command = [...programCommand(), "ingest", ...paths, "--lock-dir", `${folder}/locks`];
  return await measure([...command, ...options], {
    cwd: projectPath("."),
    env: { YAHOO_BASE_URL: url },
  });
}

async function peer(script: string, job: Readonly<Record<string, unknown>>): Promise<Ran> {
  const rights = ["--no-prompt", "--allow-net=127.0.0.1", "--allow-read", "--allow-write"];
  const path = projectPath(`tests/bench/peers/${script}`);
  return await measure([Deno.execPath(), "run", ...rights, path, JSON.stringify(job)]);
}

/** The same with the peer; the database must not be there yet. */
export async function bareYahoo(
  url: string,
  folder: string,
  tickers: readonly string[],
  lanes: number,
): Promise<Ran> {
  const db = `${folder}/prices.db`;
  return await peer("yahoo_bare.ts", { url, query: QUERY, tickers, lanes, db });
}

/** Only the requests; nothing is stored. */
export async function askYahoo(
  url: string,
  tickers: readonly string[],
  lanes: number,
): Promise<Ran> {
  return await peer("yahoo_asking.ts", { url, query: QUERY, tickers, lanes });
}

/** How many prices a database has. @param folder Folder of the database. */
export function storedRows(folder: string): number {
  using db = new DatabaseSync(`${folder}/prices.db`, { readOnly: true });
  return Number(db.prepare("SELECT count(*) AS rows FROM prices").get()?.rows);
}

/** How large a database is to be. */
export interface Size {
  readonly tickers: number;
  /** Prices of each, one a weekday up to {@linkcode LAST_STORED}. */
  readonly days: number;
  /** Rows of `ingest_logs` of each, one a day. */
  readonly runs: number;
}

/**
 * Makes a database as years of daily runs would leave it, but for prices that are there already.
 * @param path Where.
 * @param size How large.
 */
export async function fillDatabase(path: string, { tickers, days, runs }: Size): Promise<void> {
  (await Database.open(path)).close();
  using db = new DatabaseSync(path);
  db.exec("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -64000; BEGIN IMMEDIATE");
  db.exec("CREATE TEMP TABLE names (ticker TEXT)");
  const name = db.prepare("INSERT INTO names VALUES (?)");
  for (const ticker of tickerNames(tickers)) name.run(ticker);
  // Runs first, and all tickers of one run together: that is where their rows come to lie.
  db.exec(
    `WITH RECURSIVE runs (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM runs WHERE n < ${runs - 1})
     INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, finished_at,
       status, lock_action, lock_waited_seconds, rows_fetched, rows_inserted, rows_updated,
       rows_unchanged, rows_rejected, payload_sha256, duration_ms, host, pid, version, window_from,
       window_to, requests)
     SELECT lower(hex(randomblob(16))), printf('run-%d', n), ticker, 'yahoo', 'tickerlock ingest',
       day || 'T22:00:00.000Z', day || 'T22:00:01.000Z', 'success', 'acquired', 0, 6, 1, 0, 5, 0,
       lower(hex(randomblob(32))), 120, 'host', 4321, '0.1.0',
       CASE n WHEN 0 THEN NULL ELSE date(day, '-5 days') END, day, 1
     FROM (SELECT n, date('${LAST_STORED}', (n - ${runs - 1}) || ' days') AS day FROM runs), names`,
  );
  db.exec(
    `WITH RECURSIVE days (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM days WHERE n < ${days - 1})
     INSERT OR IGNORE INTO prices
     SELECT ticker, day, 'yahoo', 10.25 + n % 97 / 100.0, 11.5 + n % 97 / 100.0,
       9.75 + n % 97 / 100.0, 10.5 + n % 97 / 100.0, 10.1 + n % 97 / 100.0, 100000 + n % 9973, 1
     FROM names, (SELECT n, date('${LAST_STORED}', -(7 * (n / 5) + n % 5) || ' days') AS day
       FROM days)
     ORDER BY ticker, day`,
  );
  db.exec("COMMIT");
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Lets every whole history be so old that the next run asks for it again. */
export function ageHistories(path: string): void {
  using db = new DatabaseSync(path);
  db.exec("UPDATE ingest_logs SET started_at = '2020-01-01T00:00:00.000Z' WHERE history = 'whole'");
}

/** How many whole histories were taken. */
export function wholeHistories(path: string): number {
  using db = new DatabaseSync(path);
  const row = db.prepare("SELECT count(*) AS n FROM ingest_logs WHERE history = 'whole'").get();
  return Number(row?.n);
}
