/** From the cells of one record to rows and rejects. @module */
import { shownValue } from "../../base/text.ts";
import { isoOfDay } from "../../base/day.ts";
import { BAD_CELL } from "../../model/prices.ts";
import { tryCanonicalTicker } from "../../model/ticker.ts";
import type { RowValues } from "../files/row_columns.ts";
import { type Collection, NONE } from "./collection.ts";
import { DayChecks } from "./day_checks.ts";
import { type DayFault, DayReader } from "./day_reader.ts";
import type { DayOrder } from "./days.ts";
import { type Delimiter, type Group, type Header, refuseOtherHeader } from "./header.ts";
import {
  type DecimalSign,
  isMissing,
  looksGrouped,
  plainNumber,
  readingsOf,
  readNumber,
} from "./numbers.ts";
import type { CsvOptions } from "./options.ts";
import type { RecordPlace } from "./record_scanner.ts";

/** What of the files is wanted. */
export interface Wanted {
  readonly tickers: ReadonlySet<string> | null;
  readonly from: number;
  readonly to: number;
}

/** What is taken of a file, and where to. */
export interface Taking {
  readonly wanted: Wanted;
  /** Of a file without a column for it; undefined where none is known. */
  readonly onlyTicker: string | undefined;
  readonly given: CsvOptions;
  readonly file: number;
  readonly into: Collection;
}

interface RowReaderOptions extends Taking {
  readonly path: string;
  readonly header: Header;
  readonly delimiter: Delimiter;
  readonly order: DayOrder | null;
  /** Null where it is not known yet, and plain numbers alone can be read. */
  readonly decimal: DecimalSign | null;
  /** Null where stamps are days. */
  readonly timeZone: string | null;
  readonly origin: string;
}

const MAX_RAW = 500;

/** Of a volume, it says that this is a turnover. */
const CURRENCY = /\p{Sc}/u;

const SOURCE = /^[a-z0-9_-]{1,32}$/;

/** A price of a bond in 32nds and quarters of them, as futures exchanges write it, or thousands. */
const THIRTY_SECONDS = /^\d{2,3}'(?:[0-2]\d|3[01])[0257]$/;

/** What a row calls the columns with numbers, the close first: without it the others are no row. */
const VALUES = [
  ["close", "close"],
  ["open", "open"],
  ["high", "high"],
  ["low", "low"],
  ["adj_close", "adjClose"],
  ["volume", "volume"],
] as const;

/** What a page has in place of prices on the day of a dividend or a split. */
const NO_PRICES = /\b(?:dividends?|splits?|dividendos?|jcp|desdobramentos?|grupamentos?)\b/i;

interface Fault {
  readonly code: string;
  readonly reason: string;
  readonly isEmpty?: boolean;
}

interface GroupReader extends Group {
  readonly valuesAt: readonly number[];
}

/** Reads the rows of one file, in the order of the file. */
export class RowReader {
  readonly options: RowReaderOptions;
  readonly days: DayReader;
  rows = 0;
  /** Whether a cell needs what the whole file says before it can be read. */
  isUndecided = false;

  /** Whether plain numbers were met that can be read in one way, and in two. */
  readonly #all = { sure: false, either: false };
  /** The same of volumes alone. */
  readonly #volumes = { sure: false, either: false };
  #hasPoint = false;
  #longer = 0;
  #zero: string | undefined;
  /** The first price that may be in 32nds, and whether another one with that sign cannot be. */
  #ticks: string | undefined;
  #hasThousands = false;
  readonly #groups: readonly GroupReader[];
  readonly #bad: string[] = [];
  readonly #checks: DayChecks;
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
    const { order, timeZone, given: { dateFormat: format } } = options;
    this.days = new DayReader({ order, format, timeZone });
    this.#checks = new DayChecks(options.path, options.header, options.onlyTicker);
    this.#groups = options.header.groups.map((group) => ({
      at: group.at,
      ticker: group.ticker && withSuffix(group.ticker, options.given),
      valuesAt: VALUES.map(([column]) => group.at[column] ?? NONE),
    }));
  }

  /** Whether a file that was read as a plain one is none. */
  get needsSurvey(): boolean {
    // Columns that are not read may contradict a number that can be read in two ways.
    const hasOthers = this.options.header.others.size > 0;
    return this.isUndecided || (this.#all.either && hasOthers) ||
      [this.#all, this.#volumes].some(({ sure, either }) => either && !sure);
  }

  /** What says that commas part cells and stand before decimals as well. */
  get commaDoubt(): string | undefined {
    const { delimiter, given } = this.options;
    if (delimiter !== "," || given.decimal !== null || this.#hasPoint) return undefined;
    if (this.#longer === this.rows) return "every row has more cells than the header";
    return this.#zero && `${shownValue(this.#zero, 60)} has a 0 in front, as decimals have`;
  }

  /** A price that may be in 32nds, as all that have its sign. */
  get ticks(): string | undefined {
    return this.#hasThousands || this.options.given.decimal !== null ? undefined : this.#ticks;
  }

  read(cells: readonly string[], place: RecordPlace): void {
    const { header } = this.options;
    if (isBlank(cells, 0)) return;
    this.rows++;
    if (cells.length > header.width) this.#longer++;
    if (
      cells.length < header.least || (cells.length > header.width && !isBlank(cells, header.width))
    ) {
      this.#refuseWidth(cells, place);
      return;
    }
    this.#checks.checkTicker(cells, place.line);
    for (const group of this.#groups) this.#readGroup(group, cells, place);
  }

  #readGroup(group: GroupReader, cells: readonly string[], place: RecordPlace): void {
    const { wanted, into, file } = this.options;
    const { at } = group;
    const isBeside = group.ticker !== undefined;
    // Of several tickers side by side, one may not trade on a day of the others.
    if (
      isBeside && group.valuesAt.every((index) => index === NONE || isMissing(cellAt(cells, index)))
    ) {
      return;
    }
    const tickerCell = group.ticker ?? this.options.onlyTicker ?? cellAt(cells, at.ticker);
    const ticker = isBeside || this.options.onlyTicker !== undefined
      ? tickerCell
      : this.#canonical(tickerCell);
    if (ticker !== undefined) into.see(ticker);
    const dateCell = cellAt(cells, at.date);
    const day = this.days.read(dateCell, cellAt(cells, at.time));
    if (day === "undecided") this.isUndecided = true;
    if (day === "bad_date") this.#refuseHeader(cells, place);
    const outside = typeof day === "number" && (day < wanted.from || day > wanted.to);
    if (outside || (ticker !== undefined && wanted.tickers?.has(ticker) === false)) {
      if (this.#isEvidenceWanted(place)) this.#readValues(group, cells);
      return;
    }
    const fault = this.#readValues(group, cells);
    if (ticker === undefined) {
      const reason = `${shownValue(tickerCell, 60)} is not a ticker`;
      this.#reject(NONE, day, { code: "bad_ticker", reason }, place);
      return;
    }
    const number = into.tickers.number(ticker);
    const { time, written = day } = this.days;
    if (time !== undefined && typeof written === "number") {
      this.#checks.checkTime(ticker, written, time, place.line);
    }
    if (typeof day !== "number") {
      const fault = day === "not_a_day"
        ? {
          code: day,
          reason: `${
            shownValue(dateCell, 60)
          } is a point in time, and its day depends on --time-zone`,
        }
        : { code: "bad_date", reason: `${shownValue(dateCell, 60)} is not a day` };
      this.#reject(number, day, fault, place);
      return;
    }
    if (fault !== undefined) this.#reject(number, day, fault, place);
    else {
      const source = this.#source(cells, at.source);
      this.#checks.checkRow(day, source, this.#row.close, cells, place.line);
      this.#row.date = day;
      this.#row.source = source;
      into.table.push(number, file, place.line, this.#row);
      for (const reason of this.#bad) this.#reject(number, day, { code: BAD_CELL, reason }, place);
    }
  }

  /** A record of another width is refused; its cells may say what numbers mean. */
  #refuseWidth(cells: readonly string[], place: RecordPlace): void {
    this.#refuseHeader(cells, place);
    const { header, into, onlyTicker, decimal } = this.options;
    const [group] = this.#groups;
    if (decimal === null && cells.some((cell) => /[.,]/.test(cell))) this.isUndecided = true;
    const ticker = onlyTicker ?? (this.#groups.length === 1 ? group?.ticker : undefined);
    const number = ticker === undefined ? NONE : into.tickers.number(ticker);
    const day = this.days.read(cellAt(cells, group?.at.date));
    if (cells.length < header.least && cells.some((cell) => NO_PRICES.test(cell))) {
      const reason = "a dividend or a split stands in place of prices, and is not read";
      this.#reject(number, day, { code: "no_prices", reason, isEmpty: true }, place);
      return;
    }
    const reason = `the row has ${cells.length} cells, the header ${header.width}`;
    this.#reject(number, "bad_date", { code: "bad_cell_count", reason }, place);
  }

  #refuseHeader(cells: readonly string[], { line }: RecordPlace): void {
    const { header, given, path } = this.options;
    refuseOtherHeader(cells, header, given, path, line);
  }

  #canonical(cell: string): string | undefined {
    if (cell !== this.#lastTickerCell) {
      this.#lastTickerCell = cell;
      const ticker = tryCanonicalTicker(cell);
      this.#lastTicker = ticker === undefined ? undefined : withSuffix(ticker, this.options.given);
    }
    return this.#lastTicker;
  }

  #source(cells: readonly string[], at: number | undefined): number {
    const source = cellAt(cells, at).toLowerCase();
    if (SOURCE.test(source)) return this.options.into.sources.number(source);
    if (source !== "") {
      const what = "is not a source: 1 to 32 letters, digits, - and _ are";
      this.#bad.push(`${shownValue(source, 60)} ${what}; csv stands in its place`);
    }
    return NONE;
  }

  /** A row that is not wanted is evidence while there is none, or where a cell may have a comma. */
  #isEvidenceWanted({ raw }: RecordPlace): boolean {
    const { decimal, delimiter } = this.options;
    if (decimal !== null) return false;
    return !this.#all.sure || raw.includes(delimiter === "," ? '"' : ",");
  }

  /** Reads all values, also after a bad close: any may say what the numbers of the file mean. */
  #readValues(group: GroupReader, cells: readonly string[]): Fault | undefined {
    let fault: Fault | undefined;
    this.#bad.length = 0;
    for (let index = 0; index < VALUES.length; index++) {
      const [column, name] = VALUES[index] ?? ["close", "close"];
      const at = group.valuesAt[index] ?? NONE;
      const cell = at === NONE ? "" : cellAt(cells, at);
      const value = cell === "" ? null : this.#number(cell, column);
      const isMoney = column === "volume" && CURRENCY.test(cell);
      const isBad = value === undefined || isMoney ||
        (column === "volume" && value !== null &&
          !(value >= 0 && value <= Number.MAX_SAFE_INTEGER));
      this.#row[name] = typeof value === "number" && !isBad ? value : NaN;
      if (isBad) {
        const what = isMoney
          ? "which is money and no number of units"
          : column === "volume" && value !== undefined
          ? "not from 0 to 2^53 - 1"
          : "not a number";
        const reason = `${column} is ${shownValue(cell, 60)}, ${what}`;
        if (column === "close") fault = { code: "bad_number", reason };
        else this.#bad.push(`${reason}; left empty`);
      } else if (column === "close" && value === null) {
        fault = { code: "missing_close", reason: "there is no close" };
      }
    }
    return fault;
  }

  #number(cell: string, column: string): number | null | undefined {
    const { decimal } = this.options;
    this.#hasPoint ||= cell.includes(".");
    if (column !== "volume" && cell.includes("'")) {
      if (THIRTY_SECONDS.test(cell)) this.#ticks ??= cell;
      else this.#hasThousands = true;
    }
    if (cell.startsWith("0") && /^0\d{1,3}$/.test(cell)) this.#zero ??= cell;
    if (decimal !== null) return readNumber(cell, decimal);
    const value = plainNumber(cell);
    if (value === undefined) {
      if (isMissing(cell)) return null;
      const readings = readingsOf(cell);
      if (readings?.point !== undefined || readings?.comma !== undefined) this.isUndecided = true;
      return undefined;
    }
    const isEither = looksGrouped(cell);
    if (isEither || ((!this.#all.sure || column === "volume") && cell.includes("."))) {
      const kind = isEither ? "either" : "sure";
      this.#all[kind] = true;
      if (column === "volume") this.#volumes[kind] = true;
    }
    return value;
  }

  #reject(ticker: number, day: number | DayFault, fault: Fault, place: RecordPlace): void {
    const { origin, into } = this.options;
    const date = typeof day === "number" ? isoOfDay(day) : null;
    const raw = place.raw.slice(0, MAX_RAW);
    into.rejects.push({ ticker, reject: { origin, line: place.line, date, ...fault, raw } });
  }
}

/** A ticker with what `--suffix` puts behind it. */
export function withSuffix(ticker: string, { suffix }: CsvOptions): string | undefined {
  return suffix === "" || ticker.endsWith(suffix) ? ticker : tryCanonicalTicker(ticker + suffix);
}

function cellAt(cells: readonly string[], at: number | undefined): string {
  return at === undefined ? "" : (cells[at] ?? "").trim();
}

function isBlank(cells: readonly string[], from: number): boolean {
  for (let index = from; index < cells.length; index++) {
    if (cells[index]?.trim() !== "") return false;
  }
  return true;
}
