/**
 * Files and requests for the COTAHIST tests.
 *
 * @module
 */
import {
  encodeHeader,
  encodeQuote,
  encodeTrailer,
  type QuoteFields,
} from "../../../docs/examples/generate_cotahist.ts";
import {
  type CotahistOptions,
  createCotahistSource,
} from "../../../src/sources/cotahist/source.ts";
import type { Batch, SourceRequest, SourceRun } from "../../../src/sources/source.ts";
import { assertExists } from "../../assert.ts";
import { concat } from "./zip_writer.ts";
import { makeTempFolder, removeFolder } from "../../paths.ts";

export { concat } from "./zip_writer.ts";

/** A quote with everything filled in: 1,234.56 on 2024-01-02. */
export const QUOTE: QuoteFields = {
  date: "20240102",
  bdi: "02",
  ticker: "AAAA3",
  market: "010",
  name: "EXEMPLO A",
  open: 1000,
  high: 1100,
  low: 900,
  close: 1050,
  volume: 4200,
};

/** A quote that differs from {@linkcode QUOTE} in some fields. */
export function quote(changes: Partial<QuoteFields> = {}): Uint8Array {
  return encodeQuote({ ...QUOTE, ...changes });
}

/** A quote with some bytes replaced; `first` counts from 1 as in the layout. */
export function patched(
  first: number,
  text: string,
  changes: Partial<QuoteFields> = {},
): Uint8Array {
  const bytes = quote(changes);
  for (let i = 0; i < text.length; i++) bytes[first - 1 + i] = text.charCodeAt(i);
  return bytes;
}

/** A whole file around records, with a true trailer unless another count is given. */
export function fileOf(records: readonly Uint8Array[], count?: number): Uint8Array<ArrayBuffer> {
  return concat([
    encodeHeader("2024", "20240115"),
    ...records,
    encodeTrailer("2024", "20240115", count ?? records.length + 2),
  ]);
}

/** Latin-1 text as bytes. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (each) => each.charCodeAt(0));
}

/** Runs with a folder that holds these files, and removes it. */
export async function withFiles<T>(
  files: Readonly<Record<string, Uint8Array>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeTempFolder("tickerlock_");
  try {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    return await use(folder);
  } finally {
    await removeFolder(folder);
  }
}

/** A request for everything in the cash market. */
export function request(
  files: readonly string[],
  changes: Partial<SourceRequest> = {},
): SourceRequest {
  return {
    files,
    tickers: null,
    from: null,
    to: null,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** The one batch of a ticker. */
export async function batchOf(run: SourceRun, ticker: string): Promise<Batch> {
  let found: (Batch & { readonly places: readonly unknown[] }) | undefined;
  for await (const { placeOf, ...batch } of run.fetch(ticker)) {
    // Asked for every row, and at once, as the contract says; a function equals no other.
    const places = batch.prices.map((_, index) => placeOf?.(index));
    found = { ...batch, places };
  }
  assertExists(found);
  return found;
}

/** All that a run delivers, by ticker, in the order given or in its own. */
export async function batchesOf(
  run: SourceRun,
  order: readonly string[] = run.tickers,
): Promise<Map<string, Batch>> {
  const batches = new Map<string, Batch>();
  for (const ticker of order) batches.set(ticker, await batchOf(run, ticker));
  return batches;
}

/** Opens one file with these bytes and calls `use` while it is there. */
export function withRun<T>(
  bytes: Uint8Array,
  use: (run: SourceRun, path: string) => Promise<T>,
  changes: Partial<SourceRequest> = {},
  options: CotahistOptions = {},
): Promise<T> {
  return withFiles({ "COTAHIST.TXT": bytes }, async (folder) => {
    const path = `${folder}/COTAHIST.TXT`;
    await using run = await createCotahistSource(options).open(request([path], changes));
    return await use(run, path);
  });
}
