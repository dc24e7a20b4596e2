/**
 * Reads one CSV file from its first byte to its last.
 *
 * @module
 */
import { SourceError } from "../../base/errors.ts";
import { baseName } from "../files/input_files.ts";
import type { Collection } from "./collection.ts";
import { detectDelimiter, type Header, readHeader } from "./header.ts";
import { type Piece, readPieces } from "./pieces.ts";
import { RecordScanner } from "./record_scanner.ts";
import { RowReader, type Wanted } from "./row_reader.ts";
import type { ParseCsv } from "../../base/std.ts";

/** What was found in one file, for `SourceRun.details`. */
export interface FileSummary {
  readonly path: string;
  readonly delimiter: "," | ";" | "\t";
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

/** Options of {@linkcode readCsvFile}. */
export interface ReadCsvFileOptions {
  readonly parse: ParseCsv;
  readonly wanted: Wanted;
  /** The ticker of a file without a column for it, canonical; undefined where none is known. */
  readonly onlyTicker: string | undefined;
  /** Number of the file. */
  readonly file: number;
  /** Takes rows and rejects; nothing of a file that fails. */
  readonly into: Collection;
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
  try {
    let reading = await readOnce(path, options, false);
    if (reading.rows.numbers.mustReadAgain) {
      options.into.takeBack();
      reading = await readOnce(path, options, true);
    }
    const { rows, header, delimiter } = reading;
    const summary: FileSummary = {
      path,
      delimiter,
      decimalComma: rows.numbers.decimalComma,
      columns: { ...header.names },
      ignoredColumns: header.ignored,
      rows: rows.rows,
      kept: options.into.newRows,
      rejected: options.into.newRejects.length,
    };
    options.into.keep();
    return summary;
  } finally {
    options.into.takeBack();
  }
}

interface Reading {
  readonly delimiter: "," | ";" | "\t";
  readonly header: Header;
  readonly rows: RowReader;
}

async function readOnce(
  path: string,
  options: ReadCsvFileOptions,
  decimalComma: boolean,
): Promise<Reading> {
  let reading: Reading | undefined;
  for await (const piece of readPieces(path, { signal: options.signal })) {
    const scanner = new RecordScanner(piece.text, piece.firstLine);
    if (reading === undefined) {
      do {
        if (!scanner.next()) break;
      } while (scanner.raw.trim() === "");
      if (scanner.raw.trim() === "") continue;
      reading = begin(path, scanner, options, decimalComma);
    }
    const text = withoutMarks(piece.text.slice(scanner.end));
    readRecords(path, text, scanner.nextLine, reading, options.parse);
    options.onPiece(piece, reading.rows.rows);
    if (reading.rows.numbers.mustReadAgain) return reading;
  }
  if (reading === undefined) {
    throw new SourceError("file_empty", `${path} has nothing but blank lines`, {
      hint: "Get the file again; the download may have failed.",
      details: { file: path },
    });
  }
  if (reading.rows.rows === 0) {
    throw new SourceError("csv_no_rows", `${path} has a header line and no rows`, {
      hint: "Check whether the export was cut off or found nothing.",
      details: { file: path },
    });
  }
  if (reading.rows.days.monthFirst) {
    throw new SourceError("csv_month_first", `the dates of ${path} are written as MM/DD/YYYY`, {
      hint: "Write them as YYYY-MM-DD; with slashes, the day comes first.",
      details: { file: path },
    });
  }
  return reading;
}

/** Reads the header line that the scanner stands on. */
function begin(
  path: string,
  scanner: RecordScanner,
  options: ReadCsvFileOptions,
  decimalComma: boolean,
): Reading {
  const line = withoutMarks(scanner.raw);
  if (line.trimStart().startsWith("<")) {
    throw new SourceError("not_csv", `${path} looks like an HTML page, not CSV`, {
      hint: "Open it in a browser to see what the server said, then get the file again.",
      details: { file: path },
    });
  }
  if (/\r(?!\n)/.test(line)) {
    throw new SourceError("csv_malformed", `the lines of ${path} end in CR alone`, {
      hint: "Save it with LF or CRLF line ends.",
      details: { file: path, line: scanner.line },
    });
  }
  const delimiter = detectDelimiter(line);
  const cells = parseOrThrow(path, line, scanner.line, delimiter, options.parse)[0] ?? [];
  const header = readHeader(cells, path);
  const { onlyTicker, wanted, file, into } = options;
  const hasTicker = header.at.ticker !== undefined;
  if (!hasTicker && onlyTicker === undefined) {
    throw new SourceError("csv_no_ticker", `${path} does not say which ticker its rows are of`, {
      hint: 'Give exactly one --ticker for it, or add a column "ticker" to the file.',
      details: { file: path },
    });
  }
  const rows = new RowReader({
    header,
    delimiter,
    decimalComma,
    onlyTicker: hasTicker ? undefined : onlyTicker,
    wanted,
    file,
    origin: baseName(path),
    into,
  });
  return { delimiter, header, rows };
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
  reading: Reading,
  parse: ParseCsv,
): void {
  const scanner = new RecordScanner(text, firstLine);
  for (const cells of parseOrThrow(path, text, firstLine, reading.delimiter, parse)) {
    // The parser leaves out the blank lines that the scanner counts.
    while (scanner.next() && scanner.blank);
    reading.rows.read(cells, scanner);
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
    throw new SourceError(
      "csv_malformed",
      `${path}: the record on line ${line} has a quote that is not closed or is out of place`,
      {
        hint: `Check the quotes from line ${line} on: a cell is quoted as a whole, "" inside it.`,
        cause: error,
        details: { file: path, line },
      },
    );
  }
}
