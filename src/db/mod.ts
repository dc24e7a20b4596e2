/**
 * The database layer: one connection, pragmas, migrations, and the tables' own statements.
 *
 * @module
 */
export * from "./pipeline.ts";
export {
  beatCollector,
  COLLECTOR_HEARTBEAT_MS,
  COLLECTOR_SILENT_MS,
  type CollectorBeat,
  type CollectorEnd,
  type CollectorRow,
  collectors,
  type CollectorStart,
  endCollector,
  insertCollector,
  isCollectorAlive,
  markDeadCollectors,
} from "./collectors.ts";
export {
  countRejects,
  countRun,
  LOG_COLUMNS,
  type LogFilter,
  type LogPage,
  type LogRow,
  newestLogId,
  readLogs,
  readMeanwhile,
  readRejects,
  type StoredReject,
} from "./log_queries.ts";
export {
  planPrune,
  type PruneCounts,
  pruneLogs,
  type PruneOptions,
  type PrunePlan,
} from "./log_prune.ts";
export { type PairStatistics, statistics } from "./statistics.ts";
export { type Backup, backupDatabase, type BackupOptions } from "./backup.ts";
export { type Exported, type ExportOptions, exportTable } from "./export.ts";
export type { ExportSink } from "./export_file.ts";
export { EXPORT_FORMATS, type ExportFormat } from "./export_format.ts";
export type { ExportQuery } from "./export_plan.ts";
export { type ExportVerification, verifyExport } from "./export_verify.ts";
export {
  type CollectorHealth,
  type DatabaseHealth,
  databaseHealth,
  type LastRun,
  type RunningRow,
  type WantedRun,
} from "./health.ts";
export { compact, type DatabaseInfo, databaseInfo } from "./info.ts";
export {
  migrateTo,
  type MigrationStatus,
  migrationStatus,
  type MigrationStep,
} from "./migration_command.ts";
export { type RestoreChecks, type Restored, restoreDatabase } from "./restore.ts";
export type { Finding, VerifyOptions } from "./finding.ts";
export { type Verification, verifyDatabase } from "./verify.ts";
export { type ConnectionInfo, openConnections } from "./connections.ts";
export { Reader, reader, type ReaderOptions } from "./reader.ts";
export { QuietReader } from "./quiet_reader.ts";
export { writer, type WriterOptions } from "./writer.ts";
export { type BackupFile, backupFolderOf, type MigrationBackup, type Spilled } from "./beside.ts";
export type { RetryOptions } from "./retry.ts";
