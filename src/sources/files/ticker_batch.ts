/**
 * From the rows of one ticker to what is delivered: sorted by day, with a hash.
 *
 * @module
 */
import { isoOfDay } from "../../base/day.ts";
import type { PriceRow, Reject } from "../../model/prices.ts";
import type { Batch } from "../source.ts";
import { PayloadHash } from "./payload_hash.ts";
import type { RowColumns } from "./row_columns.ts";

/** What stands for no value in the hash: a NaN, always the same. */
const NO_VALUE = 0x7ff8000000000000n;

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
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
      const [before, day] = [date[indices[i - 1] ?? 0] ?? 0, date[indices[i] ?? 0] ?? 0];
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
   * and the source in ASCII. A row that repeats the one before it is left out.
   *
   * @param rows Columns that hold the rows. Not used any more once the promise is returned.
   * @param indices The ticker's rows, in the order in which they were read.
   * @param rejects What was refused while reading.
   */
  async build(
    rows: RowColumns,
    indices: Uint32Array,
    rejects: readonly Reject[],
  ): Promise<Batch> {
    const { isWide } = rows;
    const order = this.#sorted(rows, indices);
    const prices: PriceRow[] = [];
    // Copied, because the columns may hold other rows by the time a place is asked for.
    const places = new Uint32Array(2 * order.length);
    const longest = this.#sources.reduce((most, { length }) => Math.max(most, length), 0);
    const rowBytes = 4 + 5 * 8 + (isWide ? 8 + 1 + longest : 0);
    const hashed = new DataView(new ArrayBuffer(order.length * rowBytes));
    let end = 0;
    const put = (value: number | null): void => {
      if (value === null) hashed.setBigUint64(end, NO_VALUE, true);
      else hashed.setFloat64(end, value, true);
      end += 8;
    };
    let before = -1;
    for (const index of order) {
      const day = rows.date[index] ?? 0;
      const date = this.#date(day);
      const open = orNull(rows.open[index]);
      const high = orNull(rows.high[index]);
      const low = orNull(rows.low[index]);
      const close = rows.close[index] ?? NaN;
      const adjClose = orNull(rows.adjClose[index]);
      const volume = orNull(rows.volume[index]);
      const source = isWide ? this.#sourceOf(rows, index) : "";
      places[2 * prices.length] = rows.file[index] ?? 0;
      places[2 * prices.length + 1] = rows.line[index] ?? 0;
      const price = { date, open, high, low, close, adjClose, volume };
      prices.push(source === "" ? price : { ...price, source });
      const repeats = before >= 0 && rows.repeats(before, index);
      before = index;
      if (repeats) continue;
      hashed.setUint32(end, day, true);
      end += 4;
      put(open);
      put(high);
      put(low);
      put(close);
      if (isWide) put(adjClose);
      put(volume);
      if (!isWide) continue;
      hashed.setUint8(end++, source.length);
      for (let i = 0; i < source.length; i++) hashed.setUint8(end++, source.charCodeAt(i));
    }
    const hash = new PayloadHash();
    await hash.add([new Uint8Array(hashed.buffer, 0, end)]);
    const payloadSha256 = await hash.digest();
    return {
      prices,
      placeOf: (index) => ({
        origin: this.#origins[places[2 * index] ?? -1] ?? null,
        line: places[2 * index + 1] ?? null,
      }),
      rejects,
      payloadSha256,
    };
  }
}
