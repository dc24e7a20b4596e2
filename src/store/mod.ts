/**
 * The database layer: one connection, pragmas, migrations, and the tables' own statements.
 *
 * @module
 */
export { Database, type OpenOptions } from "./sqlite/connection/database.ts";
export { ClaimLostError, DatabaseError, StoreError, type StoreErrorScope } from "./errors.ts";
export { spillPathOf } from "./spill.ts";
export { LOG_COLUMNS, type LogRow } from "../model/job.ts";
export {
  COLLECTOR_HEARTBEAT_MS,
  COLLECTOR_SILENT_MS,
  type CollectorRow,
  collectors,
  isCollectorAlive,
} from "./sqlite/tables/collectors.ts";
export {
  countRejects,
  countRun,
  type LogFilter,
  loggedNames,
  type LogPage,
  newestLogId,
  readLogs,
  readMeanwhile,
  readRejects,
  type StoredReject,
} from "./sqlite/queries/logs.ts";
export {
  planPrune,
  type PruneCounts,
  pruneLogs,
  type PruneOptions,
  type PrunePlan,
} from "./sqlite/queries/prune.ts";
export { type PairStatistics, statistics } from "./sqlite/queries/statistics.ts";
export { type Backup, backupDatabase, type BackupOptions } from "./sqlite/backup/backup.ts";
export { type Exported, type ExportOptions, exportTable } from "./sqlite/export/export.ts";
export type { ExportSink } from "./sqlite/export/file.ts";
export { EXPORT_FORMATS, type ExportFormat } from "./sqlite/export/format.ts";
export type { ExportQuery } from "./sqlite/export/plan.ts";
export { type ExportVerification, verifyExport } from "./sqlite/export/verify.ts";
export {
  type CollectorHealth,
  type DatabaseHealth,
  databaseHealth,
  type LastRun,
  type RunningRow,
  type WantedRun,
} from "./sqlite/queries/health.ts";
export { compact, type DatabaseInfo, databaseInfo, sqliteVersion } from "./sqlite/queries/info.ts";
export {
  migrateTo,
  type MigrationStatus,
  migrationStatus,
  type MigrationStep,
} from "./sqlite/queries/migration_command.ts";
export { type RestoreChecks, type Restored, restoreDatabase } from "./sqlite/backup/restore.ts";
export type { Finding, VerifyOptions } from "./sqlite/queries/finding.ts";
export { type Verification, verifyDatabase } from "./sqlite/queries/verify.ts";
export { type ConnectionInfo, openConnections } from "./sqlite/connection/connections.ts";
export { Reader, reader, type ReaderOptions } from "./sqlite/connection/reader.ts";
export { QuietReader } from "./sqlite/connection/trace_free_read.ts";
export { writer, type WriterOptions } from "./sqlite/connection/writer.ts";
export {
  type BackupFile,
  backupFolderOf,
  type MigrationBackup,
  type Spilled,
} from "./sqlite/backup/companion_files.ts";
export type { RetryOptions } from "./sqlite/connection/retry.ts";
