/**
 * The database layer: one connection, pragmas, migrations, and the tables' own statements.
 *
 * @module
 */
export { Database, type OpenOptions } from "./database.ts";
export { ClaimLostError, DatabaseError } from "./errors.ts";
export {
  abandonRunning,
  bringInFinished,
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
export { type Backup, backupDatabase, type BackupOptions } from "./backup.ts";
export { compact, type DatabaseInfo, databaseInfo } from "./info.ts";
export {
  migrateTo,
  type MigrationStatus,
  migrationStatus,
  type MigrationStep,
} from "./migration_command.ts";
export { type RestoreChecks, type Restored, restoreDatabase } from "./restore.ts";
export { type Finding, type Verification, verifyDatabase, type VerifyOptions } from "./verify.ts";
export { type ConnectionInfo, openConnections } from "./connections.ts";
export { Reader, reader, type ReaderOptions } from "./reader.ts";
export { writer, type WriterOptions } from "./writer.ts";
export { insertRejects, type RejectValues } from "./rejects.ts";
