/**
 * From the rows of one ticker to what is delivered: one row per day, sorted, with a hash.
 *
 * @module
 */
import { PayloadHash } from "../files/payload_hash.ts";
import type { Batch, PriceRow, Reject, RowPlace, SourceRequest } from "../source.ts";
import type { RowColumns } from "./columns.ts";
import { isoDate } from "./quote.ts";

/** Bytes per row in the hash: date as u32, then open, high, low, close, volume as f64, little-endian. */
const HASHED_ROW_BYTES = 4 + 5 * 8;

/** Makes batches; keeps the text of each day, of which a file has few. */
export class BatchBuilder {
  readonly #origins: readonly string[];
  readonly #dates = new Map<number, string>();

  readonly #check: NonNullable<SourceRequest["check"]>;

  /**
   * @param origins Names of the files by index.
   * @param check Whether a row can be stored. Default: every row can.
   */
  constructor(origins: readonly string[], check: SourceRequest["check"] = () => undefined) {
    this.#origins = origins;
    this.#check = check;
  }

  #price(rows: RowColumns, index: number): PriceRow {
    return {
      date: this.#date(rows.date[index] ?? 0),
      open: rows.open[index] ?? 0,
      high: rows.high[index] ?? 0,
      low: rows.low[index] ?? 0,
      close: rows.close[index] ?? 0,
      adjClose: null,
      volume: rows.volume[index] ?? 0,
    };
  }

  /** Of the rows of one day the last that can be stored; the last of all where none can. */
  #winner(rows: RowColumns, day: Uint32Array): number {
    for (let i = day.length - 1; i >= 0; i--) {
      const index = day[i] ?? 0;
      if (this.#check(this.#price(rows, index)) === undefined) return index;
    }
    return day[day.length - 1] ?? 0;
  }

  /** What becomes of a row that is not the winner: a reject, or undefined for a repetition. */
  #loser(rows: RowColumns, index: number, winner: number): Reject | undefined {
    const found = this.#check(this.#price(rows, index));
    if (found === undefined) {
      return rows.sameValues(index, winner) ? undefined : this.#superseded(rows, index, winner);
    }
    return { ...this.#superseded(rows, index, winner), ...found };
  }

  #date(date: number): string {
    let text = this.#dates.get(date);
    if (text === undefined) {
      text = isoDate(date);
      this.#dates.set(date, text);
    }
    return text;
  }

  #superseded(rows: RowColumns, index: number, by: number): Reject {
    const origin = this.#origins[rows.file[index] ?? 0] ?? null;
    const line = rows.line[index] ?? null;
    const winner = `line ${rows.line[by]} of ${this.#origins[rows.file[by] ?? 0]}`;
    const text = [
      `open ${rows.open[index]}`,
      `high ${rows.high[index]}`,
      `low ${rows.low[index]}`,
      `close ${rows.close[index]}`,
      `volume ${rows.volume[index]}`,
    ].join(", ");
    return {
      origin,
      line,
      date: this.#date(rows.date[index] ?? 0),
      code: "superseded",
      reason: `superseded by ${winner}, which has other values for the same day`,
      raw: text,
    };
  }

  /**
   * Puts the rows of one ticker together. Of several for one day the one read last that can be stored
   * counts: the others
   * are repetitions where their values are the same, rejects where they are not.
   *
   * @param rows Columns that hold the rows.
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
    const superseded: Reject[] = [];
    const hashed = new DataView(new ArrayBuffer(order.length * HASHED_ROW_BYTES));
    let hashedBytes = 0;
    let repeated = 0;
    for (let from = 0; from < order.length;) {
      const day = date[order[from] ?? 0] ?? 0;
      let to = from + 1;
      while (to < order.length && date[order[to] ?? 0] === day) to++;
      const last = to - from === 1
        ? order[from] ?? 0
        : this.#winner(rows, order.subarray(from, to));
      for (let i = from; to - from > 1 && i < to; i++) {
        const index = order[i] ?? 0;
        if (index === last) continue;
        const reject = this.#loser(rows, index, last);
        if (reject === undefined) repeated++;
        else superseded.push(reject);
      }
      const open = rows.open[last] ?? 0;
      const high = rows.high[last] ?? 0;
      const low = rows.low[last] ?? 0;
      const close = rows.close[last] ?? 0;
      const volume = rows.volume[last] ?? 0;
      places[2 * prices.length] = rows.file[last] ?? 0;
      places[2 * prices.length + 1] = rows.line[last] ?? 0;
      prices.push({ date: this.#date(day), open, high, low, close, adjClose: null, volume });
      hashed.setUint32(hashedBytes, day, true);
      hashed.setFloat64(hashedBytes + 4, open, true);
      hashed.setFloat64(hashedBytes + 12, high, true);
      hashed.setFloat64(hashedBytes + 20, low, true);
      hashed.setFloat64(hashedBytes + 28, close, true);
      hashed.setFloat64(hashedBytes + 36, volume, true);
      hashedBytes += HASHED_ROW_BYTES;
      from = to;
    }
    const placeOf = (index: number): RowPlace => ({
      origin: this.#origins[places[2 * index] ?? -1] ?? null,
      line: places[2 * index + 1] ?? null,
    });
    // Behind this the columns may be anybody's.
    const hash = new PayloadHash();
    await hash.add([new Uint8Array(hashed.buffer, 0, hashedBytes)]);
    const payloadSha256 = await hash.digest();
    return { prices, placeOf, rejects: [...rejects, ...superseded], repeated, payloadSha256 };
  }
}
