/**
 * From the cells of one record to a row or a reject.
 *
 * @module
 */
import { tryCanonicalTicker } from "../../model/ticker.ts";
import { type Collection, NONE } from "./collection.ts";
import { isoOfDay } from "../../base/day.ts";
import { DayReader } from "./days.ts";
import type { Column, Delimiter, Header } from "./header.ts";
import { type NumberFault, NumberReader } from "./numbers.ts";
import type { RowValues } from "../files/row_columns.ts";

/** What of the files is wanted. */
export interface Wanted {
  /** Canonical tickers, or null for all. */
  readonly tickers: ReadonlySet<string> | null;
  /** First day, `yyyymmdd`, inclusive. */
  readonly from: number;
  /** Last day, `yyyymmdd`, inclusive. */
  readonly to: number;
}

/** What is taken of a file, and where to. */
export interface Taking {
  readonly wanted: Wanted;
  /** The ticker of a file without a column for it, canonical; undefined where none is known. */
  readonly onlyTicker: string | undefined;
  /** Number of the file. */
  readonly file: number;
  /** Takes rows and rejects. */
  readonly into: Collection;
}

/** Options of {@linkcode RowReader}. */
export interface RowReaderOptions extends Taking {
  readonly header: Header;
  /** What parts the cells. */
  readonly delimiter: Delimiter;
  /** Whether an earlier reading of the file found decimal commas. */
  readonly decimalComma: boolean;
  /** Name of the file, for rejects. */
  readonly origin: string;
}

/** A record as the scanner found it. */
export interface RecordPlace {
  /** 1-based line that the record begins in. */
  readonly line: number;
  /** The record as in the file; asked for rejects only. */
  readonly raw: string;
}

/** Longest reject text kept, as `Reject.raw` has it. */
const MAX_RAW = 500;
const SOURCE = /^[a-z0-9_-]{1,32}$/;

/** Columns of values, and what a row calls them. */
const VALUES = [
  ["open", "open"],
  ["high", "high"],
  ["low", "low"],
  ["close", "close"],
  ["adj_close", "adjClose"],
  ["volume", "volume"],
] as const;

interface Fault {
  readonly code: string;
  readonly reason: string;
}

/** Reads the rows of one file, in the order of the file. */
export class RowReader {
  readonly options: RowReaderOptions;
  readonly numbers: NumberReader;
  readonly days: DayReader = new DayReader();
  /** Number of records read, wanted or not, without those that are blank. */
  rows = 0;

  readonly #valuesAt: readonly number[];
  /** One object for all rows. */
  readonly #row: RowValues = {
    date: 0,
    open: NaN,
    high: NaN,
    low: NaN,
    close: NaN,
    adjClose: NaN,
    volume: NaN,
    source: NONE,
  };
  // Rows of one ticker usually stand together.
  #lastTickerCell: string | undefined;
  #lastTicker: string | undefined;

  constructor(options: RowReaderOptions) {
    this.options = options;
    this.numbers = new NumberReader(options.delimiter, options.decimalComma);
    this.#valuesAt = VALUES.map(([column]) => options.header.at[column] ?? NONE);
  }

  /**
   * Reads one record and adds the row or the reject to the collection. A record whose cells are
   * all empty is a blank line: spreadsheets leave such at the end.
   */
  read(cells: readonly string[], place: RecordPlace): void {
    const { header, wanted, into, file, onlyTicker } = this.options;
    if (cells[0]?.trim() === "" && cells.every((cell) => cell.trim() === "")) return;
    this.rows++;
    if (cells.length !== header.width) {
      const ticker = onlyTicker === undefined ? NONE : into.tickers.number(onlyTicker);
      const reason = `the row has ${cells.length} cells, the header ${header.width}`;
      this.#reject(ticker, null, { code: "bad_cell_count", reason }, place);
      return;
    }
    const tickerCell = onlyTicker ?? this.#cell(cells, "ticker");
    const ticker = onlyTicker ?? this.#canonical(tickerCell);
    if (ticker !== undefined) into.see(ticker);
    const dateCell = this.#cell(cells, "date");
    const day = this.days.read(dateCell);
    const outside = typeof day === "number" && (day < wanted.from || day > wanted.to);
    if (outside || (ticker !== undefined && wanted.tickers?.has(ticker) === false)) {
      if (this.numbers.needsAll) this.#readValues(cells);
      return;
    }
    const fault = this.#readValues(cells);
    const date = typeof day === "number" ? isoOfDay(day) : null;
    if (ticker === undefined) {
      const reason = `${shown(tickerCell)} is not a ticker`;
      this.#reject(NONE, date, { code: "bad_ticker", reason }, place);
      return;
    }
    const number = into.tickers.number(ticker);
    if (typeof day !== "number") {
      const reason = day === "not_a_day"
        ? `${shown(dateCell)} has a time of day, and its zone decides which day it belongs to`
        : `${shown(dateCell)} is not a date as YYYY-MM-DD or DD/MM/YYYY`;
      this.#reject(number, null, { code: day, reason }, place);
      return;
    }
    const source = this.#source(cells);
    if (typeof source !== "number") this.#reject(number, date, source, place);
    else if (fault !== undefined) this.#reject(number, date, fault, place);
    else {
      this.#row.date = day;
      this.#row.source = source;
      into.table.push(number, file, place.line, this.#row);
    }
  }

  #cell(cells: readonly string[], column: Column): string {
    const at = this.options.header.at[column];
    return at === undefined ? "" : (cells[at] ?? "").trim();
  }

  #canonical(cell: string): string | undefined {
    if (cell !== this.#lastTickerCell) {
      this.#lastTickerCell = cell;
      this.#lastTicker = tryCanonicalTicker(cell);
    }
    return this.#lastTicker;
  }

  #source(cells: readonly string[]): number | Fault {
    if (this.options.header.at.source === undefined) return NONE;
    const source = this.#cell(cells, "source").toLowerCase();
    if (SOURCE.test(source)) return this.options.into.sources.number(source);
    return {
      code: "bad_source",
      reason: `${shown(source)} is not a source: 1 to 32 letters, digits, - and _ are`,
    };
  }

  /** Reads all values, also after a bad one: any may show that the file has decimal commas. */
  #readValues(cells: readonly string[]): Fault | undefined {
    let first: Fault | undefined;
    for (const [index, [column, name]] of VALUES.entries()) {
      const at = this.#valuesAt[index] ?? NONE;
      const cell = at === NONE ? "" : (cells[at] ?? "").trim();
      const value = cell === "" ? null : this.numbers.read(cell);
      this.#row[name] = typeof value === "number" ? value : NaN;
      first ??= this.#fault(column, cell, value);
    }
    return first;
  }

  #fault(column: Column, cell: string, value: number | null | NumberFault): Fault | undefined {
    if (value === null) {
      if (column !== "close") return undefined;
      return { code: "missing_close", reason: "there is no close" };
    }
    if (typeof value === "number") {
      if (column !== "volume" || (Number.isSafeInteger(value) && value >= 0)) return undefined;
      const reason = `volume is ${shown(cell)}, not an integer from 0 to 2^53 - 1`;
      return { code: "bad_volume", reason };
    }
    if (value === "ambiguous_number") {
      const why = "in a file with decimal commas, thousands may be meant";
      return { code: value, reason: `${column} is ${shown(cell)}: ${why}` };
    }
    const comma = this.options.delimiter !== ";" && /^[+-]?[\d.]*,\d+$/.test(cell)
      ? "; a comma is read as a decimal one only where semicolons part the cells"
      : "";
    return { code: value, reason: `${column} is ${shown(cell)}, not a number${comma}` };
  }

  #reject(ticker: number, date: string | null, fault: Fault, place: RecordPlace): void {
    const { origin, into } = this.options;
    const raw = place.raw.slice(0, MAX_RAW);
    into.rejects.push({ ticker, reject: { origin, line: place.line, date, ...fault, raw } });
  }
}

function shown(cell: string): string {
  return JSON.stringify(cell.length > 60 ? `${cell.slice(0, 60)}…` : cell);
}
