/**
 * A client for the tests of the fake of the trade API.
 *
 * @module
 */
import { assertEquals } from "../assert.ts";
import { type FakeKalshi, type FakeKalshiOptions, startFakeKalshi } from "./kalshi.ts";
import type { MarketRow } from "./kalshi_rows.ts";

/** The clock of these fakes. */
export const NOW = Date.parse("2026-09-18T22:00:00Z");

/** Starts one at that moment. */
export function start(options: FakeKalshiOptions = {}): Promise<FakeKalshi> {
  return startFakeKalshi({ now: NOW, ...options });
}

/** What a client sees of a page. */
export interface Seen {
  readonly rows: MarketRow[];
  readonly cursor: unknown;
}

/** Asks for JSON, of whatever form. */
export async function ask(
  kalshi: FakeKalshi,
  target: string,
  status = 200,
): ReturnType<Response["json"]> {
  const response = await fetch(`${kalshi.url}${target}`);
  assertEquals(response.status, status, target);
  return await response.json();
}

/** Follows the cursors, up to some pages. */
export async function scan(kalshi: FakeKalshi, target: string, most = 50): Promise<Seen[]> {
  const pages: Seen[] = [];
  let cursor: unknown = "";
  do {
    const mark = target.includes("?") ? "&" : "?";
    const text = encodeURIComponent(String(cursor));
    const body = await ask(kalshi, `${target}${mark}cursor=${text}`);
    cursor = body.cursor;
    pages.push({ rows: body.markets ?? body.events, cursor });
  } while (cursor && pages.length < most);
  return pages;
}

/** All rows of a scan. */
export async function all(kalshi: FakeKalshi, target: string): Promise<MarketRow[]> {
  return (await scan(kalshi, target)).flatMap(({ rows }) => rows);
}

/** Their tickers. */
export function tickers(rows: readonly { readonly ticker: string }[]): string[] {
  return rows.map(({ ticker }) => ticker);
}
