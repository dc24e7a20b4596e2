/** The first pass: checks every record, counts, and keeps rows as long as they fit. @module */
import type { Reject } from "../../model/prices.ts";
import { plural } from "../../base/text.ts";
import { isCalendarDay, isoOfDay } from "../../base/day.ts";
import { count, Counts } from "./counts.ts";
import {
  DOCUMENTED_BDI,
  DOCUMENTED_MARKETS,
  FIELDS,
  FORWARD_MARKET,
  RECORD_LENGTH,
} from "./layout.ts";
import {
  badNumber,
  dateAt,
  fieldAt,
  marketAt,
  QuoteReader,
  type Refusal,
  type RowFilter,
  termAt,
  textOf,
} from "./quote.ts";
import type { ScanSink } from "./scanner.ts";
import { InstrumentTable } from "./instruments.ts";
import { QuoteColumns } from "./quote_columns.ts";
import { NO_TICKER, TickerTable } from "./ticker_table.ts";

const RAW_LENGTH = 500;

interface RecordIndexOptions {
  readonly filter: RowFilter;
  readonly tickers: ReadonlySet<string> | null;
  /** Beyond it no rows are kept in memory, only counts. */
  readonly rowBudget: number;
  /** Rejects kept at most, and the first of each ticker. */
  readonly maxRejects: number;
}

function nameProblem(bytes: Uint8Array, at: number, market: number): Refusal {
  if (market === FORWARD_MARKET && termAt(bytes, at) < 0) {
    const term = JSON.stringify(fieldAt(bytes, at, FIELDS.term));
    const reason = `the term PRAZOT of a forward is ${term}: a number of days is expected`;
    return { code: "bad_term", reason };
  }
  const name = JSON.stringify(fieldAt(bytes, at, FIELDS.ticker).trimEnd());
  return { code: "bad_ticker", reason: `${name} in field CODNEG is no ticker` };
}

/** Collects rows, rejects and counts. For each file: `begin`, the records, then perhaps `takeBack`. */
export class RecordIndex implements ScanSink {
  readonly filter: RowFilter;
  readonly tickers: TickerTable = new TickerTable();
  readonly counts: Counts;
  /** The rows of all files; none once they are more than the budget. */
  rows: QuoteColumns;
  isWhole = true;
  /** Also in other markets, as `yyyymmdd`. */
  daysOfFile: Set<number> = new Set();
  readonly instruments: InstrumentTable = new InstrumentTable();
  readonly #options: RecordIndexOptions;
  readonly #reader = new QuoteReader();
  readonly #rejects: { readonly id: number; readonly reject: Reject }[] = [];
  #file = 0;
  #origin = "";
  #before = { rows: 0, instruments: 0, rejects: 0 };
  /** Files are sorted by day. 0 is none. */
  #goodDate = 0;

  constructor(options: RecordIndexOptions) {
    const { filter, tickers } = options;
    this.#options = options;
    this.filter = filter;
    this.rows = new QuoteColumns(this.instruments);
    this.counts = new Counts((id) => tickers?.has(this.tickers.names[id] ?? "") ?? true);
  }

  /** Starts a file of about so many records, from its size. */
  begin(file: number, origin: string, records: number): void {
    const { rows, isWhole } = this;
    this.#file = file;
    this.#origin = origin;
    this.#goodDate = 0;
    this.daysOfFile = new Set();
    this.#before = {
      rows: rows.length,
      instruments: this.instruments.length,
      rejects: this.#rejects.length,
    };
    this.counts.mark();
    // Doubling at least, so that many small files do not copy everything each time.
    if (!isWhole || rows.length + records <= rows.capacity) return;
    const room = Math.max(rows.length + records, rows.capacity * 2);
    rows.reserve(Math.min(room, this.#options.rowBudget));
  }

  takeBack(): void {
    this.counts.takeBack();
    const { rows, instruments, rejects } = this.#before;
    this.rows.truncate(rows);
    this.instruments.truncate(instruments);
    this.#rejects.length = rejects;
  }

  #see(date: number): void {
    this.#goodDate = date;
    this.daysOfFile.add(date);
  }

  quote(bytes: Uint8Array, at: number, line: number): void {
    const { counts, filter } = this;
    const { total } = counts;
    const bdi = FIELDS.bdi.start + at;
    counts.countBdi(((bytes[bdi] ?? 0) << 8) | (bytes[bdi + 1] ?? 0));
    const market = marketAt(bytes, at);
    const id = this.tickers.idAt(bytes, at, market);
    if (id !== NO_TICKER) counts.admit(id);
    if (market < 0) return this.#refuse(bytes, at, line, badNumber(bytes, at, FIELDS.market), id);
    count(counts.markets, market);
    if (!filter.takesMarket(market)) {
      if (id !== NO_TICKER) counts.market[id] = market + 1;
      total.otherMarket++;
      const date = dateAt(bytes, at);
      if (date !== this.#goodDate && date >= 0 && isCalendarDay(date)) this.#see(date);
      return;
    }
    if (id === NO_TICKER) return this.#refuse(bytes, at, line, nameProblem(bytes, at, market), id);
    count(counts.records, id);
    const date = dateAt(bytes, at);
    if (date !== this.#goodDate) {
      if (date < 0 || !isCalendarDay(date)) {
        const shown = JSON.stringify(fieldAt(bytes, at, FIELDS.date));
        const reason = `the date ${shown} is no day of the calendar`;
        return this.#refuse(bytes, at, line, { code: "bad_date", reason }, id);
      }
      this.#see(date);
    }
    if (date < total.firstDate) total.firstDate = date;
    if (date > total.lastDate) total.lastDate = date;
    if (!counts.isWanted(id)) {
      total.otherTicker++;
      return;
    }
    if (!filter.takesDate(date)) {
      total.otherDay++;
      return count(counts.outside, id);
    }
    const reader = this.#reader;
    if (!reader.readNumbers(bytes, at)) {
      return this.#refuse(bytes, at, line, reader.refusalAt(bytes, at), id, isoOfDay(date));
    }
    reader.date = date;
    count(counts.rows, id);
    total.rows++;
    if (!this.isWhole) return;
    if (this.rows.length >= this.#options.rowBudget) {
      this.isWhole = false;
      this.takeRows();
      this.instruments.truncate(0);
      return;
    }
    reader.readDetails(bytes, at);
    reader.instrument = this.instruments.idAt(bytes, at, id);
    this.rows.push(id, this.#file, line, reader);
  }

  #refuse(
    bytes: Uint8Array,
    at: number,
    line: number,
    refusal: Refusal,
    id: number,
    date: string | null = null,
  ): void {
    if (id !== NO_TICKER && !this.counts.isWanted(id)) {
      this.counts.total.otherTicker++;
      return;
    }
    this.refuse(bytes.subarray(at, at + RECORD_LENGTH), line, refusal, id, date);
  }

  refuse(
    record: Uint8Array,
    line: number,
    refusal: Refusal,
    id: number = NO_TICKER,
    date: string | null = null,
  ): void {
    const { total, refused } = this.counts;
    total.refused++;
    if (id === NO_TICKER) total.unassigned++;
    else count(refused, id);
    const before = (id === NO_TICKER ? total.unassigned : refused[id] ?? 0) - 1;
    if (before > 0 && this.#rejects.length >= this.#options.maxRejects) return;
    const raw = textOf(record, 0, Math.min(record.length, RAW_LENGTH)).trimEnd();
    this.#rejects.push({ id, reject: { origin: this.#origin, line, date, ...refusal, raw } });
  }

  /** Hands the rows over: they are the bulk of the memory. */
  takeRows(): QuoteColumns {
    const { rows } = this;
    this.rows = new QuoteColumns(this.instruments);
    return rows;
  }

  rejectsById(): Map<number, Reject[]> {
    const groups = Map.groupBy(this.#rejects, ({ id }) => id);
    return new Map([...groups].map(([id, group]) => [id, group.map(({ reject }) => reject)]));
  }

  otherMarket(id: number): string | undefined {
    const market = this.counts.market[id] ?? 0;
    return market === 0 ? undefined : String(market - 1).padStart(3, "0");
  }

  get days(): { readonly first: string; readonly last: string } | null {
    const { firstDate, lastDate } = this.counts.total;
    return lastDate === 0 ? null : { first: isoOfDay(firstDate), last: isoOfDay(lastDate) };
  }

  marketCounts(): Record<string, number> {
    const counts: Record<string, number> = {};
    // Keys of digits are sorted by the engine only where they have no leading zero.
    for (const [market, records] of this.counts.markets.entries()) {
      if (records > 0) counts[String(market).padStart(3, "0")] = records;
    }
    return counts;
  }

  warnings(): string[] {
    const warnings: string[] = [];
    for (const [market, records] of Object.entries(this.marketCounts())) {
      if (!DOCUMENTED_MARKETS.has(market)) {
        warnings.push(
          `market type (TPMERC) ${market} is not documented: ${plural(records, "record")}`,
        );
      }
    }
    for (const bdi of [...this.counts.bdiCodes].sort((a, b) => a - b)) {
      const records = this.counts.bdi[bdi] ?? 0;
      const code = String.fromCharCode(bdi >> 8, bdi & 0xff);
      if (records > 0 && !DOCUMENTED_BDI.has(code)) {
        warnings.push(
          `CODBDI ${JSON.stringify(code)} is not documented: ${plural(records, "record")}`,
        );
      }
    }
    const { refused } = this.counts.total;
    const kept = this.#rejects.length;
    if (refused > kept) {
      warnings.push(
        `${refused} records were refused; ${kept} of them are kept with their reasons: ` +
          `the first ${this.#options.maxRejects}, and the first of each ticker`,
      );
    }
    return warnings;
  }
}
