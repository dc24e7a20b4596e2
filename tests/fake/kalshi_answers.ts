/**
 * The fake's answers, good ones and those with a fault in their pages.
 *
 * @module
 */
import type { Answer } from "./http_server.ts";
import type { ActiveFault } from "./kalshi_active_fault.ts";
import type { FaultKind, PageDraft, Route } from "./kalshi_fault_kinds.ts";
import { failure } from "./kalshi_faults.ts";
import {
  askEvents,
  askHistorical,
  askMarkets,
  BadQuestionError,
  cursorOf,
  type Listing,
  nestedJson,
  type PageOptions,
  sliceOf,
} from "./kalshi_pages.ts";
import { time } from "./kalshi_rows.ts";
import type { World } from "./kalshi_world.ts";

const TYPE = { "content-type": "application/json" };
/** Pages are kept up to this many bytes: a page of 1,000 markets is a megabyte. */
const CACHE_BYTES = 96 * 1024 * 1024;

const LISTS = {
  "/events": askEvents,
  "/markets": askMarkets,
  "/historical/markets": askHistorical,
} as const;

function isList(route: Route): route is keyof typeof LISTS {
  return Object.hasOwn(LISTS, route);
}

/** The route of a path and the ticker in it. */
function routeOf(path: string): { route: Route; ticker: string } | undefined {
  if (path === "/historical/cutoff" || Object.hasOwn(LISTS, path)) {
    return { route: path as Route, ticker: "" };
  }
  const found = /^(\/events|\/markets|\/historical\/markets)\/([^/]+)$/.exec(path);
  return found === null ? undefined : { route: `${found[1]}/*` as Route, ticker: found[2]! };
}

type Kind<Key extends string> = FaultKind & Readonly<Record<Key, unknown>>;

/** Answers questions about a world. */
export class KalshiAnswers {
  /** Faults at work; the first that fits is the one that shows, pages can have several. */
  readonly faults: ActiveFault[] = [];
  readonly #world: World;
  readonly #options: PageOptions;
  readonly #encoder = new TextEncoder();
  readonly #cache = new Map<string, Uint8Array<ArrayBuffer>>();
  #cached = 0;
  #cachedRevision = -1;

  constructor(world: World, options: PageOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** The fault that stands in place of the answer, if any; it has been used then. */
  takeFault(path: string, query: URLSearchParams): Extract<FaultKind, Kind<"run">> | undefined {
    const asked = routeOf(path);
    if (asked === undefined) return undefined;
    const named = [asked.ticker, ...(query.get("tickers") ?? "").split(",")];
    for (const fault of this.faults) {
      if (!("run" in fault.kind) || !fault.fits(asked.route, this.#pageOf(asked.route, query))) {
        continue;
      }
      if (fault.ticker !== undefined && !named.includes(fault.ticker)) continue;
      fault.use();
      return fault.kind;
    }
    return undefined;
  }

  /** The answer without such a fault. */
  answer(path: string, query: URLSearchParams): Answer {
    const asked = routeOf(path);
    if (asked === undefined) return failure(404, "not_found");
    const { route, ticker } = asked;
    try {
      if (isList(route)) return { headers: TYPE, body: this.#page(route, query) };
      const body = this.#single(route, ticker, query);
      return body === undefined ? failure(404, "not_found") : { headers: TYPE, body };
    } catch (error) {
      if (!(error instanceof BadQuestionError)) throw error;
      return failure(400, "bad_request", error.message);
    }
  }

  #single(route: Route, ticker: string, query: URLSearchParams): string | undefined {
    const world = this.#world;
    if (route === "/historical/cutoff") {
      const cutoff = time(world.cutoffMs);
      return JSON.stringify({
        market_settled_ts: cutoff,
        trades_created_ts: cutoff,
        orders_updated_ts: cutoff,
        market_positions_last_updated_ts: cutoff,
      });
    }
    if (route === "/events/*") {
      const event = world.findEvent(ticker);
      if (event === undefined || this.#hides(ticker)) return undefined;
      const nested = nestedJson(world, event);
      if (query.get("with_nested_markets") === "true") return `{"event":${nested}}`;
      const markets = nested.slice(world.json(event).length - 1, -1);
      return `{"event":${world.json(event)}${markets}}`;
    }
    const market = world.findMarket(ticker);
    const isHistorical = route === "/historical/markets/*";
    if (market === undefined || world.isHistorical(market) !== isHistorical) return undefined;
    return `{"market":${world.json(market)}}`;
  }

  #pageOf(route: Route, query: URLSearchParams): number | undefined {
    if (!isList(route)) return undefined;
    try {
      return LISTS[route](this.#world, query, this.#options).page;
    } catch {
      // A bad question; it is answered as such later.
      return undefined;
    }
  }

  /** Whether a fault keeps an event back; does not use the fault up. */
  #hides(event: string): boolean {
    return this.faults.some((fault) =>
      "row" in fault.kind && fault.ticker === event && fault.fits("/events", undefined)
    );
  }

  #page(route: keyof typeof LISTS, query: URLSearchParams): Uint8Array<ArrayBuffer> {
    const world = this.#world;
    const listing = LISTS[route](world, query, this.#options);
    const faults = this.faults.filter((fault) => fault.fits(route, listing.page));
    for (const fault of faults) {
      if (!("happen" in fault.kind)) continue;
      const [first] = sliceOf(listing, listing.start, 1).rows;
      const ticker = fault.ticker ?? (first && JSON.parse(first).ticker);
      if (ticker === undefined) continue;
      fault.use();
      fault.kind.happen(world, ticker);
    }
    if (faults.some(({ kind }) => "row" in kind || "change" in kind || "more" in kind)) {
      return this.#encoder.encode(faultyPage(listing, faults));
    }
    if (this.#cachedRevision !== world.revision) this.#forget();
    const key = `${route}?${query}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const { rows, next } = sliceOf(listing, listing.start, listing.limit);
    const cursor = next === undefined ? "" : cursorOf(listing, listing.page + 1, next);
    const bytes = this.#encoder.encode(pageJson(listing, rows, cursor));
    if (this.#cached + bytes.length > CACHE_BYTES) this.#forget();
    this.#cached += bytes.length;
    this.#cache.set(key, bytes);
    return bytes;
  }

  #forget(): void {
    this.#cache.clear();
    this.#cached = 0;
    this.#cachedRevision = this.#world.revision;
  }
}

function pageJson(
  { field }: Listing,
  rows: readonly string[],
  cursor: PageDraft["cursor"],
): string {
  const end = cursor === undefined ? "" : `,"cursor":${JSON.stringify(cursor)}`;
  return `{"${field}":[${rows.join(",")}]${end}}`;
}

/** A page with all its faults; each that shows is used up by one. */
function faultyPage(listing: Listing, faults: readonly ActiveFault[]): string {
  const { page, start, limit, places } = listing;
  const more = faults.reduce((sum, { kind }) => sum + ("more" in kind ? kind.more ?? 0 : 0), 0);
  const { rows, next } = sliceOf(listing, start, limit + more);
  const draft: PageDraft = {
    rows,
    cursor: next === undefined ? "" : cursorOf(listing, page + 1, next),
    asked: listing.cursor,
    second: () => cursorOf(listing, 2, sliceOf(listing, 0, limit).next ?? places),
    here: cursorOf(listing, page + 1, start),
    beyond: cursorOf(listing, page + 1, places),
    first: () => sliceOf(listing, 0, 1).rows[0],
  };
  for (const fault of faults) {
    const { kind } = fault;
    if ("row" in kind) changeRow(draft, fault, kind.row);
    if (!("change" in kind || "more" in kind)) continue;
    const before = JSON.stringify([draft.rows.length, draft.cursor]);
    kind.change?.(draft);
    if ("more" in kind || JSON.stringify([draft.rows.length, draft.cursor]) !== before) fault.use();
  }
  return pageJson(listing, draft.rows, draft.cursor);
}

function changeRow(
  draft: PageDraft,
  fault: ActiveFault,
  change: (row: Record<string, unknown>) => Record<string, unknown> | undefined,
): void {
  for (const [i, json] of draft.rows.entries()) {
    const row = JSON.parse(json);
    if (fault.ticker !== undefined && ![row.ticker, row.event_ticker].includes(fault.ticker)) {
      continue;
    }
    const changed = change(row);
    draft.rows.splice(i, 1, ...(changed === undefined ? [] : [JSON.stringify(changed)]));
    fault.use();
    return;
  }
}
