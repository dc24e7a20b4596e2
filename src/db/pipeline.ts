/**
 * The part of the database layer that a run needs: the connection, and what reads and writes of a run.
 * Backups, exports, checks and reports are not loaded with it, which is a third of the layer.
 *
 * @module
 */
export { Database, type OpenOptions } from "./database.ts";
export { ClaimLostError, DatabaseError } from "./errors.ts";
export {
  abandonRunning,
  bringInFinished,
  type ClaimOwner,
  codeInLog,
  finishJob,
  holdsClaim,
  insertRunning,
  type JobEnd,
  type JobStart,
  revokeClaims,
  type RunStatus,
  sameWorkFinished,
} from "./ingest_logs.ts";
export { type ActionValues, storedActions, upsertActions } from "./corporate_actions.ts";
export {
  askedFrom,
  otherDays,
  sameQueryFinished,
  sameWindowFinished,
  storedDays,
  unknownSince,
} from "./ingest_history.ts";
export {
  type EventValues,
  type MarketValues,
  upsertEvents,
  upsertMarkets,
  upsertSettlements,
  upsertSnapshots,
  type Writer,
} from "./markets.ts";
export { readCheckpoint, writeCheckpoint } from "./sync_state.ts";
export {
  type PriceValues,
  storedTickers,
  type UpsertCounts,
  type UpsertOptions,
  upsertPrices,
} from "./prices.ts";
export { insertRejects, type RejectValues } from "./rejects.ts";
export { spillPathOf } from "./spill_path.ts";
