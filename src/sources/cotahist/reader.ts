/** Reads COTAHIST files: once for everything, and again for the rows of some tickers. @module */
import { SourceError } from "../../base/errors.ts";
import type { SourceFailure, SourceRequest } from "../source.ts";
import type { RecordIndex } from "./record_index.ts";
import type { QuoteColumns } from "./quote_columns.ts";
import { RECORD_LENGTH, type Wanted } from "./layout.ts";
import { isCalendarDay, isoOfDay } from "../../base/day.ts";
import { grouped } from "../../base/text.ts";
import { beyondLimit, type FileLimits } from "../files/limits.ts";
import { fileFault, orFailure, type PassedOver, throttledProgress } from "../files/input_files.ts";
import { dateAt, marketAt, QuoteReader } from "./quote.ts";
import { CotahistScanner, type ScanOutcome, type ScanSink } from "./scanner.ts";
import { type CotahistText, type FileStamp, openTexts } from "./texts.ts";
import { NO_TICKER } from "./ticker_table.ts";

interface ReadText {
  readonly path: string;
  readonly ordinal: number;
  readonly index: number;
  readonly stamp: FileStamp;
  /** Also of other markets, sorted; undefined where some may be lacking. */
  readonly days: readonly string[] | undefined;
}

/** What the first pass found besides what the index holds. */
export interface FirstPass {
  readonly texts: readonly ReadText[];
  readonly origins: readonly string[];
  readonly read: number;
  readonly failures: readonly SourceFailure[];
  readonly warnings: readonly string[];
  readonly files: readonly Record<string, unknown>[];
  readonly passedOver: readonly PassedOver[];
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

/** The first pass over every file; one that fails leaves nothing behind. */
export async function readAll(
  paths: readonly string[],
  records: RecordIndex,
  request: SourceRequest,
  { allowTruncated, limits }: Pick<Wanted, "allowTruncated" | "limits">,
): Promise<FirstPass> {
  const texts: ReadText[] = [];
  const origins: string[] = [];
  const failures: SourceFailure[] = [];
  const warnings: string[] = [];
  const files: Record<string, unknown>[] = [];
  const passedOver: PassedOver[] = [];
  let read = 0;
  const report = throttledProgress(request.onProgress);

  const { signal } = request;
  const opening = {
    onPassedOver: (each: PassedOver): void => void passedOver.push(each),
    limits,
    signal,
  };

  const readText = async (path: string, text: CotahistText): Promise<void> => {
    const { ordinal, origin, size, stamp, what } = text;
    const most = Math.ceil(size / RECORD_LENGTH);
    if (most > limits.maxRecords) {
      throw beyondLimit("maxRecords", limits, what, `${grouped(most)} records`);
    }
    const index = origins.push(origin) - 1;
    records.begin(index, origin, most);
    try {
      const { total } = records.counts;
      const outcome = await scan(text, records, request, report, () => total.rows);
      const { generated, problems, records: lines } = outcome;
      const [problem] = problems;
      if (problem !== undefined && !allowTruncated) {
        const hint =
          "Give the whole file as B3 publishes it, or --allow-truncated to take what it has.";
        throw fileFault(what, problem.code, problem.message, hint, { records: lines });
      }
      warnings.push(...problems.map(({ message }) => message));
      const days = problem === undefined
        ? [...records.daysOfFile].sort((a, b) => a - b).map(isoOfDay)
        : undefined;
      texts.push({ path, ordinal, index, stamp, days });
      read += outcome.read;
      const { rows, refused: rejected } = records.counts.ofFile;
      files.push({ file: what, bytes: size, generated, records: lines, rows, rejected });
    } catch (error) {
      records.takeBack();
      throw error;
    }
  };

  for (const path of paths) {
    const readPath = async (): Promise<void> => {
      for await (const text of openTexts(path, opening)) {
        await orFailure(text.what, () => readText(path, text), failures, signal);
      }
    };
    await orFailure(path, readPath, failures, signal);
  }
  return { texts, origins, read, failures, warnings, files, passedOver };
}

class RowPicker implements ScanSink {
  file = 0;
  readonly #reader = new QuoteReader();
  readonly #records: RecordIndex;
  readonly #mask: Uint8Array;
  readonly #into: QuoteColumns;

  constructor(records: RecordIndex, mask: Uint8Array, into: QuoteColumns) {
    this.#records = records;
    this.#mask = mask;
    this.#into = into;
  }

  quote(bytes: Uint8Array, at: number, line: number): void {
    const { filter, tickers } = this.#records;
    const market = marketAt(bytes, at);
    if (market < 0 || !filter.takesMarket(market)) return;
    const id = tickers.idAt(bytes, at, market);
    if (id === NO_TICKER || this.#mask[id] !== 1) return;
    const date = dateAt(bytes, at);
    if (date < 0 || !filter.takesDate(date) || !isCalendarDay(date)) return;
    if (!this.#reader.readNumbers(bytes, at)) return;
    this.#reader.date = date;
    this.#reader.readDetails(bytes, at);
    this.#reader.instrument = this.#into.instruments.idAt(bytes, at, id);
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

/** Reads again for the ids at which `mask` is 1. @throws {SourceError} `file_changed`. */
export async function readAgain(
  texts: readonly ReadText[],
  records: RecordIndex,
  request: SourceRequest,
  mask: Uint8Array,
  into: QuoteColumns,
  limits: FileLimits,
): Promise<void> {
  const { rows } = records.counts;
  const expected = mask.reduce((sum, on, id) => on === 1 ? sum + (rows[id] ?? 0) : sum, 0);
  into.reserve(expected);
  const picker = new RowPicker(records, mask, into);
  const report = throttledProgress(request.onProgress);
  const byPath = Map.groupBy(texts, (text) => text.path);
  for (const [path, wanted] of byPath) {
    let found = 0;
    for await (const text of openTexts(path, { limits, signal: request.signal })) {
      const read = wanted.find((each) => each.ordinal === text.ordinal);
      if (read === undefined) continue;
      const { size, modified, inode } = read.stamp;
      const { stamp } = text;
      if (size !== stamp.size || modified !== stamp.modified || inode !== stamp.inode) {
        throw changed(path);
      }
      found++;
      picker.file = read.index;
      await scan(text, picker, request, report, () => into.length);
    }
    if (found !== wanted.length) throw changed(path);
  }
  if (into.length !== expected) throw changed([...byPath.keys()].join(", "));
}
