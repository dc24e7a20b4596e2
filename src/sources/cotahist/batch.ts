/**
 * From the rows of one ticker to what is delivered: sorted by day, with a hash.
 *
 * @module
 */

import type { PriceRow, Reject } from "../../model/prices.ts";
import { PayloadHash } from "../files/payload_hash.ts";
import type { Batch } from "../source.ts";
import type { RowColumns } from "./columns.ts";
import { isoDate } from "./quote.ts";

/** Bytes per row in the hash: date as u32, then open, high, low, close, volume as f64, little-endian. */
const HASHED_ROW_BYTES = 4 + 5 * 8;

/** Makes batches; keeps the text of each day, of which a file has few. */
export class BatchBuilder {
  readonly #origins: readonly string[];
  readonly #dates = new Map<number, string>();

  /** @param origins Names of the files by index. */
  constructor(origins: readonly string[]) {
    this.#origins = origins;
  }

  #date(date: number): string {
    let text = this.#dates.get(date);
    if (text === undefined) {
      text = isoDate(date);
      this.#dates.set(date, text);
    }
    return text;
  }

  /**
   * Puts the rows of one ticker together, by day; those of one day as read. An exact repetition of the
   * row before it does not change the hash.
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
    const { date } = rows;
    let sorted = true;
    for (let i = 1; i < indices.length && sorted; i++) {
      sorted = (date[indices[i - 1] ?? 0] ?? 0) <= (date[indices[i] ?? 0] ?? 0);
    }
    // Indices grow in reading order, which therefore decides between rows of one day.
    const order = sorted
      ? indices
      : indices.slice().sort((a, b) => (date[a] ?? 0) - (date[b] ?? 0) || a - b);
    const prices: PriceRow[] = [];
    // Copied, because the columns may hold other rows by the time a place is asked for.
    const places = new Uint32Array(2 * order.length);
    const hashed = new DataView(new ArrayBuffer(order.length * HASHED_ROW_BYTES));
    let hashedBytes = 0;
    let before = -1;
    for (const index of order) {
      const day = date[index] ?? 0;
      const open = rows.open[index] ?? 0;
      const high = rows.high[index] ?? 0;
      const low = rows.low[index] ?? 0;
      const close = rows.close[index] ?? 0;
      const volume = rows.volume[index] ?? 0;
      places[2 * prices.length] = rows.file[index] ?? 0;
      places[2 * prices.length + 1] = rows.line[index] ?? 0;
      prices.push({ date: this.#date(day), open, high, low, close, adjClose: null, volume });
      if (date[before] !== day || !rows.sameValues(before, index)) {
        hashed.setUint32(hashedBytes, day, true);
        hashed.setFloat64(hashedBytes + 4, open, true);
        hashed.setFloat64(hashedBytes + 12, high, true);
        hashed.setFloat64(hashedBytes + 20, low, true);
        hashed.setFloat64(hashedBytes + 28, close, true);
        hashed.setFloat64(hashedBytes + 36, volume, true);
        hashedBytes += HASHED_ROW_BYTES;
      }
      before = index;
    }
    const hash = new PayloadHash();
    await hash.add([new Uint8Array(hashed.buffer, 0, hashedBytes)]);
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
