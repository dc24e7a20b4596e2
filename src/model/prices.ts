/** What every source delivers, row by row. @module */

/**
 * One day of prices. Prices in the currency of the quote, per unit; volume in units traded.
 * @category Writing a source
 */
export interface PriceRow {
  /** Trading day, `YYYY-MM-DD`, in the exchange's own time zone. */
  readonly date: string;
  /** First price of the day; null where the source has none. */
  readonly open: number | null;
  /** Highest price; null where the source has none. */
  readonly high: number | null;
  /** Lowest price; null where the source has none. */
  readonly low: number | null;
  /** Last price; a row without one is no row. */
  readonly close: number;
  /** Close adjusted for dividends and splits, where the source has one. */
  readonly adjClose: number | null;
  /** From 0 to 2^53 - 1, fractions as the source has them; null where it has none. */
  readonly volume: number | null;
  /** Where the row says it is from itself; the source's own name otherwise. */
  readonly source?: string;
  /** What the source says beside the prices; stored in `price_details`. Default nothing. */
  readonly details?: PriceDetails;
}

/**
 * What an exchange says of a ticker's day beside its prices; null where it says nothing. A row of
 * `price_details` under the key of the row of `prices`.
 * @category Writing a source
 */
export interface PriceDetails {
  /** Currency of all prices of the day, as the source writes it: `R$`, `CR$`. */
  readonly currency: string | null;
  /** ISIN of what was traded. */
  readonly isin: string | null;
  /** Kind of paper, with the marks of the day: `ON`, `PN  EJ N1`. */
  readonly specification: string | null;
  /** Number of the distribution: it rises by one with each dividend, split or other right. */
  readonly distribution: number | null;
  /** The exchange's market: `010` cash, `070` calls, … */
  readonly market: string | null;
  /** Days of a forward contract. */
  readonly term: number | null;
  /** Strike price per unit of an option, or of its exercise. */
  readonly strike: number | null;
  /** Last day of an option, `YYYY-MM-DD`. */
  readonly expiry: string | null;
  /** Number of trades. */
  readonly trades: number | null;
  /** Financial volume: the money that changed hands, in `currency`. */
  readonly turnover: number | null;
  /** Average price per unit. */
  readonly average: number | null;
  /** Best bid at the close, per unit. */
  readonly bid: number | null;
  /** Best ask at the close, per unit. */
  readonly ask: number | null;
}

/**
 * Code of a {@linkcode Reject} whose row went in: one cell could not be used and was left empty. Every
 * other code is that of a row that was refused.
 */
export const BAD_CELL = "bad_cell";

/** How many rows were refused: those with a bad cell went in. */
export function countRefused(rejects: readonly Reject[]): number {
  return rejects.reduce((count, { code }) => code === BAD_CELL ? count : count + 1, 0);
}

/**
 * A row or record that was refused, or a cell of it, and why. Kept in `ingest_rejects`.
 * @category Writing a source
 */
export interface Reject {
  /** File name (not the whole path) or URL path it came from, or null. */
  readonly origin: string | null;
  /** 1-based line in the file, or null where there are no lines. */
  readonly line: number | null;
  /** The day it was for, where it could be read. */
  readonly date: string | null;
  /** Stable snake_case code: `bad_number`, `bad_date`, `high_below_low`, … */
  readonly code: string;
  /** One sentence for people, with the value. */
  readonly reason: string;
  /** The record as received, at most 500 characters. */
  readonly raw: string | null;
  /**
   * A bar or line without prices, such as a service sends for a day that it has none of, or not yet: no row
   * is lost with it, and it is no part of the share that `maxRejected` of a run limits. Default false.
   */
  readonly isEmpty?: boolean;
}

/**
 * Why a row cannot be stored.
 * @category Writing a source
 */
export interface RowProblem {
  /** As {@linkcode Reject.code}. */
  readonly code: string;
  /** As {@linkcode Reject.reason}. */
  readonly reason: string;
}

/**
 * Where a row was read.
 * @category Writing a source
 */
export interface RowPlace {
  /** As {@linkcode Reject.origin}. */
  readonly origin: string | null;
  /** As {@linkcode Reject.line}. */
  readonly line: number | null;
  /** As {@linkcode Reject.raw}. Default the row as JSON. */
  readonly raw?: string;
}

/**
 * A dividend, a split or a capital gain that was paid out.
 * @category Writing a source
 */
export interface CorporateAction {
  /** The first day without the right to it (ex-date), `YYYY-MM-DD`; may be in the future. */
  readonly date: string;
  /** What it is. (date, kind) is the key of a ticker's actions. */
  readonly kind: "dividend" | "split" | "capital_gain";
  /** Money per unit, in the currency of the quote; null for a split. */
  readonly amount: number | null;
  /** Units after a split … */
  readonly numerator: number | null;
  /** … for so many before it; both null for money. */
  readonly denominator: number | null;
}

/**
 * What the database has of a ticker already.
 * @category Writing a source
 */
export interface StoredState {
  /** First day with a price; null where there is none. */
  readonly firstDate: string | null;
  /** Last day with a price; null where there is none. */
  readonly lastDate: string | null;
  /**
   * First day since which every day up to the newest one has been asked for; `""` for the whole
   * history, null where nothing is known. Days before it may be missing, also where some are stored.
   */
  readonly askedFrom: string | null;
  /**
   * First session that is missing between the stored days and may still come, where gaps are filled or
   * one would make the whole history due. Default none.
   */
  readonly missingFrom?: string | undefined;
  /** Dividends, splits and capital gains that are stored. */
  readonly actions: readonly CorporateAction[];
  /**
   * When the whole history was last asked for and taken; of the newest success where no such run is
   * known. ISO 8601 in UTC; null for neither. Default null.
   */
  readonly wholeAt?: string | null;
  /** The newest whole answer was `contradicted` or is `unmended`: the next one is due. Default false. */
  readonly doubted?: boolean;
  /** What the newest whole answers have denied, all in the same words. Default nothing. */
  readonly contradiction?: {
    readonly text: string;
    /** When the first of them came, ISO 8601 in UTC, and how many there were. */
    readonly since: string;
    readonly answers: number;
  } | undefined;
  /** What the source has noted of a dataset, `Batch.checkpoint`; null for nothing. */
  readonly checkpoint?: string | null;
}

/**
 * What is stored of a ticker that has no rows.
 * @category Writing a source
 */
export const NOTHING_STORED: StoredState = {
  firstDate: null,
  lastDate: null,
  askedFrom: null,
  actions: [],
};
