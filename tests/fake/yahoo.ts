/**
 * A fake of the chart service: invented prices, and every fault that the real one is known for.
 * See README.md beside this file for what it answers.
 *
 * @module
 */
import { type HttpRequest, type Reply, startHttpServer } from "./http_server.ts";
import {
  barsIn,
  chartBody,
  type ChartResult,
  chartResult,
  errorBody,
  type Window,
} from "./yahoo_chart.ts";
import { type Fault, type FaultName, faultNamed, faultOf } from "./yahoo_faults.ts";
import { TYPES } from "./yahoo_faults_http.ts";
import { History, type Told } from "./yahoo_history.ts";
import {
  closingOf,
  DAY_SECONDS,
  lastDay,
  type Market,
  marketOf,
  offsetAt,
} from "./yahoo_market.ts";

/** A request for a chart, as it came. */
export interface ChartRequest {
  /** In upper case. */
  readonly symbol: string;
  /** Seconds since 1970; `NaN` where it was no number. */
  readonly period1: number;
  /** Seconds since 1970; `NaN` where it was no number. */
  readonly period2: number;
  /** What the client sent. */
  readonly headers: Headers;
  /** Path and query. */
  readonly target: string;
  /** When it came, by the machine's clock: milliseconds since 1970. */
  readonly atMs: number;
}

/** How the fake is to be. */
export interface FakeYahooOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** How long each answer is held back. Default 0. */
  readonly latencyMs?: number;
  /** The fake's clock, milliseconds since 1970. Default `Date.now`. */
  readonly now?: number | (() => number);
  /** How much history there is. Default 25. */
  readonly years?: number;
  /** Called when a request has come; its answer waits until this resolves. */
  readonly onRequest?: (request: ChartRequest) => Promise<void> | void;
  /** Faults of symbols whose name asks for none, or for another. */
  readonly faults?: Readonly<Record<string, FaultName | Fault>>;
  /** What `Retry-After` says where a fault sends it. Default 2. */
  readonly retryAfterSeconds?: number;
}

/** Changes an answer. @param today `YYYY-MM-DD`. */
export type Change = (result: ChartResult, today: string) => void;

/** A running fake. */
export interface FakeYahoo extends AsyncDisposable {
  /** What `YAHOO_BASE_URL` is to be. */
  readonly url: string;
  /** All requests for charts so far. */
  readonly requests: readonly ChartRequest[];
  /** How many requests there were for a symbol. */
  count(symbol: string): number;
  /** From now on it is the evening of that day, 21:30 UTC: all stock exchanges of the fake have closed. */
  setToday(date: string): void;
  /** A split from that trading day on: every earlier bar is rescaled, as soon as that day has come. */
  addSplit(symbol: string, date: string, numerator: number, denominator: number, told?: Told): void;
  /** A dividend with that ex-date: every earlier adjusted close changes, as soon as that day has come. */
  addDividend(symbol: string, date: string, amount: number, told?: Told): void;
  /** A session that shows from another day on only. */
  addLateSession(symbol: string, date: string, shown: string): void;
  /** Corrects the close of a day. */
  setClose(symbol: string, date: string, close: number): void;
  /** Changes each answer for a symbol, by the day it is; undefined takes the change back. */
  setChange(symbol: string, change: Change | undefined): void;
  /** Gives a symbol a fault, or takes it away; `after` and `times` count from now. */
  setFault(symbol: string, fault: FaultName | Fault | undefined): void;
}

/** Good answers are kept up to this many characters, since 25 years take 20 ms to write. */
const CACHE_CHARACTERS = 96 * 1024 * 1024;

interface Symbol {
  readonly name: string;
  readonly market: Market;
  readonly history: History;
  requests: number;
  fault: Fault | undefined;
  change?: Change | undefined;
}

class Fake {
  readonly requests: ChartRequest[] = [];
  readonly timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #options: FakeYahooOptions;
  readonly #symbols = new Map<string, Symbol>();
  readonly #cache = new Map<string, string>();
  readonly #firstMs: number;
  #cached = 0;
  #todayMs: number | undefined;

  constructor(options: FakeYahooOptions) {
    this.#options = options;
    this.#firstMs = this.nowMs() - (options.years ?? 25) * 365.25 * DAY_SECONDS * 1000;
  }

  nowMs(): number {
    const { now = Date.now } = this.#options;
    return this.#todayMs ?? (typeof now === "number" ? now : now());
  }

  setToday(date: string): void {
    const ms = Date.parse(`${date}T21:30:00Z`);
    if (Number.isNaN(ms)) {
      throw new RangeError(`a date must be YYYY-MM-DD: current value is ${date}`);
    }
    this.#todayMs = ms;
  }

  symbol(name: string): Symbol {
    let symbol = this.#symbols.get(name);
    if (symbol !== undefined) return symbol;
    const market = marketOf(name);
    const history = new History(name, market, lastDay(market, this.#firstMs / 1000));
    const given = this.#options.faults?.[name];
    const fault = typeof given === "string" ? { fault: given } : given ?? faultOf(name);
    symbol = { name, market, history, requests: 0, fault };
    this.#symbols.set(name, symbol);
    if (fault?.fault === "SPLIT") history.addSplit("2021-06-01", 4, 1);
    return symbol;
  }

  async answer(request: HttpRequest, reply: Reply): Promise<void> {
    const name = /^\/v8\/finance\/chart\/([^/]+)$/.exec(request.path)?.[1];
    if (name === undefined) {
      const description = "HTTP 404 Not Found";
      return reply.send(failure(404, errorBody("Not Found", description, "finance")));
    }
    const symbol = this.symbol(decodeURIComponent(name).toUpperCase());
    const window: Window = {
      period1: seconds(request.query.get("period1")),
      period2: seconds(request.query.get("period2")),
      events: request.query.get("events") ?? "",
    };
    const { period1, period2 } = window;
    const { headers, target } = request;
    const seen = { symbol: symbol.name, period1, period2, headers, target, atMs: Date.now() };
    this.requests.push(seen);
    // Taken before any waiting: the first of two that come together is the first.
    const turn = ++symbol.requests;
    const { after = 0, times = Infinity } = symbol.fault ?? {};
    const fault = turn > after && turn <= after + times ? symbol.fault?.fault : undefined;
    await this.#options.onRequest?.(seen);
    if (this.#options.latencyMs) await this.#delay(this.#options.latencyMs);
    const what = fault === undefined ? undefined : faultNamed(fault);
    if (what !== undefined && "run" in what) {
      return await what.run({
        request,
        reply,
        body: () => chartBody(this.#result(symbol, window)),
        nowMs: this.nowMs(),
        retryAfterSeconds: this.#options.retryAfterSeconds ?? 2,
      });
    }
    const refusal = refusalOf(request.query.get("interval"), window);
    if (refusal !== undefined) return await reply.send(refusal);
    if (what === undefined && symbol.change === undefined) {
      return await reply.send({ headers: TYPES.json, body: this.#body(symbol, window) });
    }
    const result = this.#result(symbol, window);
    if (fault === "LATEST") this.#appendLatest(symbol, window, result);
    what?.change?.(result);
    symbol.change?.(result, new Date(this.nowMs()).toISOString().slice(0, 10));
    await reply.send({ headers: TYPES.json, body: (what?.write ?? chartBody)(result) });
  }

  #result({ name, history, market }: Symbol, window: Window): ChartResult {
    return chartResult(name, history, market, window, this.nowMs() / 1000);
  }

  /** The good answer, from the cache where it was asked for before and nothing has changed since. */
  #body(symbol: Symbol, window: Window): string {
    const { name, market, history } = symbol;
    const now = this.nowMs() / 1000;
    // Nothing in an answer is later than this, so all windows that end behind it are one.
    const latest = Math.floor(Math.min(now, closingOf(market, lastDay(market, now))));
    const end = Math.min(window.period2, latest + 1);
    const offset = offsetAt(market.zone, now);
    const { period1, events } = window;
    const key = [name, history.revision, latest, offset, period1, end, events].join(" ");
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const body = chartBody(this.#result(symbol, window));
    this.#cached += body.length;
    if (this.#cached > CACHE_CHARACTERS) {
      this.#cache.clear();
      this.#cached = body.length;
    }
    this.#cache.set(key, body);
    return body;
  }

  #appendLatest({ history, market }: Symbol, window: Window, result: ChartResult): void {
    const all = { period1: window.period1, period2: Infinity };
    const last = barsIn(history, market, all, this.nowMs() / 1000).at(-1);
    if (last === undefined || last.stamp < window.period2) return;
    const { quote: [quote], adjclose } = result.indicators;
    (result.timestamp ??= []).push(last.stamp);
    for (const name of ["open", "high", "low", "close", "volume"] as const) {
      (quote[name] ??= []).push(last[name]);
    }
    if (adjclose !== undefined) (adjclose[0].adjclose ??= []).push(last.adjclose);
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

function seconds(text: string | null): number {
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : NaN;
}

function failure(status: number, body: string) {
  return { status, headers: TYPES.json, body };
}

/** What the service says to a question that makes no sense. */
function refusalOf(interval: string | null, { period1, period2 }: Window) {
  if ((interval ?? "1d") !== "1d") {
    const description = `Invalid input - interval=${interval} is not supported. ` +
      "Valid intervals: [1d]";
    return failure(422, errorBody("Unprocessable Entity", description));
  }
  if (!(period1 <= period2)) {
    const description = "Invalid input - start date cannot be after end date. " +
      `startDate = ${period1}, endDate = ${period2}`;
    return failure(400, errorBody("Bad Request", description));
  }
  return undefined;
}

/** Starts the fake on 127.0.0.1. Dispose it with `await using`; that ends every connection. */
export async function startFakeYahoo(options: FakeYahooOptions = {}): Promise<FakeYahoo> {
  const fake = new Fake(options);
  const server = await startHttpServer(
    (request, reply) => fake.answer(request, reply),
    options.port === undefined ? {} : { port: options.port },
  );
  const named = (symbol: string) => fake.symbol(symbol.toUpperCase());
  return {
    url: server.url,
    requests: fake.requests,
    count: (symbol) => named(symbol).requests,
    setToday: (date) => fake.setToday(date),
    addSplit: (symbol, date, numerator, denominator, told) =>
      named(symbol).history.addSplit(date, numerator, denominator, told),
    addDividend: (symbol, date, amount, told) =>
      named(symbol).history.addDividend(date, amount, told),
    addLateSession: (symbol, date, shown) => named(symbol).history.addLateSession(date, shown),
    setClose: (symbol, date, close) => named(symbol).history.setClose(date, close),
    setChange: (symbol, change) => void (named(symbol).change = change),
    setFault: (name, fault) => {
      const symbol = named(name);
      const { after = 0, ...rest } = typeof fault === "string" ? { fault } : fault ?? {};
      symbol.fault = "fault" in rest ? { ...rest, after: symbol.requests + after } : undefined;
    },
    [Symbol.asyncDispose]: async () => {
      try {
        await server[Symbol.asyncDispose]();
      } finally {
        for (const timer of fake.timers) clearTimeout(timer);
      }
    },
  };
}
