/**
 * tickerlock as a library: locks between runs, and safe ingest of market data into SQLite.
 *
 * @example Hold a ticker's lock around some work
 * ```ts
 * import { acquireTickerLock, LockBusyError } from "@tickerlock/tickerlock";
 *
 * const lockDir = await Deno.makeTempDir();
 * try {
 *   using lock = await acquireTickerLock("PETR4.SA", { lockDir, wait: false });
 *   console.log(`working on ${lock.name}`);
 * } catch (error) {
 *   if (!(error instanceof LockBusyError)) throw error;
 *   console.log(`left to ${error.holder?.pid}`);
 * }
 * await Deno.remove(lockDir, { recursive: true });
 * ```
 *
 * @example Bring a file into a database
 * ```ts
 * import { ingest } from "@tickerlock/tickerlock";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/prices.csv`, "date,close\n2024-01-02,37.5\n");
 * const report = await ingest({
 *   source: "csv",
 *   files: [`${folder}/prices.csv`],
 *   tickers: ["PETR4.SA"],
 *   db: `${folder}/prices.db`,
 *   lockDir: `${folder}/locks`,
 * });
 * console.log(report.results[0]?.rowsInserted); // 1
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @module
 */
import "./src/base/log.ts";

export * from "./src/base/errors.ts";
export { VERSION } from "./src/base/version.ts";
export * from "./src/files/mod.ts";
export { ingest } from "./src/ingest/run.ts";
export type {
  IngestOptions,
  IngestProgress,
  IngestReport,
  ReportedError,
  RunWait,
  TickerResult,
} from "./src/ingest/types.ts";
export * from "./src/lock/mod.ts";
export { type LockAction, type LogRow, RUN_STATUSES, type RunStatus } from "./src/model/job.ts";
export type { HistoryOutcome, RestatedBy } from "./src/model/restatement.ts";
export type { Decimal, EventRow, MarketBatch, MarketRow, Quotes } from "./src/model/markets.ts";
export {
  type CorporateAction,
  NOTHING_STORED,
  type PriceDetails,
  type PriceRow,
  type Reject,
  type RowPlace,
  type RowProblem,
  type StoredState,
} from "./src/model/prices.ts";
export type { CorporateEvent } from "./src/model/corporate_events.ts";
export { canonicalTicker, MAX_TICKER_LENGTH, tryCanonicalTicker } from "./src/model/ticker.ts";
export type { Download, HttpAnswer, ServiceClientOptions } from "./src/sources/http/client.ts";
export type { Deadline } from "./src/sources/http/retry.ts";
export { ServiceRun, tryService } from "./src/sources/http/service.ts";
export {
  type AnswerSchema,
  type Checked,
  type Get,
  type JsonRequest,
  type Listening,
  type RefusalOptions,
  ServiceClient,
} from "./src/sources/http/service_client.ts";
export type { Refusal, SchemaIssue } from "./src/sources/http/service_message.ts";
export type {
  NetworkOptions,
  NextTry,
  Rate,
  RawAnswer,
  RequestListeners,
  SourceNetwork,
} from "./src/sources/network.ts";
export { planDays } from "./src/sources/plan.ts";
export { loadSource, SOURCE_NAMES } from "./src/sources/registry.ts";
export {
  type Batch,
  EVERYTHING,
  type FetchOptions,
  type FetchPlan,
  type ReadProgress,
  type RecordCounts,
  type RequestWait,
  type Selection,
  type Source,
  SOURCE_OPTIONS,
  type SourceCapabilities,
  type SourceFailure,
  type SourceOption,
  type SourceRequest,
  type SourceRun,
  type SourceSkip,
  type SourceTest,
  type SourceTestRequest,
} from "./src/sources/source.ts";
// The second name of StoreError is its former one, for one release.
export {
  ClaimLostError,
  StoreError,
  StoreError as DatabaseError,
  type StoreErrorScope,
} from "./src/store/errors.ts";
export { openLogs } from "./src/store/open.ts";
export type { CalendarChanges, CalendarName, SessionChanges } from "./src/exchange/gaps.ts";
export type { JobStatistics } from "./src/store/activity.ts";
export type {
  Gap,
  GapFilter,
  LogFilter,
  LoggedValues,
  LogPage,
  Logs,
  PairStatistics,
  TickerGaps,
  UnexplainedStep,
} from "./src/store/reports.ts";
export { type ConnectionInfo, openConnections } from "./src/store/sqlite/connection/connections.ts";
export { Database, type OpenOptions } from "./src/store/sqlite/connection/database.ts";
export { Reader, reader, type ReaderOptions } from "./src/store/sqlite/connection/reader.ts";
export type { RetryOptions } from "./src/store/sqlite/connection/retry.ts";
export { writer, type WriterOptions } from "./src/store/sqlite/connection/writer.ts";
export type { HeldLock } from "./src/store/store.ts";
