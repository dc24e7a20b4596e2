/**
 * From the rows of one ticker to what is delivered: sorted by day, with a hash.
 *
 * @module
 */
import { isoOfDay } from "../../base/day.ts";
import {
  BAD_CELL,
  type PriceDetails,
  type PriceRow,
  type Reject,
  type RowPlace,
} from "../../model/prices.ts";
import type { Batch } from "../source.ts";
import type { RowColumns } from "./row_columns.ts";

/** So many hashes come by way of another thread: loading `node:crypto` costs as much as all of them. */
const FEW = 32;

let createHash: typeof import("node:crypto").createHash | undefined;
let digests = 0;

/**
 * SHA-256 in lower-case hex. Deno 2.9 takes some 20 ms to load `node:crypto`, which a run over little
 * does not need: the web's own function does for it, on another thread.
 */
export async function payloadHash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (createHash === undefined && ++digests <= FEW) {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }
  createHash ??= (await import("node:crypto")).createHash;
  return createHash("sha256").update(bytes).digest("hex");
}

/** What stands for no value in the hash: a NaN, always the same. */
const NO_VALUE = 0x7ff8000000000000n;

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** Writes a number and says where the next one goes. */
export function put(bytes: DataView, at: number, value: number | null): number {
  if (value === null) bytes.setBigUint64(at, NO_VALUE, true);
  else bytes.setFloat64(at, value, true);
  return at + 8;
}

/** What a row has beside its prices. */
export interface RowDetails {
  readonly details: PriceDetails;
  /** Names of the fields that could not be read, and are null for that. */
  readonly damaged: readonly string[];
}

/** Tells the details of rows. */
export interface DetailReader {
  /** Bytes of a row's details in the hash, at most. */
  readonly detailBytes: number;
  /** Writes what is hashed of a row's details, given the row before it, and says where the next goes. */
  hashDetails(bytes: DataView, at: number, index: number, before: number | undefined): number;
  detailsOf(index: number): RowDetails;
}

/** Makes batches; keeps the text of each day, of which a file has few. */
export class BatchBuilder {
  readonly #origins: readonly string[];
  readonly #sources: readonly string[];
  readonly #dates = new Map<number, string>();

  /**
   * @param origins Names of the files by index.
   * @param sources What rows say that they are from, by number; ASCII. Default none.
   */
  constructor(origins: readonly string[], sources: readonly string[] = []) {
    this.#origins = origins;
    this.#sources = sources;
  }

  #date(date: number): string {
    let text = this.#dates.get(date);
    if (text === undefined) {
      text = isoOfDay(date);
      this.#dates.set(date, text);
    }
    return text;
  }

  #sourceOf(rows: RowColumns, index: number): string {
    return this.#sources[rows.source[index] ?? -1] ?? "";
  }

  /** By day and source; those of one day and source as read. */
  #sorted(rows: RowColumns, indices: Uint32Array): Uint32Array {
    const { date, isWide } = rows;
    let sorted = true;
    for (let i = 1; i < indices.length && sorted; i++) {
      const day = date[indices[i] ?? 0] ?? 0;
      const before = date[indices[i - 1] ?? 0] ?? 0;
      sorted = before < day || (before === day && !isWide);
    }
    if (sorted) return indices;
    const bySource = (a: number, b: number): number => {
      const [left, right] = [this.#sourceOf(rows, a), this.#sourceOf(rows, b)];
      return left === right ? 0 : left < right ? -1 : 1;
    };
    // Indices grow in reading order, which therefore decides between rows of one day.
    return indices.slice().sort((a, b) =>
      (date[a] ?? 0) - (date[b] ?? 0) || (isWide ? bySource(a, b) : 0) || a - b
    );
  }

  /**
   * Puts the rows of one ticker together.
   *
   * The hash covers, little-endian: the day as `yyyymmdd` in 32 bits; open, high, low, close, of wide
   * rows the adjusted close, and volume as 64-bit floats; of wide rows its source's length in one byte,
   * and the source in ASCII; and what `reader` writes. A row that repeats the one before it is left out.
   *
   * @param rows Columns that hold the rows. Not used any more once the promise is returned.
   * @param indices The ticker's rows, in the order in which they were read.
   * @param rejects What was refused while reading.
   * @param reader Details of the rows. Default none.
   */
  async build(
    rows: RowColumns,
    indices: Uint32Array,
    rejects: readonly Reject[],
    reader?: DetailReader,
  ): Promise<Batch> {
    const { isWide } = rows;
    const order = this.#sorted(rows, indices);
    const prices: PriceRow[] = [];
    // Copied, because the columns may hold other rows by the time a place is asked for.
    const places = new Uint32Array(2 * order.length);
    const longest = this.#sources.reduce((most, { length }) => Math.max(most, length), 0);
    const rowBytes = 4 + 5 * 8 + (isWide ? 8 + 1 + longest : 0) + (reader?.detailBytes ?? 0);
    const hashed = new DataView(new ArrayBuffer(order.length * rowBytes));
    const cells: Reject[] = [];
    let end = 0;
    let lastDay = 0;
    let hashedIndex: number | undefined;
    for (let i = 0; i < order.length; i++) {
      const index = order[i] ?? 0;
      const day = rows.date[index] ?? 0;
      const date = this.#date(day);
      const open = orNull(rows.open[index]);
      const high = orNull(rows.high[index]);
      const low = orNull(rows.low[index]);
      const close = rows.close[index] ?? NaN;
      const adjClose = isWide ? orNull(rows.adjClose[index]) : null;
      const volume = orNull(rows.volume[index]);
      const source = isWide ? this.#sourceOf(rows, index) : "";
      places[2 * i] = rows.file[index] ?? 0;
      places[2 * i + 1] = rows.line[index] ?? 0;
      const price = { date, open, high, low, close, adjClose, volume };
      if (reader === undefined) prices.push(source === "" ? price : { ...price, source });
      else {
        const { details, damaged } = reader.detailsOf(index);
        prices.push({ date, open, high, low, close, adjClose, volume, details });
        for (const field of damaged) {
          const origin = this.#origins[rows.file[index] ?? -1] ?? null;
          const reason = `field ${field} cannot be read; left empty`;
          const line = rows.line[index] ?? null;
          cells.push({ origin, line, date, code: BAD_CELL, reason, raw: null });
        }
      }
      const repeats = day === lastDay && rows.repeats(order[i - 1] ?? 0, index);
      lastDay = day;
      if (repeats) continue;
      hashed.setUint32(end, day, true);
      end += 4;
      end = put(hashed, end, open);
      end = put(hashed, end, high);
      end = put(hashed, end, low);
      end = put(hashed, end, close);
      if (isWide) end = put(hashed, end, adjClose);
      end = put(hashed, end, volume);
      if (reader !== undefined) end = reader.hashDetails(hashed, end, index, hashedIndex);
      hashedIndex = index;
      if (!isWide) continue;
      hashed.setUint8(end++, source.length);
      for (let i = 0; i < source.length; i++) hashed.setUint8(end++, source.charCodeAt(i));
    }
    const payloadSha256 = await payloadHash(new Uint8Array(hashed.buffer, 0, end));
    const placeOf = (index: number): RowPlace => ({
      origin: this.#origins[places[2 * index] ?? -1] ?? null,
      line: places[2 * index + 1] ?? null,
    });
    return { prices, placeOf, rejects: [...rejects, ...cells], payloadSha256 };
  }
}
