/**
 * The exchange behind the fake: its events and markets, and what happens to them.
 *
 * @module
 */
import { madeEvent, madeMarket, madeMultivariateEvent } from "./kalshi_made.ts";
import {
  count,
  dollars,
  type EventRow,
  hundredths,
  type MarketResult,
  type MarketRow,
  type MarketStatus,
  MICRO_DOLLARS,
  microDollars,
  time,
  timeOf,
} from "./kalshi_rows.ts";

/** A market or an event with what its row does not say. */
export interface Entry<Row> {
  readonly row: Row;
  readonly series: string;
  readonly isMultivariate: boolean;
  /** The row as JSON, as long as it is true. */
  json: string | undefined;
}

/** How large a world is, and when. */
export interface WorldOptions {
  readonly events: number;
  readonly marketsPerEvent: number;
  readonly multivariate: number;
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const DAY = 86_400_000;
/** The service aims at three months of settled markets on `/markets`. */
const LIVE_DAYS = 90;

/** So that {@linkcode World} can count its changes in the microseconds. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** Events and markets; both lists only grow, so a place in them is a cursor. */
export class World {
  readonly events: Entry<EventRow>[] = [];
  readonly markets: Entry<MarketRow>[] = [];
  /** Counts changes. */
  revision = 0;
  readonly #eventOf = new Map<string, Entry<EventRow>>();
  readonly #marketOf = new Map<string, Entry<MarketRow>>();
  readonly #marketsIn = new Map<string, Entry<MarketRow>[]>();
  #nowMs: number;
  #cutoffMs: number;

  constructor(options: WorldOptions) {
    this.#nowMs = wholeSeconds(options.nowMs);
    // The service's cutoffs are at midnight.
    this.#cutoffMs = Math.floor(options.nowMs / DAY - LIVE_DAYS) * DAY;
    const recipe = { ...options, nowMs: this.#nowMs };
    for (let e = 0; e < options.events; e++) {
      const event = madeEvent(recipe, e);
      this.#putEvent(event, false);
      for (let j = 0; j < options.marketsPerEvent; j++) {
        this.#putMarket(madeMarket(recipe, event, e, j), false);
      }
    }
    for (let e = 0; e < options.multivariate; e++) {
      const event = madeMultivariateEvent(recipe, e);
      this.#putEvent(event, true);
      // Number 1 is an event whose first market is active.
      const market = madeMarket(recipe, event, 1, 0);
      this.#putMarket({ ...market, mve_collection_ticker: "KXMVE-C" }, true);
    }
  }

  /** Milliseconds since 1970; stands still between calls of {@linkcode setNow}. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Markets settled before this are historical. Milliseconds since 1970. */
  get cutoffMs(): number {
    return this.#cutoffMs;
  }

  /** The market, or undefined. */
  findMarket(ticker: string): Entry<MarketRow> | undefined {
    return this.#marketOf.get(ticker);
  }

  /** The event, or undefined. */
  findEvent(ticker: string): Entry<EventRow> | undefined {
    return this.#eventOf.get(ticker);
  }

  /** The markets of an event, of one that there is not as well. */
  marketsIn(event: string): readonly Entry<MarketRow>[] {
    return this.#marketsIn.get(event) ?? [];
  }

  /** Whether a market is only on the historical pages. */
  isHistorical({ row }: Entry<MarketRow>): boolean {
    return row.status === "finalized" && timeOf(row.settlement_ts) < this.#cutoffMs;
  }

  /** A row as JSON. */
  json(entry: Entry<MarketRow> | Entry<EventRow>): string {
    return entry.json ??= JSON.stringify(entry.row);
  }

  /** Moves the clock: what opens or closes until then does so. */
  setNow(ms: number): void {
    this.#nowMs = wholeSeconds(ms);
    this.revision++;
    for (const { row } of this.markets) {
      if (row.status === "initialized" && timeOf(row.open_time) <= ms) this.open(row.ticker);
      const isOpen = row.status === "active" || row.status === "inactive";
      if (isOpen && timeOf(row.close_time) <= ms) {
        this.changeMarket(row.ticker, { status: "closed" });
      }
    }
  }

  /** Moves the cutoff. */
  setCutoff(ms: number): void {
    this.#cutoffMs = ms;
    this.revision++;
  }

  /** Adds an event at the end; what the row lacks besides its tickers stays missing. */
  addEvent(row: EventRow): void {
    if (this.#eventOf.has(row.event_ticker)) throw new RangeError(`${row.event_ticker} exists`);
    this.#putEvent({ ...row }, false);
  }

  /** Adds an active market at the end; its event need not exist. */
  addMarket(row: Partial<MarketRow> & { ticker: string; event_ticker: string }): void {
    if (this.#marketOf.has(row.ticker)) throw new RangeError(`${row.ticker} exists`);
    this.#putMarket({
      market_type: "binary",
      created_time: time(this.#nowMs),
      open_time: time(this.#nowMs),
      close_time: time(this.#nowMs + 30 * DAY),
      latest_expiration_time: time(this.#nowMs + 37 * DAY),
      status: "active",
      result: "",
      ...row,
    }, false);
  }

  /** Sets fields of an event; one that is undefined goes missing. */
  changeEvent(ticker: string, fields: Partial<EventRow>): void {
    this.#change(this.#event(ticker), { last_updated_ts: this.#stamp(), ...fields });
  }

  /** Sets fields of a market; one that is undefined goes missing. */
  changeMarket(ticker: string, fields: Partial<MarketRow>): void {
    this.#change(this.#market(ticker), { updated_time: this.#stamp(), ...fields });
  }

  /** A trade: price, both sides of the book, volume and open interest move. */
  trade(
    ticker: string,
    { price, contracts = "1.00" }: { price?: string; contracts?: string },
  ): void {
    const { row } = this.#market(ticker);
    const before = typeof row.last_price_dollars === "string" ? row.last_price_dollars : "0.5000";
    // Up a cent, and from the top down again.
    const micro = price === undefined
      ? microDollars(before) % 980_000 + 10_000
      : microDollars(price);
    const [bid, ask] = [Math.max(0, micro - 10_000), Math.min(MICRO_DOLLARS, micro + 10_000)];
    const more = (name: string) => count(hundredths(row[name]) + hundredths(contracts));
    this.changeMarket(ticker, {
      last_price_dollars: dollars(micro),
      yes_bid_dollars: dollars(bid),
      yes_ask_dollars: dollars(ask),
      no_bid_dollars: dollars(MICRO_DOLLARS - ask),
      no_ask_dollars: dollars(MICRO_DOLLARS - bid),
      volume_fp: more("volume_fp"),
      volume_24h_fp: more("volume_24h_fp"),
      open_interest_fp: more("open_interest_fp"),
    });
  }

  /** Opens a market. */
  open(ticker: string): void {
    this.changeMarket(ticker, { status: "active" });
  }

  /** Closes a market now. */
  close(ticker: string): void {
    this.changeMarket(ticker, { status: "closed", close_time: time(this.#nowMs) });
  }

  /** Its result is known, which may be disputed and amended. */
  determine(ticker: string, result: MarketResult, status: MarketStatus = "determined"): void {
    this.changeMarket(ticker, { status, result });
  }

  /** Pays a market out now. A scalar one needs a value, decimal text. */
  settle(ticker: string, result: MarketResult, value?: string): void {
    const paid = value ?? { yes: "1.0000", no: "0.0000", scalar: undefined, "": undefined }[result];
    if (result === "scalar" && paid === undefined) {
      throw new RangeError(`a scalar market needs a value to settle: ${ticker}`);
    }
    this.changeMarket(ticker, {
      status: "finalized",
      result,
      settlement_ts: time(this.#nowMs),
      settlement_value_dollars: paid,
    });
  }

  /**
   * Settles a market that is not settled yet, and moves the cutoff to a second behind its
   * settlement: it becomes historical, with all that settled before it.
   */
  settleAndArchive(ticker: string, result: MarketResult = "yes", value?: string): void {
    const { row } = this.#market(ticker);
    if (row.status !== "finalized") this.settle(ticker, result, value);
    this.setCutoff(Math.max(this.#cutoffMs, timeOf(row.settlement_ts) + 1000));
  }

  /** The clock's time, with as many microseconds as there were changes: no two are the same. */
  #stamp(): string {
    const micros = String(this.revision % 1_000_000).padStart(6, "0");
    return time(this.#nowMs).replace("Z", `.${micros}Z`);
  }

  #change(entry: Entry<MarketRow> | Entry<EventRow>, fields: Record<string, unknown>): void {
    const row: Record<string, unknown> = entry.row;
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) delete row[name];
      else row[name] = value;
    }
    entry.json = undefined;
    this.revision++;
  }

  #market(ticker: string): Entry<MarketRow> {
    const entry = this.#marketOf.get(ticker);
    if (entry === undefined) throw new RangeError(`there is no market ${ticker}`);
    return entry;
  }

  #event(ticker: string): Entry<EventRow> {
    const entry = this.#eventOf.get(ticker);
    if (entry === undefined) throw new RangeError(`there is no event ${ticker}`);
    return entry;
  }

  #putEvent(row: EventRow, isMultivariate: boolean): void {
    const entry = { row, series: row.series_ticker, isMultivariate, json: undefined };
    this.events.push(entry);
    this.#eventOf.set(row.event_ticker, entry);
    this.revision++;
  }

  #putMarket(row: MarketRow, isMultivariate: boolean): void {
    // The series of a market whose event is not there yet is the beginning of its name.
    const series = this.#eventOf.get(row.event_ticker)?.series ?? row.event_ticker.split("-")[0]!;
    const entry = { row, series, isMultivariate, json: undefined };
    this.markets.push(entry);
    this.#marketOf.set(row.ticker, entry);
    const others = this.#marketsIn.get(row.event_ticker);
    if (others === undefined) this.#marketsIn.set(row.event_ticker, [entry]);
    else others.push(entry);
    this.revision++;
  }
}
