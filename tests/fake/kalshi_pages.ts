/**
 * What a question asks for: filters, limits, cursors, and the rows of one page.
 *
 * @module
 */
import {
  type EventRow,
  hashOf,
  type MarketRow,
  type MarketStatus,
  STATUS_FILTERS,
  timeOf,
} from "./kalshi_rows.ts";
import type { Entry, World } from "./kalshi_world.ts";

/** A question that makes no sense; answered with 400. */
export class BadQuestionError extends Error {
  override readonly name = "BadQuestionError";
}

/** Rows that a question asks for, in the order of their pages. */
export interface Listing {
  /** The field of the answer that has the rows. */
  readonly field: "events" | "markets";
  /** How many places there are; cursors count them. */
  readonly places: number;
  /** The row at a place as JSON, or undefined where it was not asked for. */
  row(place: number): string | undefined;
  /** Rows on a page. */
  readonly limit: number;
  /** Which page this is, from 1. */
  readonly page: number;
  /** The first place of the page. */
  readonly start: number;
  /** The cursor that was sent, or empty. */
  readonly cursor: string;
  /** Stands for the filters; a cursor is of use only with the same. */
  readonly filters: string;
}

/** Rows of a page and where the next one begins. */
export interface Slice {
  readonly rows: string[];
  /** Undefined at the end. */
  readonly next: number | undefined;
}

/** The rows from a place on. */
export function sliceOf(listing: Listing, start: number, limit: number): Slice {
  const rows: string[] = [];
  for (let place = start; place < listing.places; place++) {
    const row = listing.row(place);
    if (row === undefined) continue;
    if (rows.length === limit) return { rows, next: place };
    rows.push(row);
  }
  return { rows, next: undefined };
}

/** Its base64 is `+/+/`: a client that does not escape a cursor is found out. */
const CURSOR_START = "\xfb\xff\xbf";

/** A cursor for a page that begins at a place. */
export function cursorOf({ filters }: Listing, page: number, start: number): string {
  return btoa(`${CURSOR_START}${page}.${start}.${filters}`);
}

function readCursor(cursor: string, filters: string): { page: number; start: number } {
  if (cursor === "") return { page: 1, start: 0 };
  try {
    const text = atob(cursor);
    const [page, start, same] = text.slice(CURSOR_START.length).split(".");
    if (text.startsWith(CURSOR_START) && same === filters) {
      return { page: Number(page), start: Number(start) };
    }
  } catch {
    // No base64.
  }
  throw new BadQuestionError("invalid cursor");
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new BadQuestionError(`${name} must be an integer`);
  return Number(text);
}

/** How many rows a page of each list has by default and at most. */
const LIMITS = { events: [200, 200], markets: [100, 1000] } as const;

/** What the service's own options allow beyond that. */
export interface PageOptions {
  /** No page has more rows, whatever is asked. */
  readonly pageLimit?: number;
}

function paging(
  path: string,
  field: Listing["field"],
  query: URLSearchParams,
  options: PageOptions,
) {
  const [byDefault, most] = LIMITS[field];
  const asked = integer(query, "limit") ?? byDefault;
  if (asked < 1 || asked > most) throw new BadQuestionError(`limit must be 1 to ${most}`);
  const rest = [...query].filter(([name]) => name !== "limit" && name !== "cursor").sort();
  const filters = hashOf(path, ...rest.flat()).toString(36);
  const cursor = query.get("cursor") ?? "";
  const limit = Math.min(asked, options.pageLimit ?? most);
  return { limit, cursor, filters, ...readCursor(cursor, filters) };
}

/** A filter's word, checked against those that the list knows. */
function statusWord(query: URLSearchParams, words: readonly string[]): string | undefined {
  const word = query.get("status") || undefined;
  if (word !== undefined && !words.includes(word)) {
    throw new BadQuestionError(`status must be one of ${words.join(", ")}`);
  }
  return word;
}

/** Which field a time filter looks at, and which states it goes together with. */
const TIME_FILTERS: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  created: ["created_time", ["unopened", "open"]],
  close: ["close_time", ["closed"]],
  settled: ["settlement_ts", ["settled"]],
  updated: ["updated_time", []],
};

type Test = (entry: Entry<MarketRow>) => boolean;

/** At most one pair of time filters, and only beside the states that it goes with. */
function timeTest(query: URLSearchParams, status: string | undefined): Test | undefined {
  let test: Test | undefined;
  for (const [name, [field, states]] of Object.entries(TIME_FILTERS)) {
    const min = integer(query, `min_${name}_ts`);
    const max = name === "updated" ? undefined : integer(query, `max_${name}_ts`);
    if (min === undefined && max === undefined) continue;
    if (test !== undefined || (status !== undefined && !states.includes(status))) {
      throw new BadQuestionError(`${name} time filters do not go with the other filters`);
    }
    test = ({ row }) => {
      const seconds = timeOf(row[field]) / 1000;
      return seconds >= (min ?? 0) && seconds <= (max ?? Infinity);
    };
  }
  return test;
}

/** Filters that name markets: all lists of markets have them. */
function namingTests(query: URLSearchParams): Test[] {
  const tests: Test[] = [];
  const [event, series] = [query.get("event_ticker"), query.get("series_ticker")];
  const tickers = query.get("tickers");
  if (event) tests.push(({ row }) => row.event_ticker === event);
  if (series) tests.push((entry) => entry.series === series);
  if (tickers) {
    const wanted = new Set(tickers.split(","));
    tests.push(({ row }) => wanted.has(row.ticker));
  }
  return tests;
}

function multivariateTest(query: URLSearchParams, words: readonly string[]): Test[] {
  const word = query.get("mve_filter");
  if (!word) return [];
  if (!words.includes(word)) {
    throw new BadQuestionError(`mve_filter must be one of ${words.join(", ")}`);
  }
  return [({ isMultivariate }) => isMultivariate === (word === "only")];
}

function listMarkets(
  world: World,
  tests: readonly Test[],
  pages: ReturnType<typeof paging>,
): Listing {
  return {
    ...pages,
    field: "markets",
    places: world.markets.length,
    row(place) {
      const entry = world.markets[place]!;
      return tests.every((test) => test(entry)) ? world.json(entry) : undefined;
    },
  };
}

/** `/markets`. */
export function askMarkets(world: World, query: URLSearchParams, options: PageOptions): Listing {
  const word = statusWord(query, Object.keys(STATUS_FILTERS));
  const tests = [...namingTests(query), ...multivariateTest(query, ["exclude", "only"])];
  const states: readonly MarketStatus[] | undefined = STATUS_FILTERS[word ?? ""];
  if (states !== undefined) tests.push(({ row }) => states.includes(row.status));
  const inTime = timeTest(query, word);
  if (inTime !== undefined) tests.push(inTime);
  tests.push((entry) => !world.isHistorical(entry));
  return listMarkets(world, tests, paging("/markets", "markets", query, options));
}

/** `/historical/markets`. */
export function askHistorical(world: World, query: URLSearchParams, options: PageOptions): Listing {
  const naming = namingTests(query);
  if (naming.length > 1) {
    throw new BadQuestionError("tickers, event_ticker and series_ticker exclude each other");
  }
  const tests = [...naming, ...multivariateTest(query, ["exclude"])];
  tests.push((entry) => world.isHistorical(entry));
  return listMarkets(world, tests, paging("/historical/markets", "markets", query, options));
}

/** Which word of the filter an event answers to: that of its most lively market. */
function eventWord(markets: readonly Entry<MarketRow>[]): string {
  const states = new Set(markets.map(({ row }) => row.status));
  if (states.has("active") || states.has("inactive")) return "open";
  if (states.has("initialized") || states.size === 0) return "unopened";
  return states.size === 1 && states.has("finalized") ? "settled" : "closed";
}

/** An event's JSON with the markets that are not historical in it. */
export function nestedJson(world: World, event: Entry<EventRow>): string {
  const markets = world.marketsIn(event.row.event_ticker)
    .filter((market) => !world.isHistorical(market))
    .map((market) => world.json(market));
  return `${world.json(event).slice(0, -1)},"markets":[${markets.join(",")}]}`;
}

/** `/events`. Multivariate events are not on it. */
export function askEvents(world: World, query: URLSearchParams, options: PageOptions): Listing {
  const word = statusWord(query, ["unopened", "open", "closed", "settled"]);
  const series = query.get("series_ticker");
  const isNested = query.get("with_nested_markets") === "true";
  return {
    ...paging("/events", "events", query, options),
    field: "events",
    places: world.events.length,
    row(place) {
      const entry = world.events[place]!;
      if (entry.isMultivariate || (series && entry.series !== series)) return undefined;
      if (word !== undefined && eventWord(world.marketsIn(entry.row.event_ticker)) !== word) {
        return undefined;
      }
      return isNested ? nestedJson(world, entry) : world.json(entry);
    },
  };
}
