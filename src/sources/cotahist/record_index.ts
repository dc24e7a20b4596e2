/**
 * The first pass over the files: checks every record, counts, and keeps rows as long as they fit.
 *
 * @module
 */
import type { Reject } from "../../model/prices.ts";
import { RowColumns } from "../files/row_columns.ts";
import { dateAt, marketAt, type RowFilter } from "./filter.ts";
import { DOCUMENTED_BDI, DOCUMENTED_MARKETS, type Field, FIELDS, RECORD_LENGTH } from "./layout.ts";
import { isCalendarDay, isoOfDay } from "../../base/day.ts";
import { badNumber, QuoteReader, type Refusal, textOf } from "./quote.ts";
import type { ScanSink } from "./scanner.ts";
import { Tally } from "./tally.ts";
import { TickerCounts } from "./ticker_counts.ts";
import { NO_TICKER, TickerTable } from "./ticker_table.ts";

/** Characters of a record kept in a reject. */
const RAW_LENGTH = 500;

/** How a {@linkcode RecordIndex} is set up. */
export interface RecordIndexOptions {
  readonly filter: RowFilter;
  /** Canonical tickers wanted, or null for all. */
  readonly tickers: ReadonlySet<string> | null;
  /** Rows kept in memory at most; past it none are kept and only counts remain. */
  readonly rowBudget: number;
  /** Rejects kept at most; further ones are counted. */
  readonly maxRejects: number;
}

/** Collects rows, rejects and counts. For each file: `begin`, the records, then `settle`. */
export class RecordIndex implements ScanSink {
  readonly tickers: TickerTable = new TickerTable();
  readonly counts: TickerCounts;
  /** The rows of the files kept, or undefined once they are more than the budget. */
  rows: RowColumns | undefined = new RowColumns();
  readonly #options: RecordIndexOptions;
  readonly #reader = new QuoteReader();
  readonly #total = new Tally();
  readonly #current = new Tally();
  readonly #rejects: { readonly id: number; readonly reject: Reject }[] = [];
  #file = 0;
  #origin = "";
  #rowsBefore = 0;
  #rejectsBefore = 0;
  /** The last day that was found to be one: files are sorted by day. */
  #goodDate = -1;

  constructor(options: RecordIndexOptions) {
    this.#options = options;
    const { tickers } = options;
    this.counts = new TickerCounts((id) =>
      tickers === null || tickers.has(this.tickers.names[id] ?? "")
    );
  }

  /**
   * Starts a file.
   *
   * @param origin Its name, for rejects.
   * @param records About how many records it has, from its size; 0 where unknown.
   */
  begin(file: number, origin: string, records: number): void {
    this.#file = file;
    this.#origin = origin;
    this.#rowsBefore = this.rows?.length ?? 0;
    this.#rejectsBefore = this.#rejects.length;
    this.#current.clear();
    // Doubling at least, so that many small files do not copy everything each time.
    const { rows } = this;
    if (rows === undefined || rows.length + records <= rows.capacity) return;
    const room = Math.max(rows.length + records, rows.capacity * 2);
    rows.reserve(Math.min(room, this.#options.rowBudget));
  }

  /** Rows found in the current file. */
  get currentRows(): number {
    return this.#current.rows;
  }

  /** Rejects of the current file, those included that were not kept. */
  get currentRejects(): number {
    return this.#current.rejects;
  }

  /** Ends a file. With `keep` false, nothing of it remains. */
  settle(keep: boolean): void {
    this.counts.settle(keep);
    if (keep) {
      this.#total.add(this.#current);
    } else {
      this.rows?.truncate(this.#rowsBefore);
      this.#rejects.length = this.#rejectsBefore;
    }
    this.#current.clear();
  }

  quote(bytes: Uint8Array, at: number, line: number): void {
    const current = this.#current;
    const bdi = ((bytes[at + FIELDS.bdi.start] ?? 0) << 8) |
      (bytes[at + FIELDS.bdi.start + 1] ?? 0);
    current.bdi.add(bdi, 1);
    const id = this.tickers.idAt(bytes, at + FIELDS.ticker.start);
    if (id !== NO_TICKER) this.counts.admit(id);
    const market = marketAt(bytes, at);
    if (market < 0) {
      this.#refuseField(bytes, at, line, id, FIELDS.market);
      return;
    }
    current.markets.add(market, 1);
    const { filter } = this.#options;
    if (!filter.takesMarket(market)) {
      if (id !== NO_TICKER) this.counts.noteMarket(id, market);
      return;
    }
    if (id === NO_TICKER) {
      const name = textOf(bytes, at + FIELDS.ticker.start, at + FIELDS.market.start);
      const reason = `${JSON.stringify(name.trimEnd())} in field CODNEG is no ticker`;
      this.#refuse(bytes, at, line, id, { code: "bad_ticker", reason });
      return;
    }
    this.counts.addRecord(id);
    const wanted = this.counts.isWanted(id);
    const date = dateAt(bytes, at);
    if (date !== this.#goodDate) {
      if (date < 0 || !isCalendarDay(date)) {
        const shown = textOf(bytes, at + FIELDS.date.start, at + FIELDS.bdi.start);
        const reason = `the date ${JSON.stringify(shown)} is no day of the calendar`;
        this.#refuse(bytes, at, line, id, { code: "bad_date", reason });
        return;
      }
      this.#goodDate = date;
    }
    if (date < current.firstDate) current.firstDate = date;
    if (date > current.lastDate) current.lastDate = date;
    if (!wanted) return;
    if (!filter.takesDate(date)) {
      this.counts.addOutside(id);
      return;
    }
    const reader = this.#reader;
    if (!reader.readNumbers(bytes, at)) {
      this.#refuse(bytes, at, line, id, reader.refusalAt(bytes, at), isoOfDay(date));
      return;
    }
    reader.date = date;
    this.counts.addRow(id);
    current.rows++;
    if (this.rows === undefined) return;
    if (this.rows.length >= this.#options.rowBudget) this.rows = undefined;
    else this.rows.push(id, this.#file, line, reader);
  }

  refuse(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    code: string,
    reason: string,
  ): void {
    this.#addReject(NO_TICKER, line, null, { code, reason }, bytes, start, end);
  }

  #refuseField(bytes: Uint8Array, at: number, line: number, id: number, field: Field): void {
    const value = textOf(bytes, at + field.start, at + field.start + field.length);
    this.#refuse(bytes, at, line, id, badNumber(field, value));
  }

  #refuse(
    bytes: Uint8Array,
    at: number,
    line: number,
    id: number,
    refusal: Refusal,
    date: string | null = null,
  ): void {
    if (id !== NO_TICKER && !this.counts.isWanted(id)) return;
    this.#addReject(id, line, date, refusal, bytes, at, at + RECORD_LENGTH);
  }

  #addReject(
    id: number,
    line: number,
    date: string | null,
    { code, reason }: Refusal,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#current.rejects++;
    if (this.#rejects.length >= this.#options.maxRejects) return;
    const raw = textOf(bytes, start, Math.min(end, start + RAW_LENGTH)).trimEnd();
    this.#rejects.push({ id, reject: { origin: this.#origin, line, date, code, reason, raw } });
  }

  /** Rejects by ticker id, {@linkcode NO_TICKER} for those of none. */
  rejectsById(): Map<number, Reject[]> {
    const byId = new Map<number, Reject[]>();
    for (const { id, reject } of this.#rejects) {
      const list = byId.get(id);
      if (list === undefined) byId.set(id, [reject]);
      else list.push(reject);
    }
    return byId;
  }

  /** Rows of all files kept. */
  get totalRows(): number {
    return this.#total.rows;
  }

  /** First and last day of all records in the wanted markets, or null where there are none. */
  get days(): { readonly first: string; readonly last: string } | null {
    const { firstDate, lastDate } = this.#total;
    return lastDate === 0 ? null : { first: isoOfDay(firstDate), last: isoOfDay(lastDate) };
  }

  /** Records per market, all markets, in the order of their codes. */
  marketCounts(): Record<string, number> {
    const counts: Record<string, number> = {};
    // Keys of digits are sorted by the engine only where they have no leading zero.
    for (const [market, count] of this.#total.markets.entries()) {
      counts[String(market).padStart(3, "0")] = count;
    }
    return counts;
  }

  /** Sentences about values that B3 does not document, and about rejects that were not kept. */
  warnings(): string[] {
    const warnings: string[] = [];
    const times = (count: number) => `${count} record${count === 1 ? "" : "s"}`;
    for (const [market, count] of Object.entries(this.marketCounts())) {
      if (!DOCUMENTED_MARKETS.has(market)) {
        warnings.push(`market type (TPMERC) ${market} is not documented: ${times(count)}`);
      }
    }
    for (const [bdi, count] of this.#total.bdi.entries()) {
      const code = String.fromCharCode(bdi >> 8, bdi & 0xff);
      if (!DOCUMENTED_BDI.has(code)) {
        warnings.push(`CODBDI ${JSON.stringify(code)} is not documented: ${times(count)}`);
      }
    }
    const lost = this.#total.rejects - this.#rejects.length;
    if (lost > 0) {
      warnings.push(
        `${this.#total.rejects} records were refused; only the first ${this.#rejects.length} ` +
          "are kept with their reasons",
      );
    }
    return warnings;
  }
}
