/**
 * What every source of market data implements. A source reads and parses; it knows nothing of
 * locks, the database or the command line.
 *
 * @module
 */

import type { CalendarChanges } from "../exchange/gaps.ts";
import type { CorporateEvent } from "../model/corporate_events.ts";
import type { MarketBatch } from "../model/markets.ts";
import type { NetworkOptions, RequestListeners, SourceNetwork } from "./network.ts";
import type { CorporateAction, PriceRow, Reject, RowPlace, StoredState } from "../model/prices.ts";
import type { HistoryOutcome, RestatedBy } from "../model/restatement.ts";

/** Options of `ingest` that every source uses that asks a service. */
export const SERVICE_OPTIONS = [
  ...["rate", "timeout", "attempts", "deadline", "save-raw", "ca-file"] as const,
] as const;

/**
 * Options of `ingest` that not every source uses, as they are typed without the dashes.
 *
 * @category Writing a source
 */
export const SOURCE_OPTIONS = [
  ...["file", "markets", "allow-truncated", "year", "month", "day", "since", "files-dir"] as const,
  ...["from", "to", "all", "force-refresh", "fill-gaps", "accept-restatement"] as const,
  ...["full-every", "concurrency", ...SERVICE_OPTIONS] as const,
  ...["dataset", "status", "series", "event"] as const,
  ...["date-format", "decimal", "column", "columns", "ticker-from-name", "suffix"] as const,
  ...["time-zone", "max-tickers", "max-records", "max-zip-entries", "max-zip-ratio"] as const,
] as const;

/**
 * One of {@linkcode SOURCE_OPTIONS}.
 *
 * @category Writing a source
 */
export type SourceOption = (typeof SOURCE_OPTIONS)[number];

/**
 * A part of what was asked for.
 *
 * @category Writing a source
 */
export interface Batch {
  /**
   * Daily prices of the ticker as read, in any order: the pipeline judges each row, once. Of several
   * good rows for one day and source the last one is stored; the others count as unchanged where they
   * are equal, and are refused as `superseded` where they are not.
   */
  readonly prices: readonly PriceRow[];
  /** A row corrects earlier ones of its day: these are dropped, not refused. Default false. */
  readonly corrects?: boolean;
  /** Dividends, splits and capital gains; each (date, kind) once. */
  readonly actions?: readonly CorporateAction[];
  /** Events as an exchange tells them. */
  readonly events?: readonly CorporateEvent[];
  /**
   * The whole history in new terms, and why where that is known: what is stored is in old ones. Stored
   * days that it lacks are removed; with more than one, and more than 2 % of them, it is refused unless
   * the run accepts it. Default false.
   */
  readonly restated?: boolean | RestatedBy;
  /** What this is of the ticker's history; `contradicted` with `contradiction`. Default some days. */
  readonly history?: HistoryOutcome | undefined;
  /** Stored actions that the source does not have any more: they are removed. Default none. */
  readonly withdrawn?: readonly CorporateAction[];
  /**
   * What the answer says against stored actions, in one sentence: it replaces no stored day, and `prices`
   * has only what continues them. Default nothing.
   */
  readonly contradiction?: string;
  /** The same where all of it is taken and replaces what is stored. Default nothing. */
  readonly correction?: string | undefined;
  /** Sentences for people about oddities that are no failure. */
  readonly warnings?: readonly string[];
  /** A part of a dataset of prediction markets. */
  readonly markets?: MarketBatch;
  /** How far the dataset has come with this part, in the source's own words; kept with it. */
  readonly checkpoint?: string;
  /**
   * Where a row of `prices` was read. Asked for refused rows only, when all batches of the ticker are
   * there: good rows cost nothing.
   */
  readonly placeOf?: (index: number) => RowPlace;
  /** Rows that the source could not read, each with the reason. */
  readonly rejects: readonly Reject[];
  /** Rows that the source could not read either and that are only counted. Default 0. */
  readonly furtherRejects?: number;
  /** SHA-256 (lower-case hex) over everything fetched so far; the last batch's counts. */
  readonly payloadSha256?: string;
}

/**
 * How far reading has come.
 *
 * @category Ingest
 */
export interface ReadProgress {
  /** `fetching` while a file comes from a service. Default `reading`. */
  readonly doing?: "fetching";
  /** What is being read, for people: a file name. */
  readonly label: string;
  /** Bytes read so far. */
  readonly bytesDone: number;
  /** 0 where unknown. */
  readonly bytesTotal: number;
  /** Rows read so far. */
  readonly rows: number;
}

/**
 * Values of a source's own options, by their keys in {@linkcode Source.selects}.
 *
 * | source | keys |
 * | --- | --- |
 * | `kalshi` | `dataset`, `status`, `series`, `event` |
 * | `cotahist` | `markets`, TPMERC values (default `["010"]`); `allowTruncated`, for files that are cut off, extracts and joined files (default false); where no file is named, one of `year` (`["2024", "2015-2020"]`), `month` (`["2026-05"]`), `day` and `since` (a day), default what is missing |
 * | `csv` | `dateFormat`, `decimal`, `column` (a list of `COLUMN=NAME`), `columns`, `tickerFromName`, `suffix`, `timeZone` |
 * | both of files | `maxTickers` (default 20,000), `maxRecords` (20,000,000), `maxZipEntries` (10,000), `maxZipRatio` (100) |
 *
 * @category Ingest
 */
export type Selection = Readonly<Record<string, unknown>>;

/**
 * What a caller asks of a source.
 *
 * @category Writing a source
 */
export interface SourceRequest {
  /** Files, folders or `folder/pattern` of a file source, as typed; empty for a network source. */
  readonly files: readonly string[];
  /** Canonical tickers, without repetition; null for every ticker that the source has. */
  readonly tickers: readonly string[] | null;
  /** First day wanted, inclusive, `YYYY-MM-DD`; null for no limit. */
  readonly from: string | null;
  /** Last day wanted, inclusive, `YYYY-MM-DD`; null for no limit. */
  readonly to: string | null;
  /** The source's own options. Default their defaults. */
  readonly selection?: Selection | undefined;
  /** Ask for everything again, whatever is stored. Default false. */
  readonly forceRefresh?: boolean;
  /** Ask from the first session on that is missing, of those that may still come. Default false. */
  readonly fillGaps?: boolean;
  /** Take a whole history in place of the stored one, whatever that denies. Default false. */
  readonly acceptRestatement?: boolean;
  /** Milliseconds after which everything is asked for again; null for never. Default 30 days. */
  readonly fullEveryMs?: number | null;
  /** How a network source is reached. Default its own settings. */
  readonly network?: NetworkOptions | undefined;
  /** Stops reading; the source throws `signal.reason`. */
  readonly signal: AbortSignal;
  /** Folder for files that a source fetches; null for one that is gone with the run. Default null. */
  readonly filesDir?: string | null;
  /**
   * Days that the database has of the source, or of another one, of some tickers or of all, sorted.
   * Default none.
   */
  readonly storedDays?: (
    tickers: readonly string[] | null,
    source?: string,
  ) => Promise<readonly string[]>;
  /** What the calendars of exchanges do not know. Default nothing. */
  readonly calendar?: CalendarChanges;
  /** Called a few times per second at most by a source that reads much. */
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
}

/**
 * What to ask a source for.
 *
 * @category Writing a source
 */
export interface FetchPlan {
  /**
   * `all`: whatever the input has. `full`: the whole history. `incremental`: from the last stored day
   * on, or the first missing one. `window`: the days that were asked for.
   */
  readonly kind: "all" | "full" | "incremental" | "window";
  /** First day, inclusive; null for no limit. */
  readonly from: string | null;
  /** Last day, inclusive; null for no limit, `all` only. */
  readonly to: string | null;
  /** What is asked of a dataset, in the source's own words; two equal ones ask for the same. */
  readonly query?: string;
  /** Why there is no need to ask. Default there is. */
  readonly skip?: string;
}

/**
 * One ticker's fetch.
 *
 * @category Writing a source
 */
export interface FetchOptions extends RequestListeners {
  /** What to ask for, as {@linkcode SourceRun.plan} has decided. */
  readonly plan: FetchPlan;
  /** What the database has already. */
  readonly stored: StoredState;
  /** The stored rows of some days, both inclusive. Default none. */
  readonly storedPrices?: (from: string, to: string) => Promise<readonly PriceRow[]>;
  /** ISINs that the stored days of the ticker have. Default none. */
  readonly storedIsins?: () => Promise<readonly string[]>;
}

/**
 * A file or request that failed as a whole while others went on.
 *
 * @category Writing a source
 */
export interface SourceFailure {
  /** What failed: the path as given. */
  readonly what: string;
  /** What went wrong. */
  readonly error: Error;
  /** Its rows that belong to no ticker, where every row was refused. Default none. */
  readonly rejects?: readonly Reject[];
}

/**
 * What was not brought in, and is no failure.
 *
 * @category Writing a source
 */
export interface SourceSkip {
  /** `error_code` of its row in the log: `not_published`, which a collector asks for again soon. */
  readonly code: string | null;
  /** One sentence for people. */
  readonly note: string;
}

/**
 * What keeps a request from being made.
 *
 * @category Writing a source
 */
export interface RequestWait {
  /** The rate that is kept to, or a service that wants to be left alone. */
  readonly reason: "rate" | "silence";
  /** Milliseconds until it can be made. */
  readonly ms: number;
}

/**
 * What has become of the records of an input. `read` is counted by itself and is the sum of the others:
 * no record vanishes.
 *
 * @category Writing a source
 */
export interface RecordCounts {
  /** Records in the files that could be used. */
  readonly read: number;
  /** Rows that are delivered. */
  readonly rows: number;
  /** Records that could not be read. */
  readonly refused: number;
  /** Records of markets that were not asked for … */
  readonly otherMarket: number;
  /** … of tickers that were not … */
  readonly otherTicker: number;
  /** … and of days that were not. */
  readonly otherDay: number;
}

/**
 * An opened source: it has looked at its input and can deliver ticker by ticker.
 *
 * @category Writing a source
 */
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
  /** Such records that are only counted. Default 0. */
  readonly furtherUnassigned?: number;
  /** What has become of every record of the input, where the source counts them. */
  readonly records?: RecordCounts;
  /** Files that failed as a whole; nothing of them is delivered. */
  readonly failures: readonly SourceFailure[];
  /** What there was no need to bring in, or not yet: a row `skipped` each. Default none. */
  readonly skips?: readonly SourceSkip[];
  /**
   * How much of the source was looked at. Of some days a stored ticker that is not there had no trade,
   * which is no failure; with nothing to look at no ticker is missed. Default all.
   */
  readonly extent?: "all" | "some days" | "nothing";
  /** Sentences for people about oddities that are no failure. */
  readonly warnings: readonly string[];
  /** What was found, for `--dry-run` and `--json`: files, columns, markets, counts. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Whether `plan` and `fetch` want what is stored, which costs some queries. Default false. */
  readonly needsStored?: boolean;
  /**
   * What to ask for. Says `all` where the input is what it is.
   *
   * @param ticker One of {@linkcode SourceRun.tickers}.
   * @param stored What is stored of it; null unless {@linkcode SourceRun.needsStored}.
   */
  plan(ticker: string, stored: StoredState | null): FetchPlan;
  /**
   * Delivers one ticker. Call once per ticker; calling in the order of
   * {@linkcode SourceRun.tickers} is the cheapest.
   *
   * @param options The plan and what is stored; a file source needs neither.
   * @throws {SourceError} Where the source fails for this ticker.
   */
  fetch(ticker: string, options?: FetchOptions): AsyncIterable<Batch>;
  /**
   * Each batch is written in a transaction of its own, because the whole is too large for one and its
   * parts are good without the others. Default false: all batches of a ticker or none.
   */
  readonly paged?: boolean;
  /** It delivers no prices, so that none are missed. Default false. */
  readonly withoutPrices?: boolean;
  /** What keeps the next request from being made; null where nothing does. */
  readonly wait?: RequestWait | null;
  /**
   * How long it takes at least until so many further requests have begun, by the rate alone.
   *
   * @returns Milliseconds from now.
   */
  leastMs?(requests: number): number;
  /** Says that a ticker will not be fetched after all, so that what is kept for it can go. */
  forget(ticker: string): void;
}

/**
 * What a source can do, for people and for the program.
 *
 * @category Writing a source
 */
export interface SourceCapabilities {
  /** Asks only for what is not stored yet. */
  readonly incremental: boolean;
  /** Delivers dividends and splits. */
  readonly corporateActions: boolean;
  /** Prices are adjusted for splits; raw as traded otherwise. */
  readonly splitAdjusted: boolean;
  /** Delivers prices. Default true. */
  readonly prices?: boolean;
}

/**
 * What to test a source with.
 *
 * @category Writing a source
 */
export interface SourceTestRequest {
  /** Canonical; default one that the source surely has. */
  readonly ticker?: string;
  /** For a file source. */
  readonly files: readonly string[];
  /** How the service is reached. Default the source's own settings. */
  readonly network?: NetworkOptions;
  /** Ends the test; it rejects with the reason of the signal. */
  readonly signal: AbortSignal;
}

/**
 * What a test found.
 *
 * @category Writing a source
 */
export interface SourceTest {
  /** Whether data can be had. */
  readonly ok: boolean;
  /** What was asked: a URL without secrets, or a file. */
  readonly target: string;
  /** HTTP status; null where there was no answer, or no request. */
  readonly status: number | null;
  /** From the request to the whole answer, in ms. */
  readonly latencyMs: number;
  /** One sentence: what was found, or what is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/**
 * A source of market data.
 *
 * @category Writing a source
 */
export interface Source {
  /** What `--source` says and `prices.source` holds. */
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** `file` sources need `--file`; `network` sources need tickers, unless they have datasets. */
  readonly input: "file" | "network";
  /** A `file` source that fetches its files itself where none is named. Default false. */
  readonly fetches?: boolean;
  /** What it can do beyond delivering rows. */
  readonly capabilities: SourceCapabilities;
  /** Where its service is, and how it is set; sources that only read files have none. */
  readonly network?: SourceNetwork;
  /** Whose stored tickers `--all` means, of those with an ending. Default its own. */
  readonly follows?: { readonly sources: readonly string[]; readonly ending: string };
  /** What `--dataset` can say; a source without datasets needs tickers. */
  readonly datasets?: readonly string[];
  /** Which options it uses; the program refuses the others with this source. Default none. */
  readonly options?: readonly SourceOption[];
  /** Its own options, in camel case: their values are the selection of a request. Default none. */
  readonly selects?: readonly string[];
  /**
   * Looks at how the service is to be reached, before anything is touched. File sources have none.
   *
   * @throws {UsageError} `bad_value` for an address or a header that is none.
   */
  checkNetwork?(options: NetworkOptions): void;
  /**
   * Looks at the source's own options, before anything is touched.
   *
   * @throws {UsageError} For a value that the source does not know.
   */
  checkSelection?(selection: Selection): void;
  /**
   * Looks at the input and prepares to deliver.
   *
   * @throws {SourceError} Where nothing at all can be delivered.
   */
  open(request: SourceRequest): Promise<SourceRun>;
  /**
   * Makes one cheap request, or looks at a file, without touching the database. Never throws: what is
   * wrong is in the answer.
   */
  test(request: SourceTestRequest): Promise<SourceTest>;
}

/**
 * The plan of an input that is read whole, such as a file.
 *
 * @category Writing a source
 */
export const EVERYTHING: FetchPlan = { kind: "all", from: null, to: null };
