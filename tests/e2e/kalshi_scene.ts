/**
 * A fake of Kalshi's trade API and a folder of its own, for tests of the program against it.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { assertEquals } from "../assert.ts";
import { type FakeKalshi, type FakeKalshiOptions, startFakeKalshi } from "../fake/kalshi.ts";
import { type CaptureOptions, inSpace, type Outcome } from "../cli/in_process.ts";
import { PATIENT, type Running, type StartOptions } from "./program.ts";
import { type Reported, Workspace } from "./workspace.ts";

/** Columns that have another name in no answer: what the service says is in the column as it is. */
export const MARKET_COLUMNS = [
  "ticker",
  "event_ticker",
  "market_type",
  "yes_sub_title",
  "no_sub_title",
  "created_time",
  "updated_time",
  "open_time",
  "close_time",
  "expected_expiration_time",
  "latest_expiration_time",
  "settlement_ts",
  "yes_bid_dollars",
  "yes_ask_dollars",
  "no_bid_dollars",
  "no_ask_dollars",
  "last_price_dollars",
  "yes_bid_size_fp",
  "yes_ask_size_fp",
  "volume_fp",
  "volume_24h_fp",
  "open_interest_fp",
  "status",
  "result",
  "settlement_value_dollars",
] as const;

/** The same for events. */
export const EVENT_COLUMNS = [
  "event_ticker",
  "series_ticker",
  "title",
  "sub_title",
  "category",
  "strike_date",
  "strike_period",
  "last_updated_ts",
] as const;

/** Some members of an object, null where they are missing. */
export function picked(
  row: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

/** A fake and a workspace; both end with the block. */
export class Scene implements AsyncDisposable {
  readonly kalshi: FakeKalshi;
  readonly space: Workspace;

  private constructor(kalshi: FakeKalshi, space: Workspace) {
    this.kalshi = kalshi;
    this.space = space;
  }

  /** Makes both. */
  static async start(options: FakeKalshiOptions = {}): Promise<Scene> {
    return new Scene(await startFakeKalshi(options), await Workspace.create());
  }

  #options(options: StartOptions): StartOptions {
    return { ...options, env: { KALSHI_BASE_URL: this.kalshi.url, ...options.env } };
  }

  /** Starts `tickerlock ingest --source kalshi`, as fast as it can ask, and patient. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    const all = ["--source", "kalshi", ...PATIENT, ...args];
    return this.space.start(all, this.#options(options));
  }

  /** Runs it in this process. */
  run(args: readonly string[], { env }: CaptureOptions = {}): Promise<Outcome> {
    const all = ["--source", "kalshi", ...PATIENT, ...args];
    return this.space.ingest(all, { env: { KALSHI_BASE_URL: this.kalshi.url, ...env } });
  }

  /** Runs it without a process of its own. */
  here(args: readonly string[]): Promise<Reported> {
    const all = ["--source", "kalshi", ...PATIENT, ...args];
    return this.space.here(all, { KALSHI_BASE_URL: this.kalshi.url });
  }

  /** The same, and fails unless all went well. */
  async good(...args: readonly string[]): Promise<Reported> {
    const ended = await this.here(args);
    assertEquals([ended.code, ended.stderr], [0, ""]);
    return ended;
  }

  /** Runs another command of the program in this process. */
  command(args: readonly string[]): Promise<Outcome> {
    return inSpace(this.space, args, { env: { KALSHI_BASE_URL: this.kalshi.url } });
  }

  /** How many rows a table has. */
  count(table: string, where = "1"): number {
    return Number(this.space.value(`SELECT count(*) FROM ${table} WHERE ${where}`));
  }

  /** Tickers of the fake's markets that a test is true of, sorted. */
  tickers(test: (row: Readonly<Record<string, unknown>>) => boolean): string[] {
    return this.kalshi.markets.filter((row) => !row.ticker.startsWith("KXMVE") && test(row))
      .map(({ ticker }) => ticker).sort();
  }

  /** Tickers of a table, sorted. */
  stored(table: string, where = "1"): string[] {
    return this.space.query(`SELECT ticker FROM ${table} WHERE ${where} ORDER BY ticker`)
      .map(({ ticker }) => String(ticker));
  }

  /** Fails unless the stored markets with these tickers are as the service has them now. */
  assertMarkets(tickers: readonly string[]): void {
    const rows = new Map(
      this.space.query("SELECT * FROM markets").map((row) => [String(row.ticker), row]),
    );
    for (const ticker of tickers) {
      const wanted = this.kalshi.market(ticker);
      const row = rows.get(ticker) ?? {};
      assertEquals(picked(row, MARKET_COLUMNS), picked(wanted, MARKET_COLUMNS));
      assertEquals(row.raw, JSON.stringify(wanted));
    }
  }

  /** Everything that is stored, without who has written it. */
  state(path = this.space.db): Record<string, unknown> {
    using db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    return Object.fromEntries(
      ["events", "markets", "settlements"].map((table) => [
        table,
        db.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()
          .map(({ ingest_id: _, ...row }) => row),
      ]),
    );
  }

  /** Fails unless the database is sound, and every key that is named is there. */
  assertSound(): void {
    assertEquals(this.space.value("PRAGMA integrity_check"), "ok");
    assertEquals(this.space.query("PRAGMA foreign_key_check"), []);
  }

  /** The newest row of the log of a name, as much as tests look at. */
  last(name: string): Record<string, unknown> {
    return this.space.query(
      "SELECT * FROM ingest_logs WHERE ticker = ? ORDER BY id DESC LIMIT 1",
      name,
    )[0] ?? {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kalshi[Symbol.asyncDispose]();
    await this.space[Symbol.asyncDispose]();
  }
}

/** Holds one request back until a test lets it go on. */
export interface Gate {
  /** For the fake's options. */
  readonly onRequest: FakeKalshiOptions["onRequest"];
  /** Resolves when the request has come. */
  readonly came: Promise<void>;
  /** Lets it be answered. */
  open(): void;
}

/**
 * Makes a gate before the n-th request for a path.
 *
 * @param path Without `/trade-api/v2`.
 * @param nth From 1.
 */
export function gateBefore(path: string, nth: number): Gate {
  const [came, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let count = 0;
  return {
    onRequest: async (request) => {
      if (request.path !== path || ++count !== nth) return;
      came.resolve();
      await go.promise;
    },
    came: came.promise,
    open: () => go.resolve(),
  };
}
