/**
 * A database of an invented market, in which something of everything has happened: for pictures of the
 * report, and to measure it.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { addDays } from "../../src/base/day.ts";
import { isSession } from "../../src/exchange/sessions.ts";
import { Database } from "../../src/store/sqlite/connection/database.ts";

/** How large it is. */
export interface MarketSize {
  readonly tickers: number;
  /** Sessions of each. */
  readonly sessions: number;
  /** When it is looked at. */
  readonly now: Date;
}

const KNOWN = ["PETR4", "VALE3", "ITUB4", "BBAS3", "WEGE3", "ABEV3", "MGLU3", "RENT3", "SUZB3"];

/** Names of tickers: some that are known, then numbers. */
export function marketTickers(count: number): string[] {
  return Array.from(
    { length: count },
    (_, at) => `${KNOWN[at] ?? `T${String(at).padStart(4, "0")}`}.SA`,
  );
}

/** The last sessions of B3 before a day, in order. */
export function sessionsBefore(day: string, count: number): string[] {
  const days: string[] = [];
  for (let each = addDays(day, -1); days.length < count; each = addDays(each, -1)) {
    if (isSession("b3", each)) days.push(each);
  }
  return days.reverse();
}

const HOUR = 3_600_000;

/** Writes the jobs of a run, each with the same outcome. */
class Log {
  #number = 0;
  readonly #insert;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, finished_at,
         status, lock_action, lock_waited_seconds, rows_fetched, rows_inserted, duration_ms,
         error_code, error_message, host, pid, version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, 'host', 4242, '0.1.0')`,
    );
  }

  /** @param error Code and message; the job succeeds without. */
  add(
    command: string,
    run: string,
    ticker: string | null,
    source: string,
    from: number,
    ms: number,
    { error, waited = 0 }: {
      readonly error?: readonly [string, string];
      readonly waited?: number;
    } = {},
  ): number {
    const [code = null, message = null] = error ?? [];
    const id = `0190f000-0000-7000-8000-${String(++this.#number).padStart(12, "0")}`;
    const { lastInsertRowid } = this.#insert.run(
      ...[id, run, ticker, source, command, new Date(from).toISOString()],
      ...[new Date(from + ms).toISOString(), code === null ? "success" : "failed"],
      ...[waited > 0 ? "waited" : "acquired", waited, code === null ? 1 : 0, ms, code, message],
    );
    return Number(lastInsertRowid);
  }
}

function runId(number: number): string {
  return `0190f000-0000-7000-9000-${String(number).padStart(12, "0")}`;
}

function fillPrices(db: DatabaseSync, tickers: readonly string[], days: readonly string[]): void {
  db.exec(
    "CREATE TEMP TABLE sessions (n INTEGER PRIMARY KEY, day TEXT, slow REAL, fast REAL, odd REAL)",
  );
  const session = db.prepare("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)");
  for (const [at, day] of days.entries()) {
    session.run(at, day, Math.sin(at / 61), Math.sin(at / 23), Math.sin(at / 9) + at % 7 / 9);
  }
  const insert = db.prepare(
    `INSERT INTO prices (ticker, date, source, open, high, low, close, volume, ingest_id)
     SELECT ?1, day, 'cotahist', close, close * 1.01, close * 0.99, close,
       1000000 + (n * 7919 + ?2 * 104729) % 900000, 1
     FROM (SELECT n, day, round(20 + ?2 % 30
       + (?2 * 7 % 11 - 5) * slow + (?2 * 5 % 7 - 3) * fast + (?2 * 3 % 5 - 2) * odd
       + (n * 48271 + ?2 * 16807) % 97 / 97.0, 2) AS close FROM sessions)`,
  );
  for (const [at, ticker] of tickers.entries()) insert.run(ticker, at);
}

function fillLog(
  db: DatabaseSync,
  tickers: readonly string[],
  days: readonly string[],
  now: number,
): void {
  const log = new Log(db);
  const limited = ["rate_limited", "Yahoo answered 429 (Too Many Requests) for 5 minutes"] as const;
  let run = 0;
  // Each ticker once a day, and those that fail.
  for (let day = 29; day >= 0; day--) {
    const from = now - day * 24 * HOUR - 10 * HOUR;
    const id = runId(++run);
    for (const [at, ticker] of tickers.entries()) {
      const error = at === 5 && day < 3 || at % 97 === 17 && day === 12 ? limited : undefined;
      const command = "tickerlock collect nightly";
      log.add(
        command,
        id,
        ticker,
        "cotahist",
        from + at * 300,
        200 + at * 37 % 900,
        error ? { error } : {},
      );
    }
  }
  for (let hour = 23; hour >= 0; hour--) {
    const from = now - hour * HOUR - 20 * 60_000;
    const isBad = hour === 21 || hour === 18 || hour < 3;
    const error = ["bad_answer", 'cursor: expected text, got <b>"5"</b>'] as const;
    log.add(
      "tickerlock collect markets",
      runId(1000 + hour),
      "KALSHI.MARKETS",
      "kalshi",
      from,
      40_000,
      isBad ? { error } : {},
    );
  }
  for (
    const [at, start, minutes, waited] of [[1, 22, 4, 0], [2, 20, 25, 1800], [
      3,
      9,
      70,
      900,
    ]] as const
  ) {
    const command = `tickerlock ingest --source cotahist --year 202${at}`;
    log.add(
      command,
      runId(2000 + at),
      tickers[at] ?? "",
      "cotahist",
      now - start * HOUR,
      minutes * 60_000,
      { waited },
    );
  }
  log.add(
    "tickerlock ingest --source csv --file precos.csv",
    runId(2100),
    null,
    "csv",
    now - 2 * HOUR,
    1200,
    {
      error: ["not_csv", "precos.csv is a ZIP, not CSV"],
    },
  );
  const refusedIn = log.add(
    "tickerlock collect nightly",
    runId(2200),
    tickers[4] ?? "",
    "cotahist",
    now - HOUR,
    900,
  );
  db.prepare(
    `INSERT INTO ingest_rejects (ingest_id, ticker, source, date, code, reason, rejected_at)
     VALUES (?, ?, 'cotahist', ?, 'high_below_low', 'high 38 is below low 38.6', ?)`,
  ).run(refusedIn, tickers[4] ?? "", days.at(-12) ?? "", new Date(now).toISOString());
}

/** Takes days away again, and lets a split and dividends have happened. */
function breakSome(db: DatabaseSync, tickers: readonly string[], days: readonly string[]): void {
  const drop = db.prepare("DELETE FROM prices WHERE ticker = ? AND date = ?");
  const without = (at: number, ...places: number[]): void => {
    for (const place of places) drop.run(tickers[at] ?? "", days.at(place) ?? "");
  };
  // Sessions are those of a file of the exchange: what all tickers lack is missing.
  for (const ticker of tickers) drop.run(ticker, days.at(-100) ?? "");
  without(5, -1, -2, -3);
  without(4, -12);
  db.prepare("UPDATE prices SET source = 'yahoo' WHERE ticker IN (?, ?, ?)").run(
    ...[tickers[4] ?? "", tickers[5] ?? "", tickers[7] ?? ""],
  );
  db.prepare("UPDATE ingest_logs SET source = 'yahoo' WHERE ticker IN (?, ?, ?)").run(
    ...[tickers[4] ?? "", tickers[5] ?? "", tickers[7] ?? ""],
  );
  db.prepare("UPDATE ingest_rejects SET source = 'yahoo'").run();
  without(7, -13, -14);
  const [split, cash] = [days.at(-110) ?? "", days.at(-40) ?? ""];
  const ticker = tickers[0] ?? "";
  db.prepare("UPDATE prices SET close = round(close * 2, 2) WHERE ticker = ? AND date < ?").run(
    ticker,
    split,
  );
  db.prepare("DELETE FROM adjustment_factors WHERE ticker = ?").run(ticker);
  const factor = db.prepare(
    `INSERT INTO adjustment_factors (ticker, ex_date, since, split_factor, cash_factor, kind, origin,
       split_through, cash_through) VALUES (?, ?, ?, ?, ?, ?, 'b3-actions', ?, ?)`,
  );
  factor.run(ticker, split, "", 0.5, 1, "DESDOBRAMENTO", 0.5, 0.98);
  factor.run(ticker, cash, split, 1, 0.98, "DIVIDENDO", 1, 0.98);
  factor.run(ticker, "9999-12-31", cash, 1, 1, "", 1, 1);
  const step = db.prepare(
    `INSERT INTO adjustment_factors (ticker, ex_date, since, split_factor, cash_factor, kind, origin,
       split_through, cash_through, unexplained) VALUES (?, ?, '', 1, 1, '', '', 1, 1, 'no event')`,
  );
  for (const day of [split, cash]) step.run(tickers[1] ?? "", day);
}

/** Makes it. @param path Where; there must be nothing. */
export async function makeMarket(
  path: string,
  { tickers, sessions, now }: MarketSize,
): Promise<void> {
  (await Database.open(path)).close();
  const names = marketTickers(tickers);
  const days = sessionsBefore(now.toISOString().slice(0, 10), sessions);
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA synchronous = OFF; BEGIN");
    fillPrices(db, names, days);
    fillLog(db, names, days, now.getTime());
    breakSome(db, names, days);
    db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
}
