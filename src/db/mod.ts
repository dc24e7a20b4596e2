/**
 * The database layer: one connection, pragmas, migrations, and the tables' own statements.
 *
 * @module
 */
export { Database, type OpenOptions } from "./database.ts";
export { ClaimLostError, DatabaseError } from "./errors.ts";
export {
  abandonRunning,
  type ClaimOwner,
  finishJob,
  holdsClaim,
  insertRunning,
  type JobEnd,
  type JobStart,
  revokeClaims,
  type RunStatus,
  sameWorkFinished,
} from "./ingest_logs.ts";
export { type PriceValues, storedTickers, type UpsertCounts, upsertPrices } from "./prices.ts";
export { type ConnectionInfo, openConnections } from "./connections.ts";
export { Reader, reader, type ReaderOptions } from "./reader.ts";
export { writer, type WriterOptions } from "./writer.ts";
export { insertRejects, type RejectValues } from "./rejects.ts";
