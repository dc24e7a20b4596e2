/**
 * Shared by the tests of the CSV source: temporary files, requests, and collecting what a run
 * delivers.
 *
 * @module
 */
import { SourceError } from "../../../src/base/errors.ts";
import { csv } from "../../../src/sources/csv/source.ts";
import type { PriceRow, Reject } from "../../../src/model/prices.ts";
import type { Selection, SourceRequest, SourceRun } from "../../../src/sources/source.ts";

import { assert, assertRejects } from "../../assert.ts";
import { type Judged, judged } from "../judged.ts";
import { makeTempFolder, removeFolder } from "../../paths.ts";

/** A folder that is removed at the end of the block. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await makeTempFolder("csv_source_");
  return { path, [Symbol.asyncDispose]: () => removeFolder(path) };
}

/** A request for everything in some files. */
export function requestFor(
  files: readonly string[],
  over: Partial<SourceRequest> = {},
): SourceRequest {
  return {
    files,
    tickers: null,
    from: null,
    to: null,
    signal: new AbortController().signal,
    ...over,
  };
}

/** All that a run delivered for one ticker. */
export interface Delivered {
  readonly prices: readonly PriceRow[];
  readonly rejects: readonly Reject[];
  readonly judged: Judged;
  readonly sha256: string | undefined;
}

/** Fetches one ticker to the end. */
export async function deliver(run: SourceRun, ticker: string): Promise<Delivered> {
  const delivered: Delivered[] = [];
  for await (const batch of run.fetch(ticker)) {
    const { prices, rejects, payloadSha256 } = batch;
    delivered.push({ prices, rejects, judged: judged(batch), sha256: payloadSha256 });
  }
  const [one, ...more] = delivered;
  assert(one !== undefined && more.length === 0);
  return one;
}

/** What a file brings. */
export interface Read {
  readonly run: SourceRun;
  readonly byTicker: Record<string, Delivered>;
}

/** Writes files, opens them all, in the order given, and fetches every ticker. */
export async function read(
  contents: string | Uint8Array | readonly (string | Uint8Array)[],
  over: Partial<SourceRequest> = {},
): Promise<Read> {
  await using folder = await temporaryFolder();
  const all = typeof contents === "string" || contents instanceof Uint8Array
    ? [contents]
    : contents;
  const paths: string[] = [];
  for (const [index, content] of all.entries()) {
    const path = `${folder.path}/f${index}.csv`;
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    paths.push(path);
  }
  await using run = await csv.open(requestFor(paths, over));
  const byTicker: Record<string, Delivered> = {};
  for (const ticker of run.tickers) byTicker[ticker] = await deliver(run, ticker);
  return { run, byTicker };
}

/** What refuses a file of the ticker AAA. */
export async function refusal(text: string, selection?: Selection): Promise<SourceError> {
  return await assertRejects(() => read(text, { tickers: ["AAA"], selection }), SourceError);
}

/** A row with a close alone. */
export function row(date: string, close: number, over: Partial<PriceRow> = {}): PriceRow {
  return { date, open: null, high: null, low: null, close, adjClose: null, volume: null, ...over };
}
