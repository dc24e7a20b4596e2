/**
 * The part of the database layer that a run needs: the connection, and what reads and writes of a run.
 * Backups, exports, checks and reports are not loaded with it, which is a third of the layer.
 *
 * @module
 */
export { Database, type OpenOptions } from "./sqlite/connection/database.ts";
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
} from "./sqlite/tables/jobs.ts";
export { type ActionValues, storedActions, upsertActions } from "./sqlite/tables/actions.ts";
export {
  askedFrom,
  otherDays,
  sameQueryFinished,
  sameWindowFinished,
  storedDays,
  unknownSince,
} from "./sqlite/tables/history.ts";
export {
  type EventValues,
  type MarketValues,
  upsertEvents,
  upsertMarkets,
  upsertSettlements,
  upsertSnapshots,
  type Writer,
} from "./sqlite/tables/markets.ts";
export { readCheckpoint, writeCheckpoint } from "./sqlite/tables/checkpoints.ts";
export {
  type PriceValues,
  storedTickers,
  type UpsertCounts,
  type UpsertOptions,
  upsertPrices,
} from "./sqlite/tables/prices.ts";
export { insertRejects, type RejectValues } from "./sqlite/tables/rejects.ts";
export { spillPathOf } from "./spill_path.ts";
