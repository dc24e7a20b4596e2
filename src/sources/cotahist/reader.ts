/**
 * Reads COTAHIST files: once for everything, and again for the rows of some tickers.
 *
 * @module
 */
import { SourceError } from "../../base/errors.ts";
import type { SourceFailure, SourceRequest } from "../source.ts";
import type { RecordIndex } from "./record_index.ts";
import type { RowColumns } from "../files/row_columns.ts";
import { dateAt, marketAt, type RowFilter } from "./filter.ts";
import { FIELDS, RECORD_LENGTH } from "./layout.ts";
import { isCalendarDay } from "../../base/day.ts";
import { throttledProgress } from "../files/progress.ts";
import { QuoteReader } from "./quote.ts";
import { CotahistScanner, type ScanOutcome, type ScanSink } from "./scanner.ts";
import { type CotahistText, type FileStamp, openTexts } from "./texts.ts";
import { NO_TICKER, type TickerTable } from "./ticker_table.ts";

/** A text that was read to its end and is delivered. */
export interface ReadText {
  readonly path: string;
  readonly ordinal: number;
  readonly index: number;
  readonly stamp: FileStamp;
}

/** What the first pass found besides what the index holds. */
export interface FirstPass {
  readonly texts: readonly ReadText[];
  /** Names of all texts by index, failed ones included. */
  readonly origins: readonly string[];
  readonly failures: readonly SourceFailure[];
  readonly warnings: readonly string[];
  /** Facts about each text that is delivered. */
  readonly files: readonly Record<string, unknown>[];
}

type Report = ReturnType<typeof throttledProgress>;

async function scan(
  text: CotahistText,
  sink: ScanSink,
  request: SourceRequest,
  report: Report,
  rows: () => number,
): Promise<ScanOutcome> {
  const scanner = new CotahistScanner(JSON.stringify(text.what), sink);
  let bytesDone = 0;
  for await (const chunk of text.chunks()) {
    request.signal.throwIfAborted();
    scanner.push(chunk);
    bytesDone += chunk.length;
    report({ label: text.origin, bytesDone, bytesTotal: text.size, rows: rows() });
  }
  request.signal.throwIfAborted();
  return scanner.finish();
}

/** The error for the first problem of a file, or undefined where all are let pass. */
function refusalOf(
  text: CotahistText,
  outcome: ScanOutcome,
  allowTruncated: boolean,
): SourceError | undefined {
  const [problem] = outcome.problems;
  if (problem === undefined || allowTruncated) return undefined;
  return new SourceError(problem.code, problem.message, {
    hint: "Download the file again, or give --allow-truncated to take what it has.",
    details: { file: text.what, records: outcome.records },
  });
}

/**
 * The first pass: reads every file once, into the index. A file that fails leaves nothing behind.
 *
 * @param paths Files, in the order in which later ones win over earlier ones.
 * @param allowTruncated Whether problems of a file as a whole are warnings.
 * @throws The signal's reason. Errors of files are in the result.
 */
export async function readAll(
  paths: readonly string[],
  records: RecordIndex,
  request: SourceRequest,
  allowTruncated: boolean,
): Promise<FirstPass> {
  const texts: ReadText[] = [];
  const origins: string[] = [];
  const failures: SourceFailure[] = [];
  const warnings: string[] = [];
  const files: Record<string, unknown>[] = [];
  const report = throttledProgress(request.onProgress);

  const readText = async (path: string, text: CotahistText): Promise<void> => {
    const index = origins.length;
    origins.push(text.origin);
    records.begin(index, text.origin, Math.ceil(text.size / RECORD_LENGTH));
    let keep = false;
    try {
      const rows = () => records.totalRows + records.currentRows;
      const outcome = await scan(text, records, request, report, rows);
      const refusal = refusalOf(text, outcome, allowTruncated);
      if (refusal !== undefined) throw refusal;
      keep = true;
      warnings.push(...outcome.problems.map((problem) => problem.message));
      texts.push({ path, ordinal: text.ordinal, index, stamp: text.stamp });
      files.push({
        file: text.what,
        bytes: text.size,
        generated: outcome.generated,
        records: outcome.records,
        rows: records.currentRows,
        rejected: records.currentRejects,
      });
    } catch (error) {
      if (request.signal.aborted || !(error instanceof SourceError)) throw error;
      failures.push({ what: text.what, error });
    } finally {
      records.settle(keep);
    }
  };

  for (const path of paths) {
    try {
      for await (const text of openTexts(path)) await readText(path, text);
    } catch (error) {
      if (request.signal.aborted || !(error instanceof SourceError)) throw error;
      failures.push({ what: path, error });
    }
  }
  return { texts, origins, failures, warnings, files };
}

/** Takes the rows of some tickers; what the first pass refused is passed over. */
class RowPicker implements ScanSink {
  file = 0;
  readonly #reader = new QuoteReader();
  readonly #tickers: TickerTable;
  readonly #filter: RowFilter;
  readonly #mask: Uint8Array;
  readonly #into: RowColumns;

  constructor(tickers: TickerTable, filter: RowFilter, mask: Uint8Array, into: RowColumns) {
    this.#tickers = tickers;
    this.#filter = filter;
    this.#mask = mask;
    this.#into = into;
  }

  quote(bytes: Uint8Array, at: number, line: number): void {
    const market = marketAt(bytes, at);
    if (market < 0 || !this.#filter.takesMarket(market)) return;
    const id = this.#tickers.idAt(bytes, at + FIELDS.ticker.start);
    if (id === NO_TICKER || this.#mask[id] !== 1) return;
    const date = dateAt(bytes, at);
    if (date < 0 || !this.#filter.takesDate(date) || !isCalendarDay(date)) return;
    if (!this.#reader.readNumbers(bytes, at)) return;
    this.#reader.date = date;
    this.#into.push(id, this.file, line, this.#reader);
  }

  refuse(): void {}
}

function changed(path: string): SourceError {
  return new SourceError("file_changed", `${JSON.stringify(path)} changed while it was read`, {
    hint: "Run it again when nothing writes to the file any more.",
    retryable: true,
    details: { file: path },
  });
}

function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.modified === b.modified && a.inode === b.inode;
}

/** What {@linkcode readAgain} needs. */
export interface ReadAgainOptions {
  readonly texts: readonly ReadText[];
  readonly tickers: TickerTable;
  readonly filter: RowFilter;
  readonly request: SourceRequest;
  /** Rows that there must be. */
  readonly expected: number;
}

/**
 * Reads the files again for the rows of some tickers.
 *
 * @param mask 1 at the ids that are wanted.
 * @throws {SourceError} `file_changed` where a file is not what it was; else what opening it throws.
 */
export async function readAgain(
  mask: Uint8Array,
  into: RowColumns,
  options: ReadAgainOptions,
): Promise<void> {
  const { texts, tickers, filter, request, expected } = options;
  into.reserve(expected);
  const picker = new RowPicker(tickers, filter, mask, into);
  const report = throttledProgress(request.onProgress);
  const byPath = Map.groupBy(texts, (text) => text.path);
  for (const [path, wanted] of byPath) {
    let found = 0;
    for await (const text of openTexts(path)) {
      const read = wanted.find((each) => each.ordinal === text.ordinal);
      if (read === undefined) continue;
      if (!sameStamp(read.stamp, text.stamp)) throw changed(path);
      found++;
      picker.file = read.index;
      await scan(text, picker, request, report, () => into.length);
    }
    if (found !== wanted.length) throw changed(path);
  }
  if (into.length !== expected) {
    throw changed([...byPath.keys()].join(", "));
  }
}
