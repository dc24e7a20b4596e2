/** Reads one CSV file: a plain one once, another after a survey. @module */
import type { ParseCsv } from "../../base/std.ts";
import { grouped } from "../../base/text.ts";
import { baseName, fileFault } from "../files/input_files.ts";
import { beyondLimit, type FileLimits } from "../files/limits.ts";
import {
  type Delimiter,
  detectDelimiter,
  findHeader,
  type Header,
  MOST_LINES_ABOVE,
} from "./header.ts";
import type { DecimalSign } from "./numbers.ts";
import { type Encoding, GET_AGAIN, NotUtf8Error, type Piece, readPieces } from "./pieces.ts";
import { type RecordPlace, RecordScanner } from "./record_scanner.ts";
import { RowReader, type Taking } from "./row_reader.ts";
import { Survey, understandingOf } from "./survey.ts";

/** What was found in one file, for `SourceRun.details`. */
export interface FileSummary {
  readonly path: string;
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  readonly dates: string;
  readonly decimal: DecimalSign;
  readonly numbers: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly ignoredColumns: readonly string[];
  readonly linesAbove: number;
  readonly rows: number;
  /** Before repetitions are told apart. */
  readonly kept: number;
  readonly rejected: number;
}

interface ReadCsvFileOptions extends Taking {
  readonly parse: ParseCsv;
  readonly signal: AbortSignal;
  readonly limits: FileLimits;
  readonly onPiece: (piece: Piece, rows: number) => void;
}

/** Reads a file into the collection, all or nothing. @throws {SourceError} As docs/csv.md lists. */
export async function readCsvFile(path: string, options: ReadCsvFileOptions): Promise<FileSummary> {
  const { into } = options;
  try {
    const found = await readIn("utf-8", path, options).catch((error) => {
      if (!(error instanceof NotUtf8Error)) throw error;
      into.takeBack();
      return readIn(error.instead, path, options);
    });
    into.keep();
    return found;
  } finally {
    into.takeBack();
  }
}

/** What is said of stamps that a time zone would put on another day. */
const MIDNIGHTS = "every time is midnight in UTC or its own zone, so the days are as written";

type Known = Pick<RowReader["options"], "order" | "decimal">;

async function readIn(
  encoding: Encoding,
  path: string,
  options: ReadCsvFileOptions,
): Promise<FileSummary> {
  const { into, given } = options;
  const file = { path, encoding, ...options };
  const read = async (known: Known, timeZone = given.timeZone) => {
    into.takeBack();
    return await readRecords(
      file,
      (head) => rowReader(path, head, options, { ...known, timeZone }),
    );
  };
  let understanding = understandingOf(given);
  let { head, sink: reader } = await read({ order: null, decimal: given.decimal });
  if (reader.needsSurvey) {
    const { sink: survey } = await readRecords(
      file,
      ({ header }) => new Survey(path, header, given),
    );
    understanding = survey.decide();
    ({ head, sink: reader } = await read(understanding));
  }
  const { points, midnights } = reader.days;
  if (given.timeZone !== null && points > 0 && points === midnights) {
    ({ head, sink: reader } = await read(understanding, null));
    understanding = { ...understanding, dates: `${understanding.dates}; ${MIDNIGHTS}` };
  }
  checkDays(path, reader);
  checkNumbers(path, reader);
  const { header, delimiter, linesAbove } = head;
  return {
    path,
    encoding: head.encoding,
    delimiter,
    dates: understanding.dates,
    decimal: understanding.decimal,
    numbers: understanding.numbers,
    columns: { ...header.names },
    ignoredColumns: header.ignored,
    linesAbove,
    rows: reader.rows,
    kept: into.newRows,
    rejected: into.newRefused,
  };
}

/** Refuses a file whose days would be guessed. */
function checkDays(path: string, { rows, days }: RowReader): void {
  const { firstPoint, withoutDay, points } = days;
  if (rows === 0) {
    const hint = "Check whether the export was cut off or found nothing.";
    throw fileFault(path, "csv_no_rows", `${path} has a header line and no rows`, hint);
  }
  if (withoutDay > 0 && (points > rows / 2 || withoutDay === rows)) {
    const cell = JSON.stringify(firstPoint);
    const message =
      `the dates of ${path} are points in time such as ${cell}: their day depends on the ` +
      "time zone";
    const hint = "Name that of the exchange with --time-zone, for example America/Sao_Paulo.";
    throw fileFault(path, "csv_needs_time_zone", message, hint, { cell: firstPoint });
  }
  const { monthLast, dayLast, example } = days.yearFirst;
  if (monthLast === 0 || dayLast > 0) return;
  const message =
    `${path}: ${JSON.stringify(example)} is a day only with the month last, and no date ` +
    "is one only with the day last";
  const hint = "Say which with --date-format yyyy-dd-mm or --date-format yyyy-mm-dd.";
  throw fileFault(path, "csv_ambiguous_dates", message, hint, { cell: example });
}

/** Refuses a file whose cells may be halves of numbers. */
function checkNumbers(path: string, { commaDoubt, ticks }: RowReader): void {
  if (ticks !== undefined) {
    const plain = ticks.replace("'", "");
    const message = `${path}: the price ${JSON.stringify(ticks)} is ${plain}, or one in 32nds as ` +
      "bonds have it, and so are all with that sign";
    const hint = "Write prices in 32nds as decimals; where the sign parts thousands, say so with " +
      "--decimal .";
    throw fileFault(path, "csv_ambiguous_numbers", message, hint, { cell: ticks });
  }
  if (commaDoubt === undefined) return;
  const message = `${path} is parted by commas, which may stand before decimals as well: ` +
    `${commaDoubt}, and no number has a decimal point`;
  const hint = "Export it with semicolons or with quotes around cells; where commas only part " +
    "cells, say so with --decimal .";
  throw fileFault(path, "csv_ambiguous_numbers", message, hint);
}

interface Head {
  readonly header: Header;
  readonly delimiter: Delimiter;
  readonly encoding: Encoding;
  readonly linesAbove: number;
}

interface Sink {
  read(cells: readonly string[], place: RecordPlace): void;
  /** Whether it cannot go on without what the whole file says. */
  readonly isUndecided?: boolean;
}

interface FileToRead extends ReadCsvFileOptions {
  readonly path: string;
  readonly encoding: Encoding;
}

function rowReader(
  path: string,
  { header, delimiter }: Head,
  { wanted, onlyTicker, given, file, into }: ReadCsvFileOptions,
  known: Known & Pick<RowReader["options"], "timeZone">,
): RowReader {
  const [group] = header.groups;
  const hasTicker = given.tickerFromName === false &&
    (group?.ticker !== undefined || group?.at.ticker !== undefined);
  if (!hasTicker && onlyTicker === undefined) {
    const hint =
      "Give exactly one --ticker for it, or --ticker-from-name where the file is named by " +
      "it, or name its column with --column ticker=NAME.";
    const message = `${path} does not say which ticker its rows are of`;
    throw fileFault(path, "csv_no_ticker", message, hint);
  }
  return new RowReader({
    ...known,
    path,
    header,
    delimiter,
    given,
    onlyTicker: hasTicker ? undefined : onlyTicker,
    wanted,
    file,
    origin: baseName(path),
    into,
  });
}

async function readRecords<S extends Sink>(
  file: FileToRead,
  begin: (head: Head) => S,
): Promise<{ readonly head: Head; readonly sink: S }> {
  const { path, parse, signal, onPiece, encoding, limits } = file;
  let open: { readonly head: Head; readonly sink: S } | undefined;
  let rows = 0;
  for await (const piece of readPieces(path, { signal, encoding })) {
    let { text, firstLine } = piece;
    if (open === undefined) {
      if (withoutMarks(text).trim() === "") continue;
      const { head, rest, nextLine } = readHead(file, piece);
      open = { head, sink: begin(head) };
      text = rest;
      firstLine = nextLine;
    }
    const { head, sink } = open;
    text = withoutMarks(text);
    const scanner = new RecordScanner(text, firstLine);
    for (const cells of parseOrThrow(path, text, firstLine, head.delimiter, parse)) {
      // The parser leaves out the blank lines that the scanner counts.
      while (scanner.next() && scanner.blank);
      sink.read(cells, scanner);
      rows++;
    }
    if (rows > limits.maxRecords) {
      throw beyondLimit("maxRecords", limits, path, `${grouped(rows)} records or more`);
    }
    onPiece(piece, rows);
    if (sink.isUndecided === true) return open;
  }
  if (open !== undefined) return open;
  throw fileFault(path, "file_empty", `${path} has nothing but blank lines`, GET_AGAIN);
}

function readHead(
  { path, given, parse }: FileToRead,
  piece: Piece,
): { readonly head: Head; readonly rest: string; readonly nextLine: number } {
  const scanner = new RecordScanner(piece.text, piece.firstLine);
  const first: (RecordPlace & Record<"start" | "end" | "nextLine", number>)[] = [];
  while (first.length <= MOST_LINES_ABOVE) {
    const start = scanner.end;
    if (!scanner.next()) break;
    const { line, end, nextLine } = scanner;
    const raw = withoutMarks(scanner.raw);
    if (raw.trim() !== "") first.push({ line, start, end, nextLine, raw });
  }
  const [top] = first;
  if (top !== undefined && /^\s*<(?!\w+>\s*[,;\t])/.test(top.raw)) {
    const hint = "Open it in a browser to see what the server said, then get the file again.";
    throw fileFault(path, "not_csv", `${path} looks like an HTML page, not CSV`, hint);
  }
  if (/\r(?!\n)/.test(top?.raw ?? "")) {
    const hint = "Save it with LF or CRLF line ends.";
    const details = { line: top?.line };
    throw fileFault(path, "csv_malformed", `the lines of ${path} end in CR alone`, hint, details);
  }
  // A quote that is never closed is told of the header, and of lines below it where they are read.
  const lines = first.map(({ raw, line }, index) => {
    const delimiter = detectDelimiter(raw);
    try {
      return parseOrThrow(path, raw, line, delimiter, parse)[0] ?? [];
    } catch (error) {
      if (index === 0) throw error;
      return [];
    }
  });
  const { header, records, above } = findHeader(lines, given, path);
  const last = first[records - 1];
  const delimiter = detectDelimiter((last ?? top)?.raw ?? "");
  return {
    head: { header, delimiter, encoding: piece.encoding, linesAbove: above },
    rest: piece.text.slice(last?.end ?? top?.start ?? 0),
    nextLine: last?.nextLine ?? top?.line ?? piece.firstLine,
  };
}

/** Joined files have byte order marks in the middle; the parser drops those at a start. */
function withoutMarks(text: string): string {
  return text.replace(/^\uFEFF+/, "");
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
