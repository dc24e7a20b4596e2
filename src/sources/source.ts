/**
 * What every source of market data implements. A source reads and parses; it knows nothing of
 * locks, the database or the command line.
 *
 * @module
 */

/** One day of prices. Prices in the currency of the quote, per unit; volume in units traded. */
export interface PriceRow {
  /** Trading day, `YYYY-MM-DD`, in the exchange's own time zone. */
  readonly date: string;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  /** Close adjusted for dividends and splits, where the source has one. */
  readonly adjClose: number | null;
  /** An integer of at most 2^53 - 1, or null where the source has none. */
  readonly volume: number | null;
  /** Where the row says it is from itself; the source's own name otherwise. */
  readonly source?: string;
}

/** A row or record that was refused, and why. Kept in `ingest_rejects`. */
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
}

/** Why a row cannot be stored. */
export interface RowProblem {
  /** As {@linkcode Reject.code}. */
  readonly code: string;
  /** As {@linkcode Reject.reason}. */
  readonly reason: string;
}

/** Where a row was read. */
export interface RowPlace {
  /** As {@linkcode Reject.origin}. */
  readonly origin: string | null;
  /** As {@linkcode Reject.line}. */
  readonly line: number | null;
}

/** A part of what was asked for. */
export interface Batch {
  readonly prices: readonly PriceRow[];
  /**
   * Where a row of `prices` was read, for a row that is refused after all. Asked for such rows only,
   * and before the next batch: good rows cost nothing.
   */
  readonly placeOf?: (index: number) => RowPlace;
  readonly rejects: readonly Reject[];
  /** Rows that were exact repetitions of another row of the same fetch. Counted as unchanged. */
  readonly repeated?: number;
  /** SHA-256 (lower-case hex) over everything fetched so far; the last batch's counts. */
  readonly payloadSha256?: string;
}

/** How far reading has come. */
export interface ReadProgress {
  /** What is being read, for people: a file name. */
  readonly label: string;
  readonly bytesDone: number;
  /** 0 where unknown. */
  readonly bytesTotal: number;
  readonly rows: number;
}

/** What a caller asks of a source. */
export interface SourceRequest {
  /** Files, folders or `folder/pattern` of a file source, as typed; empty for a network source. */
  readonly files: readonly string[];
  /** Canonical tickers, without repetition; null for every ticker that the source has. */
  readonly tickers: readonly string[] | null;
  /** First day wanted, inclusive, `YYYY-MM-DD`; null for no limit. */
  readonly from: string | null;
  /** Last day wanted, inclusive, `YYYY-MM-DD`; null for no limit. */
  readonly to: string | null;
  /** Market types wanted, `cotahist` only. */
  readonly markets: readonly string[];
  /** Accept a file whose trailer is missing or does not match. */
  readonly allowTruncated: boolean;
  /**
   * Whether a row can be stored; undefined for yes. A source that finds several rows for one day asks,
   * so that a row which will be refused never supersedes a good one. Default: every row can.
   */
  readonly check?: (row: PriceRow) => RowProblem | undefined;
  /** Stops reading; the source throws `signal.reason`. */
  readonly signal: AbortSignal;
  /** Called a few times per second at most by a source that reads much. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** A file or request that failed as a whole while others went on. */
export interface SourceFailure {
  /** What failed: the path as given. */
  readonly what: string;
  readonly error: Error;
}

/** An opened source: it has looked at its input and can deliver ticker by ticker. */
export interface SourceRun extends AsyncDisposable {
  /** Canonical tickers that can be fetched, sorted, each once. Includes those asked for that are there. */
  readonly tickers: readonly string[];
  /**
   * Why a ticker that was asked for is not in {@linkcode SourceRun.tickers}.
   *
   * @returns The error to report for that ticker.
   */
  missing(ticker: string): Error;
  /** Records that belong to no ticker that could be read. */
  readonly unassigned: readonly Reject[];
  /** Files that failed as a whole; nothing of them is delivered. */
  readonly failures: readonly SourceFailure[];
  /** Sentences for people about oddities that are no failure. */
  readonly warnings: readonly string[];
  /** What was found, for `--dry-run` and `--json`: files, columns, markets, counts. */
  readonly details: Readonly<Record<string, unknown>>;
  /**
   * Delivers one ticker. Call once per ticker; calling in the order of
   * {@linkcode SourceRun.tickers} is the cheapest.
   *
   * @throws {SourceError} Where the source fails for this ticker.
   */
  fetch(ticker: string): AsyncIterable<Batch>;
  /** Says that a ticker will not be fetched after all, so that what is kept for it can go. */
  forget(ticker: string): void;
}

/** Options of `ingest` that not every source uses, as they are typed without the dashes. */
export const SOURCE_OPTIONS = ["file", "markets", "allow-truncated"] as const;

/** A source of market data. One file of `src/sources/` each, one line in `registry.ts`. */
export interface Source {
  /** What `--source` says and `prices.source` holds. */
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** `file` sources need `--file`; `network` sources need tickers. */
  readonly input: "file" | "network";
  /**
   * Which of {@linkcode SOURCE_OPTIONS} it uses; the program refuses the others with this source.
   * Default none.
   */
  readonly options?: readonly (typeof SOURCE_OPTIONS)[number][];
  /**
   * Looks at the input and prepares to deliver.
   *
   * @throws {SourceError} Where nothing at all can be delivered.
   */
  open(request: SourceRequest): Promise<SourceRun>;
}
