/**
 * The header line of a CSV file: which delimiter it has, and which column is which.
 *
 * @module
 */
import { closest } from "../../base/closest.ts";
import type { SourceError } from "../../base/errors.ts";
import { fileFault } from "../files/input_files.ts";

/** The columns that are understood, in the order in which a row is looked at. */
const COLUMNS = [
  "date",
  "ticker",
  "source",
  "open",
  "high",
  "low",
  "close",
  "adj_close",
  "volume",
] as const;

/** One of the columns that are understood. */
export type Column = (typeof COLUMNS)[number];

/** Those without which a file is of no use. */
const NEEDED: readonly Column[] = ["date", "close"];

const SPELLINGS: ReadonlyMap<string, Column> = new Map<string, Column>([
  ...COLUMNS.map((column) => [column, column] as const),
  ["symbol", "ticker"],
  ["adjclose", "adj_close"],
  ["adjusted_close", "adj_close"],
  ["adjustedclose", "adj_close"],
]);

/** Names of a point in time. Not taken for `date`: their zone decides which day is meant. */
const POINTS_IN_TIME = ["datetime", "timestamp", "time"];

/** What a header line says. */
export interface Header {
  /** Number of cells of each row. */
  readonly width: number;
  /** 0-based position of each column that the file has. */
  readonly at: Readonly<Partial<Record<Column, number>>>;
  /** Name in the file of each column that it has. */
  readonly names: Readonly<Partial<Record<Column, string>>>;
  /** Columns that are not understood, as named in the file. */
  readonly ignored: readonly string[];
}

/** What parts the cells of a file. */
export type Delimiter = "," | ";" | "\t";

/**
 * Finds out what parts the cells: comma, semicolon or tab, whichever the line has most of outside
 * quotes, in that order where they draw.
 */
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

/**
 * Finds the columns of a file by their names, in any case and order.
 *
 * @throws {SourceError} `csv_missing_column`, `csv_duplicate_column`.
 */
export function readHeader(cells: readonly string[], file: string): Header {
  const at: Partial<Record<Column, number>> = {};
  const names: Partial<Record<Column, string>> = {};
  const ignored: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const name = cell.trim();
    const column = SPELLINGS.get(normalized(name));
    if (column === undefined) {
      // An index column without a name, or a delimiter at the end of each line.
      if (name !== "") ignored.push(name);
      continue;
    }
    const other = names[column];
    if (other !== undefined) {
      const message = `${file} has two columns for ${column}: ${quote(other)} and ${quote(name)}`;
      const hint = "Rename or remove one of the two.";
      throw fileFault(file, "csv_duplicate_column", message, hint, { column });
    }
    at[column] = index;
    names[column] = name;
  }
  for (const column of NEEDED) {
    if (at[column] === undefined) throw missingColumn(column, cells, file);
  }
  return { width: cells.length, at, names, ignored };
}

function missingColumn(column: Column, cells: readonly string[], file: string): SourceError {
  const present = cells.map((cell) => cell.trim()).filter((name) => name !== "");
  const shown = present.slice(0, 30).map(quote).join(", ") + (present.length > 30 ? ", …" : "");
  const free = present.filter((name) => !SPELLINGS.has(normalized(name)));
  const point = free.find((name) => POINTS_IN_TIME.includes(normalized(name)));
  // A name of four or five letters at a distance of three is another word.
  const near = closest(column, free.map(normalized), 2);
  const nearName = free.find((name) => normalized(name) === near);
  let hint = `Name a column of the header line ${quote(column)}.`;
  if (column === "date" && point !== undefined) {
    hint = `Add a column "date" with the trading day as YYYY-MM-DD: ${
      quote(point)
    } is a point in time, and its time zone decides which day that is.`;
  } else if (nearName !== undefined) {
    hint = `Rename the column ${quote(nearName)} to ${quote(column)}.`;
  } else if (present.length < 2) {
    hint = "Begin the file with a line of column names, parted by comma, semicolon or tab.";
  }
  const message = `${file} has no column ${quote(column)}; it has ${shown || "none"}`;
  const details = { column, columns: present.slice(0, 30) };
  return fileFault(file, "csv_missing_column", message, hint, details);
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, "_");
}

function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
