/**
 * A fake of the public part of Kalshi's trade API, version 2: invented events and markets, and what
 * a client has to expect from such a service. See README.md beside this file for what it answers,
 * where that is known from, and for the table of faults.
 *
 * @module
 */
import { type HttpRequest, type Reply, startHttpServer } from "./http_server.ts";
import { ActiveFault, type KalshiFault } from "./kalshi_active_fault.ts";
import { KalshiAnswers } from "./kalshi_answers.ts";
import type { KalshiFaultName } from "./kalshi_faults.ts";
import type { EventRow, MarketResult, MarketRow } from "./kalshi_rows.ts";
import { World } from "./kalshi_world.ts";

/** A request, as it came. */
export interface KalshiRequest {
  /** Without `/trade-api/v2`: `/markets/KXFED-E00002-T0`. */
  readonly path: string;
  /** Unescaped. */
  readonly query: URLSearchParams;
  /** What the client sent. */
  readonly headers: Headers;
  /** When it came, by the machine's clock: milliseconds since 1970. */
  readonly atMs: number;
}

/** How the fake is to be. */
export interface FakeKalshiOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** How many events `/events` has. Default 50. */
  readonly events?: number;
  /** Default 4. */
  readonly marketsPerEvent?: number;
  /** Events with one market each that `/events` does not list; `mve_filter` is about them. Default 3. */
  readonly multivariate?: number;
  /** Other prices, times and results. Default 1. */
  readonly seed?: number;
  /** How long each answer is held back. Default 0. */
  readonly latencyMs?: number;
  /** The fake's clock, milliseconds since 1970; stands still until `setNow`. Default: now. */
  readonly now?: number;
  /** No page has more rows, whatever limit is asked. Default: the service's own limits. */
  readonly pageLimit?: number;
  /** Called when a request has come; its answer is made when this has resolved. */
  readonly onRequest?: (request: KalshiRequest) => Promise<void> | void;
  /** Faults from the beginning. */
  readonly faults?: readonly (KalshiFault | KalshiFaultName)[];
}

/** A running fake. A ticker that there is not is a RangeError in all methods. */
export interface FakeKalshi extends AsyncDisposable {
  /** What `KALSHI_BASE_URL` is to be: ends with `/trade-api/v2`. */
  readonly url: string;
  /** All requests so far. */
  readonly requests: readonly KalshiRequest[];
  /** All markets as they are, whether listed or not. Not to be changed. */
  readonly markets: readonly Readonly<MarketRow>[];
  /** All events as they are. Not to be changed. */
  readonly events: readonly Readonly<EventRow>[];
  /** How many requests there were for a path, or for all of `/markets/*`. */
  count(path: string): number;
  /** A market as it is. */
  market(ticker: string): Readonly<MarketRow>;
  /** A trade: price (default a cent more), contracts (decimal text, default one). */
  trade(ticker: string, trade?: { price?: string; contracts?: string }): void;
  /** Opens a market, also one that was closed or paused. */
  open(ticker: string): void;
  /** Closes a market at the fake's now. */
  close(ticker: string): void;
  /** The result is known; not yet paid. */
  determine(ticker: string, result: MarketResult): void;
  /** Paid out at the fake's now. `scalar` needs a value, decimal text. */
  settle(ticker: string, result: MarketResult, value?: string): void;
  /** Settles it if need be, and moves the cutoff behind it: all that settled before is historical too. */
  settleAndArchive(ticker: string, result?: MarketResult, value?: string): void;
  /** Adds an event at the end of the list. */
  addEvent(row: EventRow): void;
  /** Adds a market at the end of the list, active if not said otherwise; its event need not exist. */
  addMarket(row: Partial<MarketRow> & { ticker: string; event_ticker: string }): void;
  /** Sets fields of a market; undefined takes one away. `updated_time` moves by itself. */
  changeMarket(ticker: string, fields: Partial<MarketRow>): void;
  /** Sets fields of an event; undefined takes one away. `last_updated_ts` moves by itself. */
  changeEvent(ticker: string, fields: Partial<EventRow>): void;
  /** Sets the clock, milliseconds since 1970: markets open and close by it. */
  setNow(ms: number): void;
  /** Moves the cutoff, milliseconds since 1970. */
  setCutoff(ms: number): void;
  /** Adds a fault; `times` counts from now. */
  addFault(fault: KalshiFault | KalshiFaultName): void;
  /** Takes all faults away. */
  clearFaults(): void;
}

const PREFIX = "/trade-api/v2";

class Fake {
  readonly requests: KalshiRequest[] = [];
  readonly timers = new Set<ReturnType<typeof setTimeout>>();
  readonly world: World;
  readonly answers: KalshiAnswers;
  readonly #options: FakeKalshiOptions;

  constructor(options: FakeKalshiOptions) {
    const { events = 50, marketsPerEvent = 4, multivariate = 3, seed = 1, pageLimit } = options;
    for (const [name, value] of Object.entries({ events, marketsPerEvent, multivariate })) {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new RangeError(`${name} must be an integer from 0: current value is ${value}`);
      }
    }
    const nowMs = options.now ?? Date.now();
    this.#options = options;
    this.world = new World({ events, marketsPerEvent, multivariate, seed, nowMs });
    this.answers = new KalshiAnswers(this.world, pageLimit === undefined ? {} : { pageLimit });
    for (const fault of options.faults ?? []) this.addFault(fault);
  }

  addFault(fault: KalshiFault | KalshiFaultName): void {
    this.answers.faults.push(new ActiveFault(typeof fault === "string" ? { fault } : fault));
  }

  async answer(request: HttpRequest, reply: Reply): Promise<void> {
    const { query, headers } = request;
    if (!request.path.startsWith(`${PREFIX}/`)) {
      return await reply.send({ status: 404, body: "404 page not found\n" });
    }
    const path = decodeURIComponent(request.path.slice(PREFIX.length));
    const seen = { path, query, headers, atMs: Date.now() };
    this.requests.push(seen);
    // Taken before any waiting: the first of two that come together is the first.
    const fault = this.answers.takeFault(path, query);
    await this.#options.onRequest?.(seen);
    if (this.#options.latencyMs) await this.#delay(this.#options.latencyMs);
    const good = () => this.answers.answer(path, query);
    if (fault !== undefined) return await fault.run(reply, () => bytesOf(good().body));
    await reply.send(request.method === "GET" ? good() : { status: 405 });
  }

  async #delay(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      resolve();
    }, ms);
    this.timers.add(timer);
    await promise;
  }
}

function bytesOf(body: string | Uint8Array<ArrayBuffer> = ""): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}

/** Starts the fake on 127.0.0.1. Dispose it with `await using`; that ends every connection. */
export async function startFakeKalshi(options: FakeKalshiOptions = {}): Promise<FakeKalshi> {
  const fake = new Fake(options);
  const { world } = fake;
  const server = await startHttpServer(
    (request, reply) => fake.answer(request, reply),
    options.port === undefined ? {} : { port: options.port },
  );
  return {
    url: `${server.url}${PREFIX}`,
    requests: fake.requests,
    get markets() {
      return world.markets.map(({ row }) => row);
    },
    get events() {
      return world.events.map(({ row }) => row);
    },
    count: (path) =>
      fake.requests.filter((request) =>
        request.path === path ||
        (path.endsWith("/*") && request.path.startsWith(path.slice(0, -1)))
      ).length,
    market: (ticker) => {
      const entry = world.findMarket(ticker);
      if (entry === undefined) throw new RangeError(`there is no market ${ticker}`);
      return structuredClone(entry.row);
    },
    trade: (ticker, trade = {}) => world.trade(ticker, trade),
    open: (ticker) => world.open(ticker),
    close: (ticker) => world.close(ticker),
    determine: (ticker, result) => world.determine(ticker, result),
    settle: (ticker, result, value) => world.settle(ticker, result, value),
    settleAndArchive: (ticker, result, value) => world.settleAndArchive(ticker, result, value),
    addEvent: (row) => world.addEvent(row),
    addMarket: (row) => world.addMarket(row),
    changeMarket: (ticker, fields) => world.changeMarket(ticker, fields),
    changeEvent: (ticker, fields) => world.changeEvent(ticker, fields),
    setNow: (ms) => world.setNow(ms),
    setCutoff: (ms) => world.setCutoff(ms),
    addFault: (fault) => fake.addFault(fault),
    clearFaults: () => void (fake.answers.faults.length = 0),
    [Symbol.asyncDispose]: async () => {
      try {
        await server[Symbol.asyncDispose]();
      } finally {
        for (const timer of fake.timers) clearTimeout(timer);
      }
    },
  };
}
