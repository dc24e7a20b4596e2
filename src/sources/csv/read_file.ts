/**
 * Reads one CSV file from its first byte to its last.
 *
 * @module
 */
import { baseName, fileFault } from "../files/input_files.ts";
import { type Delimiter, detectDelimiter, readHeader } from "./header.ts";
import { GET_AGAIN, type Piece, readPieces } from "./pieces.ts";
import { RecordScanner } from "./record_scanner.ts";
import { RowReader, type Taking } from "./row_reader.ts";
import type { ParseCsv } from "../../base/std.ts";

/** What was found in one file, for `SourceRun.details`. */
export interface FileSummary {
  readonly path: string;
  readonly delimiter: Delimiter;
  /** Whether any number has a decimal comma. */
  readonly decimalComma: boolean;
  /** Canonical name to name in the file. */
  readonly columns: Readonly<Record<string, string>>;
  readonly ignoredColumns: readonly string[];
  /** Records below the header, wanted or not, without blank lines. */
  readonly rows: number;
  /** Wanted rows that were taken, before repetitions are told apart. */
  readonly kept: number;
  /** Wanted rows that were refused. */
  readonly rejected: number;
}

/** Options of {@linkcode readCsvFile}. Its collection gets nothing of a file that fails. */
export interface ReadCsvFileOptions extends Taking {
  readonly parse: ParseCsv;
  readonly signal: AbortSignal;
  /** Called after each block of some 64 KiB. */
  readonly onPiece: (piece: Piece, rows: number) => void;
}

/**
 * Reads a file and adds its rows and rejects to the collection, all or nothing.
 *
 * @throws {SourceError} Those of `readPieces` and `readHeader`; `file_empty` (no text),
 * `csv_no_rows`, `csv_no_ticker`, `csv_malformed`, `csv_month_first`, `not_csv` (HTML).
 */
export async function readCsvFile(path: string, options: ReadCsvFileOptions): Promise<FileSummary> {
  const { into } = options;
  try {
    let reader = await readOnce(path, options, false);
    if (reader.numbers.mustReadAgain) {
      into.takeBack();
      reader = await readOnce(path, options, true);
    }
    const { header, delimiter } = reader.options;
    const summary: FileSummary = {
      path,
      delimiter,
      decimalComma: reader.numbers.decimalComma,
      columns: { ...header.names },
      ignoredColumns: header.ignored,
      rows: reader.rows,
      kept: into.newRows,
      rejected: into.newRejects,
    };
    into.keep();
    return summary;
  } finally {
    into.takeBack();
  }
}

async function readOnce(
  path: string,
  options: ReadCsvFileOptions,
  decimalComma: boolean,
): Promise<RowReader> {
  const { parse, signal, onPiece } = options;
  let reader: RowReader | undefined;
  for await (const piece of readPieces(path, signal)) {
    const scanner = new RecordScanner(piece.text, piece.firstLine);
    if (reader === undefined) {
      do {
        if (!scanner.next()) break;
      } while (scanner.raw.trim() === "");
      if (scanner.raw.trim() === "") continue;
      reader = begin(path, scanner, options, decimalComma);
    }
    const text = withoutMarks(piece.text.slice(scanner.end));
    readRecords(path, text, scanner.nextLine, reader, parse);
    onPiece(piece, reader.rows);
    if (reader.numbers.mustReadAgain) return reader;
  }
  if (reader === undefined) {
    throw fileFault(path, "file_empty", `${path} has nothing but blank lines`, GET_AGAIN);
  }
  if (reader.rows === 0) {
    const hint = "Check whether the export was cut off or found nothing.";
    throw fileFault(path, "csv_no_rows", `${path} has a header line and no rows`, hint);
  }
  if (reader.days.monthFirst) {
    const hint = "Write them as YYYY-MM-DD; with slashes, the day comes first.";
    const message = `the dates of ${path} are written as MM/DD/YYYY`;
    throw fileFault(path, "csv_month_first", message, hint);
  }
  return reader;
}

/** Reads the header line that the scanner stands on. */
function begin(
  path: string,
  scanner: RecordScanner,
  { parse, wanted, onlyTicker, file, into }: ReadCsvFileOptions,
  decimalComma: boolean,
): RowReader {
  const line = withoutMarks(scanner.raw);
  if (line.trimStart().startsWith("<")) {
    const hint = "Open it in a browser to see what the server said, then get the file again.";
    throw fileFault(path, "not_csv", `${path} looks like an HTML page, not CSV`, hint);
  }
  if (/\r(?!\n)/.test(line)) {
    const hint = "Save it with LF or CRLF line ends.";
    const details = { line: scanner.line };
    throw fileFault(path, "csv_malformed", `the lines of ${path} end in CR alone`, hint, details);
  }
  const delimiter = detectDelimiter(line);
  const cells = parseOrThrow(path, line, scanner.line, delimiter, parse)[0] ?? [];
  const header = readHeader(cells, path);
  const hasTicker = header.at.ticker !== undefined;
  if (!hasTicker && onlyTicker === undefined) {
    const hint = 'Give exactly one --ticker for it, or add a column "ticker" to the file.';
    const message = `${path} does not say which ticker its rows are of`;
    throw fileFault(path, "csv_no_ticker", message, hint);
  }
  return new RowReader({
    header,
    delimiter,
    decimalComma,
    onlyTicker: hasTicker ? undefined : onlyTicker,
    wanted,
    file,
    origin: baseName(path),
    into,
  });
}

/**
 * Joined files have byte order marks in the middle. The parser drops one at the start of each text
 * that it gets, and the scanner has to see the same text.
 */
function withoutMarks(text: string): string {
  return text.replace(/^\uFEFF+/, "");
}

function readRecords(
  path: string,
  text: string,
  firstLine: number,
  reader: RowReader,
  parse: ParseCsv,
): void {
  const scanner = new RecordScanner(text, firstLine);
  for (const cells of parseOrThrow(path, text, firstLine, reader.options.delimiter, parse)) {
    // The parser leaves out the blank lines that the scanner counts.
    while (scanner.next() && scanner.blank);
    reader.read(cells, scanner);
  }
}

function parseOrThrow(
  path: string,
  text: string,
  firstLine: number,
  separator: string,
  parse: ParseCsv,
): string[][] {
  try {
    return parse(text, { separator });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const scanner = new RecordScanner(text, firstLine);
    const record = Number(/on line (\d+)/.exec(error.message)?.[1] ?? 1);
    for (let i = 0; i < record; i++) scanner.next();
    const { line } = scanner;
    const message =
      `${path}: the record on line ${line} has a quote that is not closed or is out of place`;
    const hint =
      `Check the quotes from line ${line} on: a cell is quoted as a whole, "" inside it.`;
    throw fileFault(path, "csv_malformed", message, hint, { line });
  }
}
