/** From the rows of one ticker to what is delivered: sorted by day, with a hash. @module */
import { isoOfDay } from "../../base/day.ts";
import { PriceColumns } from "../../model/price_columns.ts";
import { BAD_CELL, type Reject, type RowPlace } from "../../model/prices.ts";
import { batchOf } from "../columns.ts";
import type { Batch } from "../source.ts";
import { numberAt, putNumber, type RowColumns } from "./row_columns.ts";

/** So many hashes come by way of another thread: loading `node:crypto` costs as much as all of them. */
const FEW = 32;

let createHash: typeof import("node:crypto").createHash | undefined;
let digests = 0;

/** SHA-256 in lower-case hex, by the web's function at first: `node:crypto` takes 20 ms to load. */
export async function payloadHash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (createHash === undefined && ++digests <= FEW) {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }
  createHash ??= (await import("node:crypto")).createHash;
  return createHash("sha256").update(bytes).digest("hex");
}

const NO_BYTES = new DataView(new ArrayBuffer(0));

/** Makes batches; keeps the text of each day, of which a file has few. */
export class BatchBuilder {
  readonly #origins: readonly string[];
  readonly #sources: readonly string[];
  readonly #dates = new Map<number, string>();
  #spare = NO_BYTES;

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
   * Hashed, little-endian: day (32 bits); open, high, low, close, of wide rows the adjusted close,
   * and volume (64-bit floats); of wide rows the source's length in a byte and the source in ASCII;
   * details. A row that repeats the one before it is left out. The columns are free again as soon as this
   * returns its promise.
   */
  async build(
    rows: RowColumns,
    indices: Uint32Array,
    rejects: readonly Reject[],
    furtherRejects = 0,
  ): Promise<Batch> {
    const { isWide, detailBytes } = rows;
    const order = this.#sorted(rows, indices);
    const columns = new PriceColumns(
      Array.from(order, (index) => this.#date(rows.date[index] ?? 0)),
    );
    rows.copyTo(columns, order);
    if (isWide) {
      columns.source = Array.from(order, (index) => this.#sourceOf(rows, index) || undefined);
    }
    // Copied, because the columns may hold other rows by the time a place is asked for.
    const places: number[] = [];
    const longest = this.#sources.reduce((most, { length }) => Math.max(most, length), 0);
    const rowBytes = 4 + 5 * 8 + (isWide ? 8 + 1 + longest : 0) + detailBytes;
    const hashed = this.#spare.byteLength < order.length * rowBytes
      ? new DataView(new ArrayBuffer(2 * order.length * rowBytes))
      : this.#spare;
    // Batches that are built at the same time have bytes of their own.
    this.#spare = NO_BYTES;
    const cells: Reject[] = [];
    let end = 0;
    let lastDay = 0;
    let hashedIndex: number | undefined;
    for (let i = 0; i < order.length; i++) {
      const index = order[i] ?? 0;
      const day = rows.date[index] ?? 0;
      const [file, line] = [rows.file[index] ?? 0, rows.line[index] ?? 0];
      places.push(file, line);
      for (const field of rows.damagedAt(index)) {
        const origin = this.#origins[file] ?? null;
        const reason = `field ${field} cannot be read; left empty`;
        const date = columns.date[i] ?? null;
        cells.push({ origin, line, date, code: BAD_CELL, reason, raw: null });
      }
      const repeats = day === lastDay && rows.repeats(order[i - 1] ?? 0, index);
      lastDay = day;
      if (repeats) continue;
      hashed.setUint32(end, day, true);
      end = putNumber(hashed, end + 4, numberAt(rows.open, index));
      end = putNumber(hashed, end, numberAt(rows.high, index));
      end = putNumber(hashed, end, numberAt(rows.low, index));
      end = putNumber(hashed, end, numberAt(rows.close, index));
      if (isWide) end = putNumber(hashed, end, numberAt(rows.adjClose, index));
      end = putNumber(hashed, end, numberAt(rows.volume, index));
      end = rows.hashDetails(hashed, end, index, hashedIndex);
      hashedIndex = index;
      if (!isWide) continue;
      const source = this.#sourceOf(rows, index);
      hashed.setUint8(end++, source.length);
      for (let i = 0; i < source.length; i++) hashed.setUint8(end++, source.charCodeAt(i));
    }
    const payloadSha256 = await payloadHash(new Uint8Array(hashed.buffer, 0, end));
    this.#spare = hashed;
    const placeOf = (index: number): RowPlace => ({
      origin: this.#origins[places[2 * index] ?? -1] ?? null,
      line: places[2 * index + 1] ?? null,
    });
    return batchOf(columns, {
      placeOf,
      rejects: [...rejects, ...cells],
      furtherRejects,
      payloadSha256,
    });
  }
}
