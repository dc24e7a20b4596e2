/** The header of a CSV file: its delimiter, its place, and which column is which. @module */
import { shownValue } from "../../base/text.ts";
import { closest } from "../../base/closest.ts";
import type { SourceError } from "../../base/errors.ts";
import { tryCanonicalTicker } from "../../model/ticker.ts";
import { fileFault } from "../files/input_files.ts";
import { type Column, COLUMNS, normalized, spellingOf } from "./spellings.ts";

const NEEDED: readonly Column[] = ["date", "close"];

const MOST_OF_NAME = 60;

/** Lines in front of the header that are looked at: titles, addresses, dates of the export. */
export const MOST_LINES_ABOVE = 20;

/** Where a column is, 0-based. */
export type Places = Readonly<Partial<Record<Column, number>>>;

/** The columns of one ticker; of all rows where the ticker is in a column or nowhere. */
export interface Group {
  readonly ticker: string | undefined;
  readonly at: Places;
}

/** What the header says. */
export interface Header {
  readonly width: number;
  /** Rows may lack what a header that ends in a delimiter adds. */
  readonly least: number;
  /** One, or one for each ticker of a table that has them side by side. */
  readonly groups: readonly Group[];
  readonly names: Readonly<Partial<Record<Column, string>>>;
  readonly ignored: readonly string[];
  /** Columns that are not read, by position. */
  readonly others: ReadonlyMap<number, string>;
}

/** What parts the cells of a file. */
export type Delimiter = "," | ";" | "\t";

/** What was given of the columns. */
export interface ColumnOptions {
  readonly column: ReadonlyMap<Column, string>;
  readonly columns: readonly string[] | null;
}

/** Comma, semicolon or tab: what the line has most of outside quotes. */
export function detectDelimiter(line: string): Delimiter {
  const counts = { ",": 0, ";": 0, "\t": 0 };
  let quoted = false;
  for (const char of line) {
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "," || char === ";" || char === "\t")) counts[char]++;
  }
  if (counts[","] >= counts[";"] && counts[","] >= counts["\t"]) return ",";
  return counts[";"] >= counts["\t"] ? ";" : "\t";
}

interface Mapped {
  readonly at: Partial<Record<Column, number>>;
  readonly names: Partial<Record<Column, string>>;
  readonly others: Map<number, string>;
  /** Two names of one column, of which none is better. */
  readonly double:
    | { readonly column: Column; readonly names: readonly [string, string] }
    | undefined;
}

function map(cells: readonly string[], given: ColumnOptions["column"]): Mapped {
  const wanted = new Map([...given].map(([column, name]) => [normalized(name), column]));
  const meant = cells.flatMap((cell, index) => {
    const named = wanted.get(normalized(cell));
    if (named !== undefined) return [{ index, column: named, rank: Infinity }];
    const spelled = spellingOf(cell, cells[index + 1]);
    return spelled === undefined || given.has(spelled.column) ? [] : [{ index, ...spelled }];
  });
  const at: Partial<Record<Column, number>> = {};
  const names: Partial<Record<Column, string>> = {};
  let double: Mapped["double"];
  for (const [column, all] of Map.groupBy(meant, (each) => each.column)) {
    const rank = all.reduce((most, each) => Math.max(most, each.rank), 0);
    const [one, two] = all.filter((each) => each.rank === rank)
      .map(({ index }) => ({ index, name: (cells[index] ?? "").trim() }));
    if (one !== undefined) at[column] = one.index;
    if (one !== undefined && two !== undefined) double ??= { column, names: [one.name, two.name] };
  }
  // pandas writes the dates of its index under an empty name.
  if (at.date === undefined && at.close !== undefined && cells[0]?.trim() === "") at.date = 0;
  // A time beside the date is the time of its day.
  const time = cells.findIndex((cell) => normalized(cell) === "time");
  if (at.time === undefined && time !== -1 && time !== at.date) at.time = time;
  for (const [column, index] of Object.entries(at)) {
    names[column as Column] = (cells[index] ?? "").trim();
  }
  const read = new Set(Object.values(at));
  const others = new Map(
    cells.flatMap((cell, index) => read.has(index) ? [] : [[index, cell.trim()] as const]),
  );
  return { at, names, others, double };
}

function headerOf({ at, names, others }: Mapped, cells: readonly string[]): Header {
  const ignored = [...others.values()].filter((name) => name !== "");
  const least = cells.findLastIndex((cell) => cell.trim() !== "") + 1;
  return {
    width: cells.length,
    least,
    groups: [{ ticker: undefined, at }],
    names,
    ignored,
    others,
  };
}

/** A table with its tickers side by side, as pandas writes what yfinance brings. */
function sideBySide(
  fields: readonly string[],
  tickers: readonly string[],
  given: ColumnOptions["column"],
): Header {
  const byTicker = new Map<string, number[]>();
  let name = "";
  for (let index = 1; index < fields.length; index++) {
    name = tickers[index]?.trim() || name;
    const indices = byTicker.get(name);
    if (indices === undefined) byTicker.set(name, [index]);
    else indices.push(index);
  }
  const names: Partial<Record<Column, string>> = { date: "Date" };
  const ignored: string[] = [];
  const others = new Map<number, string>();
  const groups = [...byTicker].flatMap(([ticker, indices]): Group[] => {
    const mapped = map(indices.map((index) => fields[index] ?? ""), given);
    const canonical = tryCanonicalTicker(ticker);
    const at: Partial<Record<Column, number>> = { date: 0 };
    for (const [column, place] of Object.entries(mapped.at)) {
      const index = indices[place];
      if (index === undefined || column === "date") continue;
      at[column as Column] = index;
      names[column as Column] ??= fields[index]?.trim() ?? "";
    }
    for (const [place, field] of mapped.others) {
      ignored.push(`${field} ${ticker}`);
      others.set(indices[place] ?? 0, field);
    }
    if (canonical !== undefined && at.close !== undefined) return [{ ticker: canonical, at }];
    ignored.push(ticker);
    return [];
  });
  const width = fields.length;
  return { width, least: width, groups, names, ignored, others };
}

function hasFields(cells: readonly string[]): boolean {
  const rest = cells.slice(1).filter((cell) => cell.trim() !== "");
  return rest.length > 0 && rest.every((cell) => spellingOf(cell) !== undefined) &&
    rest.some((cell) => spellingOf(cell)?.column === "close");
}

function isIndexLine(cells: readonly string[]): boolean {
  return cells.length > 1 && spellingOf(cells[0] ?? "")?.column === "date" &&
    cells.slice(1).every((cell) => cell.trim() === "");
}

/** Fields and tickers of two lines, in either order; units and remarks do not repeat. */
function pairOf(
  upper: readonly string[],
  lower: readonly string[] = [],
): { readonly fields: readonly string[]; readonly tickers: readonly string[] } | undefined {
  const [fields, tickers] = hasFields(lower) ? [lower, upper] : [upper, lower];
  const closes = fields.filter((cell) => spellingOf(cell)?.column === "close").map(normalized);
  const isPair = upper.length === lower.length && lower[0]?.trim() === "" &&
    /^$|^date$/.test(normalized(upper[0] ?? "")) && new Set(closes).size < closes.length &&
    tickers.slice(1).every((cell) =>
      cell.trim() === "" || (/\p{L}/u.test(cell) && tryCanonicalTicker(cell) !== undefined)
    );
  return isPair ? { fields, tickers } : undefined;
}

/** A header and where it is. */
export interface FoundHeader {
  readonly header: Header;
  readonly records: number;
  readonly above: number;
}

/** The first line that names a date and a close. @throws {SourceError} */
export function findHeader(
  lines: readonly (readonly string[])[],
  { column, columns }: ColumnOptions,
  file: string,
): FoundHeader {
  if (columns !== null) {
    const mapped = map(columns, column);
    return { header: checked(mapped, columns, file), records: 0, above: 0 };
  }
  for (const [index, cells] of lines.entries()) {
    const [one, two] = [lines[index - 2], lines[index - 1]];
    if (isIndexLine(cells) && one?.length === cells.length && two?.length === cells.length) {
      const [fields, tickers] = hasFields(one) ? [one, two] : [two, one];
      if (hasFields(fields)) {
        return {
          header: sideBySide(fields, tickers, column),
          records: index + 1,
          above: index - 2,
        };
      }
    }
  }
  for (const [index, cells] of lines.entries()) {
    const pair = pairOf(cells, lines[index + 1]);
    if (pair !== undefined) {
      const header = sideBySide(pair.fields, pair.tickers, column);
      return { header, records: index + 2, above: index };
    }
    const mapped = map(cells, column);
    if (mapped.at.date === undefined || mapped.at.close === undefined) continue;
    return { header: checked(mapped, cells, file, column), records: index + 1, above: index };
  }
  const first = lines.find((cells) => map(cells, column).at.close !== undefined) ?? lines[0] ?? [];
  return { header: checked(map(first, column), first, file, column), records: 1, above: 0 };
}

function checked(
  mapped: Mapped,
  cells: readonly string[],
  file: string,
  given: ColumnOptions["column"] = new Map(),
): Header {
  for (const [column, name] of given) {
    if (
      mapped.names[column] !== undefined && normalized(mapped.names[column]) === normalized(name)
    ) {
      continue;
    }
    const message = `${file} has no column ${shownValue(name, MOST_OF_NAME)}; it has ${
      shownNames(cells)
    }`;
    const hint = `Correct --column ${column}=NAME.`;
    throw fileFault(file, "csv_missing_column", message, hint, { column });
  }
  if (mapped.double !== undefined) {
    const { column, names: [one, two] } = mapped.double;
    const message = `${file} has two columns for ${column}: ${shownValue(one, MOST_OF_NAME)} and ${
      shownValue(two, MOST_OF_NAME)
    }`;
    const hint = `Say which is meant with --column ${column}=NAME.`;
    throw fileFault(file, "csv_duplicate_column", message, hint, { column });
  }
  for (const column of NEEDED) {
    if (mapped.at[column] === undefined) throw missingColumn(column, cells, file);
  }
  return headerOf(mapped, cells);
}

/** Refuses a header below the first with columns elsewhere. @throws {SourceError} */
export function refuseOtherHeader(
  cells: readonly string[],
  { least, groups: [group] }: Header,
  { column, columns }: ColumnOptions,
  file: string,
  line: number,
): void {
  const { at } = map(cells, column);
  const isBeside = group?.ticker !== undefined;
  const isHeader = isBeside ? hasFields(cells) : at.date !== undefined && at.close !== undefined;
  if (!isHeader || columns !== null) return;
  const isSame = cells.length >= least &&
    COLUMNS.every((each) => at[each] === group?.at[each]);
  if (isSame && !isBeside) return;
  const message = `${file} has another header on line ${line}: ${shownNames(cells)}`;
  const hint = "Split the file there: the columns below it are not those of the first header.";
  throw fileFault(file, "csv_second_header", message, hint, { line });
}

function shownNames(cells: readonly string[]): string {
  const present = cells.map((cell) => cell.trim()).filter((name) => name !== "");
  return present.slice(0, 30).map((name) => shownValue(name, MOST_OF_NAME)).join(", ") +
      (present.length > 30 ? ", …" : "") || "none";
}

function missingColumn(column: Column, cells: readonly string[], file: string): SourceError {
  const present = cells.map((cell) => cell.trim()).filter((name) => name !== "");
  const free = present.filter((name) => spellingOf(name) === undefined);
  // A name of four or five letters at a distance of three is another word.
  const near = closest(column, free.map(normalized), 2);
  const nearName = free.find((name) => normalized(name) === near);
  const hint = present.length < 2
    ? "Begin the file with a line of column names, parted by comma, semicolon or tab."
    : present.some((cell) => /^[\d.,]+$/.test(cell))
    ? "Where the file has no header line, name its columns with --columns date,open,high,low,close."
    : `Say which column it is with --column ${column}=${
      nearName === undefined
        ? "NAME"
        : /\s/.test(nearName)
        ? shownValue(nearName, MOST_OF_NAME)
        : nearName
    }.`;
  const message = `${file} has no column ${shownValue(column, MOST_OF_NAME)}; it has ${
    shownNames(cells)
  }`;
  const details = { column, columns: present.slice(0, 30) };
  return fileFault(file, "csv_missing_column", message, hint, details);
}
