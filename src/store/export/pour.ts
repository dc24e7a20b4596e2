import type { CsvStyle } from "../../base/csv.ts";
import type { CsvPiece, ExportRows } from "../care.ts";
import type { ExportSink } from "./file.ts";
import { type Formatter, formatterOf, type TextFormat } from "./format.ts";

/** What has become of the rows. */
export interface Poured {
  readonly rows: number;
  readonly bytes: number;
  readonly cutShort: boolean;
}

/** Told how far it has come; the total is undefined where it is not known. */
export type OnRows = (rowsDone: number, rowsTotal: number | undefined) => void;

/** Bytes that one page should become: beyond it nothing gets faster. */
const PAGE_BYTES = 128 * 1024;

const FIRST_ROWS = 64;
const MOST_ROWS = 8192;

async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Pieces on their way into a sink: the next one is made while the one before is being written. */
export class Outflow {
  bytes = 0;
  readonly #sink: ExportSink;
  readonly #signal: AbortSignal | undefined;
  #pending: Promise<boolean> = Promise.resolve(true);

  constructor(sink: ExportSink, signal: AbortSignal | undefined) {
    this.#sink = sink;
    this.#signal = signal;
  }

  /** Writes a piece once the one before is written. @returns False where the reader wants no more. */
  async write(piece: Uint8Array): Promise<boolean> {
    if (!await this.end()) return false;
    this.bytes += piece.length;
    this.#pending = this.#sink.write(piece);
    // The next await hears of a failure.
    this.#pending.catch(() => {});
    return true;
  }

  end(): Promise<boolean> {
    return abortable(this.#pending, this.#signal);
  }
}

async function* pages(from: ExportRows, formatter: Formatter): AsyncGenerator<CsvPiece> {
  let pageRows = FIRST_ROWS;
  for (let page; (page = await from.page(pageRows)) !== undefined;) {
    const bytes = formatter.page(page);
    const fitting = Math.floor(PAGE_BYTES * page.length / Math.max(bytes.length, 1));
    // Growing by steps: rows that are short at first may be long later on.
    pageRows = Math.max(1, Math.min(fitting, pageRows * 8, MOST_ROWS));
    yield { bytes, rows: page.length };
  }
}

/** Writes rows as CSV, JSON or NDJSON. @param csv Default as programs expect it. */
export async function pourText(
  from: ExportRows,
  out: Outflow,
  format: TextFormat,
  csv: CsvStyle | undefined,
  onRows: OnRows | undefined,
): Promise<Poured> {
  const formatter = formatterOf(format, from.columns, csv);
  const ready = format === "csv" && csv === undefined ? from.csv?.() : undefined;
  if (ready !== undefined) await out.write(formatter.page([]));
  let rows = 0;
  for await (const piece of ready ?? pages(from, formatter)) {
    if (!await out.write(piece.bytes)) return { rows, bytes: out.bytes, cutShort: true };
    rows += piece.rows;
    onRows?.(rows, from.total);
  }
  const wanted = await out.write(formatter.end()) && await out.end();
  return { rows, bytes: out.bytes, cutShort: !wanted };
}
