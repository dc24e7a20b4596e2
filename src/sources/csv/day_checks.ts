/** Whether a file has one row of a ticker for a day; others are corrections. @module */
import { isoOfDay } from "../../base/day.ts";
import type { SourceError } from "../../base/errors.ts";
import { tryCanonicalTicker } from "../../model/ticker.ts";
import { fileFault } from "../files/input_files.ts";
import { readDayText } from "./days.ts";
import type { Header } from "./header.ts";
import { isMissing, readingsOf } from "./numbers.ts";

/** A column that is not read, of a file whose ticker is given. */
interface TextColumn {
  readonly index: number;
  readonly name: string;
  last: string;
  asked?: string;
  other?: string;
}

interface FirstOfDay {
  readonly close: number;
  readonly cells: readonly string[];
  readonly line: number;
}

/** Checks the rows of one file. */
export class DayChecks {
  readonly #path: string;
  readonly #onlyTicker: string | undefined;
  readonly #columns: readonly TextColumn[];
  readonly #times = new Map<string, number | string>();
  readonly #rows = new Map<string, FirstOfDay>();

  constructor(path: string, { others, groups, names }: Header, onlyTicker: string | undefined) {
    this.#path = path;
    this.#onlyTicker = onlyTicker;
    const all = new Map(onlyTicker === undefined ? [] : others);
    const place = groups[0]?.at.ticker;
    if (onlyTicker !== undefined && place !== undefined) all.set(place, names.ticker ?? "");
    this.#columns = [...all].map(([index, name]) => ({ index, name, last: "" }));
  }

  checkTicker(cells: readonly string[], line: number): void {
    for (const column of this.#columns) {
      const cell = cells[column.index]?.trim() ?? "";
      if (cell === column.last) continue;
      column.last = cell;
      const ticker = isText(cell) ? tryCanonicalTicker(cell) : undefined;
      if (ticker === undefined) continue;
      const isAsked = ticker === this.#onlyTicker || this.#onlyTicker?.startsWith(`${ticker}.`);
      column[isAsked ? "asked" : "other"] ??= `${JSON.stringify(cell)} on line ${line}`;
      const { name, asked, other } = column;
      if (asked === undefined || other === undefined) continue;
      const what = `column ${JSON.stringify(name)} has ${asked} and ${other}`;
      throw this.#severalTickers(`has rows of several tickers: ${what}`, name, line);
    }
  }

  checkTime(ticker: string, day: number, time: number | string, line: number): void {
    const key = `${ticker} ${day}`;
    const known = this.#times.get(key);
    if (known === undefined) this.#times.set(key, time);
    if (known === undefined || known === time) return;
    const message = `${this.#path} has several rows of ${ticker} for ${isoOfDay(day)}, at other ` +
      `times: the second is on line ${line}`;
    const hint = "Export daily prices: rows within a day are not put together.";
    throw fileFault(this.#path, "csv_intraday", message, hint, { line });
  }

  checkRow(
    day: number,
    source: number,
    close: number,
    cells: readonly string[],
    line: number,
  ): void {
    if (this.#columns.length === 0) return;
    const key = `${day} ${source}`;
    const first = this.#rows.get(key);
    if (first === undefined) this.#rows.set(key, { close, cells, line });
    if (first === undefined || first.close === close) return;
    for (const { index, name } of this.#columns) {
      const [one, two] = [first.cells[index]?.trim() ?? "", cells[index]?.trim() ?? ""];
      if (one === two || !isText(one) || !isText(two)) continue;
      const what = `${JSON.stringify(one)} on line ${first.line} and ${JSON.stringify(two)} on ` +
        `line ${line}`;
      const message = `has several rows for ${isoOfDay(day)}, which column ` +
        `${JSON.stringify(name)} tells apart: ${what}`;
      throw this.#severalTickers(message, name, line);
    }
  }

  #severalTickers(what: string, name: string, line: number): SourceError {
    const hint = `Where the column has the tickers, name it with --column ${
      JSON.stringify(`ticker=${name}`)
    }, without --ticker-from-name; else leave the rows of one in the file.`;
    const message = `${this.#path} ${what}`;
    return fileFault(this.#path, "csv_several_tickers", message, hint, { column: name, line });
  }
}

function isText(cell: string): boolean {
  return /\p{L}/u.test(cell) && !isMissing(cell) && readingsOf(cell) === undefined &&
    readDayText(cell) === "bad_date";
}
