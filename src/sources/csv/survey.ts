/** What dates and numbers of a file mean, by every cell, also of refused rows. @module */
import type { SourceError } from "../../base/errors.ts";
import { dayOfIso, isoOfDay, lastPossibleDay } from "../../base/day.ts";
import { fileFault } from "../files/input_files.ts";
import { type DateCell, decideOrder, type Neighbour, ORDER_NAMES, placeOf } from "./date_order.ts";
import {
  dayNumber,
  dayOfNumbers,
  type DayOrder,
  readDayText,
  weekdayOf,
  weekdayOfDay,
} from "./days.ts";
import type { Header } from "./header.ts";
import { type DecimalSign, isMissing, plainSign, type Readings, readingsOf } from "./numbers.ts";
import type { CsvOptions } from "./options.ts";
import type { RecordPlace } from "./record_scanner.ts";

/** What dates and numbers of a file mean, and what says so. */
interface Understanding {
  /** Null where every year stands first. */
  readonly order: DayOrder | null;
  readonly decimal: DecimalSign;
  readonly dates: string;
  readonly numbers: string;
}

/** What was given, and else what plain cells say. */
export function understandingOf({ dateFormat, decimal }: CsvOptions): Understanding {
  return {
    order: null,
    decimal: decimal ?? ".",
    dates: dateFormat === null
      ? "can be read in one way only"
      : `as --date-format ${dateFormat.text} says`,
    numbers: decimal === null
      ? "have decimal points, and nothing says otherwise"
      : `as --decimal ${decimal} says`,
  };
}

interface NumberCell {
  readonly cell: string;
  readonly line: number;
  readonly column: string;
  readonly readings: Readings;
}

/** Dates kept of one ticker: enough to tell its order. */
const MOST_DATES = 4096;

/** A time, a month or a number of a list, in a column that nobody says has numbers: `17.30`, `01.2024`. */
const NO_AMOUNT = /^(?:\d{1,2}[.,]\d{1,4}|(?:19|20)\d\d[.,]\d\d?)$/;

const YEAR_LAST = /^\d{1,2}([-/. ])\d{1,2}\1\d{4}(?!\d)/;

interface BesideDates {
  readonly wrong: Record<DayOrder, number>;
  /** The first of the days beside it, and what one of them agrees with by accident. */
  readonly days: Set<number>;
  accident: number;
  isNone: boolean;
}

/** More agree by accident in no file. */
const MOST_BESIDE = 16;

/** Gathers the evidence of one file. */
export class Survey {
  readonly #header: Header;
  readonly #path: string;
  readonly #options: CsvOptions;
  readonly #volumes: ReadonlySet<number>;
  readonly #numbers: ReadonlySet<number>;
  readonly #skipped: ReadonlySet<number>;
  readonly #sure: Partial<Record<DecimalSign, NumberCell>> = {};
  #either: NumberCell | undefined;
  /** By sign: the first volume that may be grouped, and whether any is not. */
  readonly #volume: Record<DecimalSign, { either?: NumberCell; isSure: boolean }> = {
    ".": { isSure: false },
    ",": { isSure: false },
  };

  /** By separator: a date in another spelling says nothing of these. */
  readonly #only = new Map<string, Partial<Record<DayOrder, DateCell>>>();
  readonly #future: Record<DayOrder, DateCell[]> = { dmy: [], mdy: [] };
  readonly #beside = new Map<number, BesideDates>();
  readonly #rows = new Map<string, DateCell[]>();
  readonly #separators = new Map<string, DateCell>();
  #firstDate: DateCell | undefined;
  #shortYear: DateCell | undefined;
  readonly #lastDay = dayOfIso(lastPossibleDay(Date.now()));

  constructor(path: string, header: Header, options: CsvOptions) {
    this.#path = path;
    this.#header = header;
    this.#options = options;
    const places = header.groups.map(({ at }) => at);
    this.#numbers = new Set(places.flatMap((at) => Object.values(at)));
    this.#volumes = new Set(places.flatMap(({ volume }) => volume === undefined ? [] : [volume]));
    this.#skipped = new Set(
      places.flatMap(({ date, time, ticker, source }) => [date, time, ticker, source])
        .filter((place) => place !== undefined),
    );
  }

  read(cells: readonly string[], { line }: RecordPlace): void {
    const isWhole = cells.length >= this.#header.least;
    for (let index = 0; index < cells.length; index++) {
      if (isWhole && this.#skipped.has(index)) continue;
      const cell = (cells[index] ?? "").trim();
      if (
        (cell.includes(".") || cell.includes(",")) &&
        ((isWhole && this.#numbers.has(index)) || !NO_AMOUNT.test(cell))
      ) this.#addNumber(cell, line, index, isWhole);
      if (cell.length >= 8 && YEAR_LAST.test(cell)) this.#addDate(cell, line);
    }
    if (isWhole) this.#addRow(cells, line);
  }

  #addNumber(cell: string, line: number, index: number, isWhole: boolean): void {
    const sign = plainSign(cell);
    if (sign !== undefined && this.#sure[sign] !== undefined) {
      if (isWhole && this.#volumes.has(index)) this.#volume[sign].isSure = true;
      return;
    }
    const readings = readingsOf(cell);
    if (readings === undefined) return;
    const { point, comma } = readings;
    if (point === comma) return;
    const column = isWhole ? this.#nameOf(index) : "a row of another width";
    const found = { cell, line, column, readings };
    const isEither = point !== undefined && comma !== undefined;
    const only = point === undefined ? "," : ".";
    if (isEither) this.#either ??= found;
    else this.#sure[only] ??= found;
    if (!isWhole || !this.#volumes.has(index)) return;
    if (isEither) this.#volume[cell.includes(".") ? "." : ","].either ??= found;
    else if (cell.includes(only)) this.#volume[only].isSure = true;
  }

  #nameOf(index: number): string {
    for (const { at } of this.#header.groups) {
      const known = Object.entries(at).find(([, place]) => place === index)?.[0];
      if (known !== undefined) return known;
    }
    return this.#header.others.get(index) ?? "";
  }

  #addDate(cell: string, line: number): DateCell & { readonly separator: string } | undefined {
    const text = readDayText(cell);
    if (text === "bad_date" || text.kind !== "numbers") return undefined;
    const date = { cell, line, ...text };
    if (text.yearDigits === 4) {
      const weekday = weekdayOf(/^[\p{L}-]+/u.exec(cell)?.[0] ?? "");
      const [dmy, mdy] = (["dmy", "mdy"] as const).map((order) => {
        const day = dayOfNumbers(date, order);
        return weekday === undefined || weekday === (day && weekdayOfDay(day)) ? day : undefined;
      });
      const only = this.#only.get(text.separator) ?? {};
      if (dmy !== undefined && mdy === undefined) only.dmy ??= date;
      if (mdy !== undefined && dmy === undefined) only.mdy ??= date;
      this.#only.set(text.separator, only);
    } else this.#shortYear ??= date;
    return date;
  }

  #addRow(cells: readonly string[], line: number): void {
    const at = this.#header.groups[0]?.at;
    const cell = (cells[at?.date ?? -1] ?? "").trim();
    const date = this.#addDate(cell, line);
    if (date === undefined) return;
    if (!this.#separators.has(date.separator)) this.#separators.set(date.separator, date);
    const [dmy, mdy] = [dayOfNumbers(date, "dmy"), dayOfNumbers(date, "mdy")];
    if (dmy === undefined || mdy === undefined || dmy === mdy) return;
    this.#firstDate ??= date;
    for (const [order, day] of [["dmy", dmy], ["mdy", mdy]] as const) {
      const late = this.#future[order];
      const isNew = late.length < 2 && dayOfNumbers(late[0] ?? date, order) !== day;
      if (day > this.#lastDay && (late.length === 0 || isNew)) late.push(date);
    }
    for (const index of this.#header.others.keys()) {
      this.#addBeside(index, (cells[index] ?? "").trim(), dmy, mdy);
    }
    const ticker = at?.ticker === undefined ? "" : (cells[at.ticker] ?? "").trim();
    const rows = this.#rows.get(ticker);
    if (rows === undefined) this.#rows.set(ticker, [date]);
    else if (rows.length < MOST_DATES && rows.at(-1)?.cell !== cell) rows.push(date);
  }

  #addBeside(index: number, cell: string, dmy: number, mdy: number): void {
    const known = this.#beside.get(index);
    if (known?.isNone === true || isMissing(cell)) return;
    const beside = known ??
      { wrong: { dmy: 0, mdy: 0 }, days: new Set<number>(), accident: 1 / 365, isNone: false };
    this.#beside.set(index, beside);
    const weekday = weekdayOf(cell);
    const text = weekday === undefined ? readDayText(cell) : undefined;
    if (text === "bad_date" || text?.kind === "numbers") {
      beside.isNone = true;
      return;
    }
    const isWrong = (day: number): boolean => {
      const number = dayNumber(day);
      if (weekday !== undefined) return weekdayOfDay(day) !== weekday;
      const there = text?.kind === "instant"
        ? Math.floor(text.ms / 86_400_000)
        : dayNumber(text?.day ?? 0);
      // A point in time may be of the evening before, or of the next morning.
      return Math.abs(there - number) > (text?.kind === "instant" ? 1 : 0);
    };
    if (weekday !== undefined) beside.accident = 1 / 7;
    else if (text?.kind === "instant") beside.accident = Math.max(beside.accident, 3 / 365);
    if (beside.days.size < MOST_BESIDE) beside.days.add(dmy);
    if (isWrong(dmy)) beside.wrong.dmy++;
    if (isWrong(mdy)) beside.wrong.mdy++;
  }

  decide(): Understanding {
    const { dateFormat, decimal } = this.#options;
    const understanding = understandingOf(this.#options);
    const dates = dateFormat === null ? this.#decideDates() : undefined;
    return { ...understanding, ...dates, ...(decimal === null && this.#decideNumbers()) };
  }

  #decideDates(): Pick<Understanding, "order" | "dates"> | undefined {
    const [one, two] = this.#separators.values();
    const [separator] = this.#separators.keys();
    if (one === undefined || separator === undefined) return undefined;
    if (this.#shortYear !== undefined) {
      const why = "has a year of two digits, so that day, month and year can be any of the three";
      throw this.#refuseDates(this.#shortYear, why, "dmy, mdy or ymd");
    }
    if (two !== undefined) {
      throw this.#ambiguousDates(
        this.#firstDate ?? one,
        `the dates are written in two ways, ${placeOf(one)} and ${placeOf(two)}`,
      );
    }
    const neighbours = [...this.#beside].flatMap(
      ([index, { wrong, days, accident, isNone }]): Neighbour[] =>
        isNone ? [] : [{ name: this.#nameOf(index), wrong, accident: accident ** days.size }],
    );
    const rows = [...this.#rows.values()].reduce<DateCell[]>(
      (longest, each) => each.length > longest.length ? each : longest,
      [],
    );
    const only = this.#only.get(separator) ?? {};
    const evidence = { only, future: this.#future, neighbours, rows };
    const decided = decideOrder(evidence);
    if (decided.order !== null) {
      return { order: decided.order, dates: `${ORDER_NAMES[decided.order]}: ${decided.evidence}` };
    }
    const example = this.#firstDate ?? only.dmy ?? only.mdy;
    // Day and month have the same number in all of them.
    if (example === undefined) return { order: "dmy", dates: "day and month are the same number" };
    throw this.#ambiguousDates(example, decided.evidence);
  }

  #ambiguousDates(date: DateCell, why: string): SourceError {
    const readings = (["dmy", "mdy"] as const).flatMap((order) => {
      const day = dayOfNumbers(date, order);
      return day === undefined ? [] : [`${isoOfDay(day)} (${ORDER_NAMES[order]})`];
    });
    const what = `is ${readings.length === 1 ? "only " : ""}${readings.join(" or ")}: ${why}`;
    return this.#refuseDates(date, what, "dmy or --date-format mdy", { readings });
  }

  #refuseDates(date: DateCell, what: string, formats: string, more?: object): SourceError {
    const { cell, line } = date;
    const message = `${this.#path}: ${placeOf(date)} ${what}`;
    const hint = `Say which with --date-format ${formats}.`;
    return fileFault(this.#path, "csv_ambiguous_dates", message, hint, { cell, line, ...more });
  }

  #decideNumbers(): Pick<Understanding, "decimal" | "numbers"> {
    const { ".": point, ",": comma } = this.#sure;
    if (point !== undefined && comma !== undefined) {
      throw this.#ambiguousNumber(
        this.#either ?? point,
        `the file has decimal points and decimal commas, ${placeOf(point)} (${point.column}) and ` +
          `${placeOf(comma)} (${comma.column})`,
      );
    }
    const writer = this.#writerOfPoints();
    if (writer !== undefined && comma === undefined && this.#either?.cell.includes(",") !== true) {
      return { decimal: ".", numbers: `decimal point: the columns are those of ${writer}` };
    }
    const sure = point ?? comma;
    if (sure !== undefined) {
      const sign = sure === point ? "." : ",";
      const volume = this.#volume[sign];
      if (volume.either !== undefined && !volume.isSure) {
        const why = "every such volume has three digits behind the sign, as thousands have";
        throw this.#ambiguousNumber(volume.either, why);
      }
      const name = sign === "." ? "decimal point" : "decimal comma";
      return { decimal: sign, numbers: `${name}: ${placeOf(sure)} (${sure.column})` };
    }
    if (this.#either === undefined) {
      return { decimal: ".", numbers: "no number has a decimal sign" };
    }
    throw this.#ambiguousNumber(this.#either, "no number of the file can be read in one way only");
  }

  /** A program whose columns these are, and that writes a decimal point in every language. */
  #writerOfPoints(): string | undefined {
    const names = [...Object.values(this.#header.names), ...this.#header.others.values()];
    const has = (...wanted: readonly string[]): boolean =>
      wanted.every((name) => names.includes(name));
    if (has("<TICKVOL>", "<SPREAD>", "<CLOSE>")) return "MetaTrader 5";
    return has("ticker", "date", "source", "adj_close", "ingest_id")
      ? "an export of tickerlock"
      : undefined;
  }

  #ambiguousNumber(found: NumberCell, why: string): SourceError {
    const { cell, line, column, readings: { point, comma } } = found;
    const readings = [point, comma].filter((value) => value !== undefined).map(String);
    const message = `${this.#path}: ${placeOf(found)} (${column}) is ${
      readings.join(" or ")
    }: ${why}`;
    const hint = "Say which with --decimal . or --decimal , (the sign before the decimals).";
    return fileFault(this.#path, "csv_ambiguous_numbers", message, hint, {
      cell,
      line,
      column,
      readings,
    });
  }
}
