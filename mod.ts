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
export * from "./src/lock/mod.ts";
// The second name of StoreError is its former one, for one release.
export {
  ClaimLostError,
  StoreError,
  StoreError as DatabaseError,
  type StoreErrorScope,
} from "./src/store/errors.ts";
export { type ConnectionInfo, openConnections } from "./src/store/sqlite/connection/connections.ts";
export { Database, type OpenOptions } from "./src/store/sqlite/connection/database.ts";
export { Reader, reader, type ReaderOptions } from "./src/store/sqlite/connection/reader.ts";
export type { RetryOptions } from "./src/store/sqlite/connection/retry.ts";
export { writer, type WriterOptions } from "./src/store/sqlite/connection/writer.ts";
export * from "./src/files/mod.ts";
export type { HeldLock } from "./src/store/store.ts";
export { ingest } from "./src/ingest/run.ts";
export type {
  IngestOptions,
  IngestProgress,
  IngestReport,
  ReportedError,
  TickerResult,
} from "./src/ingest/types.ts";
export { type LockAction, RUN_STATUSES, type RunStatus } from "./src/model/job.ts";
export { loadSource, SOURCE_NAMES } from "./src/sources/registry.ts";
export type {
  Batch,
  FetchOptions,
  FetchPlan,
  ReadProgress,
  Selection,
  Source,
  SourceCapabilities,
  SourceFailure,
  SourceOption,
  SourceRequest,
  SourceRun,
  SourceTest,
  SourceTestRequest,
} from "./src/sources/source.ts";
export type { StoredState } from "./src/model/prices.ts";
export type {
  CorporateAction,
  PriceRow,
  Reject,
  RowPlace,
  RowProblem,
} from "./src/model/prices.ts";
export type { Decimal, EventRow, MarketBatch, MarketRow, Quotes } from "./src/model/markets.ts";
export type {
  NetworkOptions,
  Rate,
  RawAnswer,
  RequestListeners,
  SourceNetwork,
} from "./src/sources/network.ts";
export { canonicalTicker, MAX_TICKER_LENGTH, tryCanonicalTicker } from "./src/model/ticker.ts";
export { VERSION } from "./src/base/version.ts";
export { SOURCE_OPTIONS } from "./src/sources/source.ts";
