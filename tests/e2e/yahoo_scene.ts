/**
 * A workspace beside a fake of Yahoo's chart service, to run the program against.
 *
 * The fake's day is long past by the program's own clock, so that neither the machine's date nor the
 * hour of the day decides anything.
 *
 * @module
 */
import { assertEquals } from "../assert.ts";
import { type ChartRequest, type FakeYahoo, startFakeYahoo } from "../fake/yahoo.ts";
import type { FakeYahooOptions } from "../fake/yahoo.ts";
import { type Chart, readChart } from "../fake/yahoo_client.ts";
import { type CaptureOptions, inProcess, type Outcome } from "../cli/in_process.ts";
import { PATIENT, type Running, type StartOptions } from "./program.ts";
import { type ReportJson, reportOf } from "./report_json.ts";
import { type Reported, type StoredPrice, Workspace } from "./workspace.ts";

/** A Tuesday. All stock exchanges of the fake have closed. */
export const TODAY = "2024-06-04";

/** What the program asks for first where it wants everything: the first second of 1900. */
export const EVERYTHING = Date.parse("1900-01-01T00:00:00Z") / 1000;

/** Seconds since 1970 at which a day begins in UTC. */
export function secondsOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000;
}

/** A stored price without the row of the log that answers for it. */
export type Price = Omit<StoredPrice, "ingest_id">;

/** A run with `--json` that has ended. */
export interface Run extends Outcome {
  readonly report: ReportJson;
}

/** A row of `corporate_actions`. */
export type Action = Readonly<
  Record<"date" | "kind" | "amount" | "numerator" | "denominator", unknown>
>;

/** A promise, and what resolves it. */
export type Gate = PromiseWithResolvers<void>;

/** The names `T01.SA`, `T02.SA` and so on. */
export function tickersTo(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `T${String(i + 1).padStart(2, "0")}.SA`);
}

/** The options that name tickers. */
export function naming(tickers: readonly string[]): string[] {
  return tickers.flatMap((ticker) => ["--ticker", ticker]);
}

/** Workspace and fake. */
export class Scene implements AsyncDisposable {
  readonly space: Workspace;
  readonly yahoo: FakeYahoo;

  private constructor(space: Workspace, yahoo: FakeYahoo) {
    this.space = space;
    this.yahoo = yahoo;
  }

  /** Makes both: a year of history, the evening of {@linkcode TODAY}. */
  static async create(options: FakeYahooOptions = {}): Promise<Scene> {
    const now = Date.parse(`${TODAY}T21:30:00Z`);
    const yahoo = await startFakeYahoo({ now, years: 1, ...options });
    return new Scene(await Workspace.create(), yahoo);
  }

  #options(options: StartOptions): StartOptions {
    return { ...options, env: { YAHOO_BASE_URL: this.yahoo.url, ...options.env } };
  }

  /** Starts `tickerlock ingest`, by default as fast as it can ask, and patient. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    return this.space.start([...PATIENT, ...args], this.#options(options));
  }

  /** Runs `tickerlock ingest` in this process. */
  ingest(args: readonly string[], { env }: CaptureOptions = {}): Promise<Outcome> {
    const all = { YAHOO_BASE_URL: this.yahoo.url, ...env };
    return this.space.ingest([...PATIENT, ...args], { env: all });
  }

  /** Runs `tickerlock ingest --json` in this process. */
  async run(args: readonly string[], options: CaptureOptions = {}): Promise<Run> {
    const outcome = await this.ingest(["--json", ...args], options);
    return { ...outcome, report: reportOf(outcome.stdout) };
  }

  /** Runs `tickerlock ingest` without a process of its own. */
  here(args: readonly string[]): Promise<Reported> {
    return this.space.here([...PATIENT, ...args], { YAHOO_BASE_URL: this.yahoo.url });
  }

  /** The same, which must end with 0 and say nothing. */
  async good(args: readonly string[]): Promise<Reported> {
    const ended = await this.here(args);
    assertEquals([ended.code, ended.stderr], [0, ""]);
    return ended;
  }

  /** Runs `tickerlock` with another command, told of no database and no locks. */
  program(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return inProcess(args, {
      cwd: this.space.path,
      env: { YAHOO_BASE_URL: this.yahoo.url, ...env },
    });
  }

  /** Requests by the program, not those of {@linkcode chart}. */
  asked(symbol?: string): ChartRequest[] {
    return this.yahoo.requests.filter((each) =>
      each.headers.get("user-agent")?.startsWith("Mozilla/") &&
      (symbol === undefined || each.symbol === symbol)
    );
  }

  /** What the service has of a symbol of São Paulo just now, as the table should have it. */
  async truth(ticker: string): Promise<{ readonly prices: Price[]; readonly actions: Action[] }> {
    const chart = await readChart(this.yahoo, ticker);
    return { prices: pricesOf(ticker, chart), actions: actionsOf(chart) };
  }

  /** What is stored of a ticker, without the rows' runs. */
  stored(ticker: string): Price[] {
    const rows = this.space.query(
      `SELECT ticker, date, source, open, high, low, close, adj_close, volume FROM prices
       WHERE ticker = ? ORDER BY date, source`,
      ticker,
    );
    return rows.map((row) => ({ ...row })) as unknown as Price[];
  }

  /** Stored dividends and splits of a ticker, in order. */
  actions(ticker: string): Action[] {
    return this.space.query(
      `SELECT date, kind, amount, numerator, denominator FROM corporate_actions
       WHERE ticker = ? AND source = 'yahoo' ORDER BY date, kind`,
      ticker,
    ) as unknown as Action[];
  }

  /** Fails unless the database has of a ticker exactly what the service has. */
  async assertSame(ticker: string): Promise<void> {
    const { prices, actions } = await this.truth(ticker);
    const stored = this.stored(ticker);
    assertEquals(stored.map(({ date }) => date), prices.map(({ date }) => date));
    // Row by row, for a message that can be read.
    for (const [i, row] of stored.entries()) assertEquals(row, prices[i]);
    assertEquals(this.actions(ticker), actions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.yahoo[Symbol.asyncDispose]();
    } finally {
      await this.space[Symbol.asyncDispose]();
    }
  }
}

/** São Paulo has been three hours behind UTC all year since 2019. */
function dayInSaoPaulo(seconds: number): string {
  return new Date((seconds - 3 * 3600) * 1000).toISOString().slice(0, 10);
}

function pricesOf(ticker: string, chart: Chart): Price[] {
  return chart.timestamp.map((stamp, i) => ({
    ticker,
    date: dayInSaoPaulo(stamp),
    source: "yahoo",
    open: chart.open[i] ?? NaN,
    high: chart.high[i] ?? NaN,
    low: chart.low[i] ?? NaN,
    close: chart.close[i] ?? NaN,
    adj_close: chart.adjclose[i] ?? NaN,
    volume: chart.volume[i] ?? NaN,
  }));
}

function actionsOf({ events = {} }: Chart): Action[] {
  const none = { amount: null, numerator: null, denominator: null };
  return [
    ...Object.values(events.dividends ?? {}).map(({ date, amount }) => ({
      ...{ ...none, date: dayInSaoPaulo(date), kind: "dividend", amount },
    })),
    ...Object.values(events.splits ?? {}).map(({ date, numerator, denominator }) => ({
      ...{ ...none, date: dayInSaoPaulo(date), kind: "split", numerator, denominator },
    })),
  ].sort((a, b) => a.date < b.date ? -1 : 1);
}
