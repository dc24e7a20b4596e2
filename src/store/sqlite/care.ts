/** Looking after a SQLite file; each operation loads what it needs, and opens the file itself. @module */
import type { Care } from "../care.ts";
import { backupFolderOf } from "./backup/companion_files.ts";

/** The {@linkcode Care} of a file. */
export function sqliteCare(path: string): Care {
  return {
    name: path,
    info: async () => (await import("./queries/info.ts")).databaseInfo(path),
    migrations: async () => (await import("./queries/migration_command.ts")).migrationStatus(path),
    drops: async (to) => (await import("./queries/migration_command.ts")).droppedBy(path, to),
    migrate: async (to, options) =>
      (await import("./queries/migration_command.ts")).migrateTo(path, to, options),
    tryWriting: async () => (await import("./connection/try_writing.ts")).tryWriting(path),
    async verify({ quick = false, lockDir }) {
      const { verifyDatabase } = await import("./queries/verify.ts");
      const { isLockHeld } = await import("../../lock/inspect.ts");
      const isLocked = (ticker: string) => isLockHeld(ticker, lockDir);
      const { findings, ...verified } = verifyDatabase(path, { quick, isLocked, lockDir });
      const { hintWithBackup } = await import("./backup/restore.ts");
      const named = findings.map(async (finding) => ({
        ...finding,
        hint: await hintWithBackup(finding.hint, finding.code ?? "db_corrupt", path),
      }));
      return { ...verified, findings: await Promise.all(named) };
    },
    async planPrune(options) {
      const { TraceFreeReader } = await import("./connection/trace_free_read.ts");
      using db = TraceFreeReader.open(path);
      return (await import("./queries/prune.ts")).planPrune(db, options);
    },
    async prune(options, onStep, signal) {
      const { writer } = await import("./connection/writer.ts");
      using db = await writer(path, { signal });
      return await (await import("./queries/prune.ts")).pruneLogs(db, options, onStep);
    },
    exportRows: async (query) =>
      (await import("./export/export_rows.ts")).SqliteExportRows.begin(path, query),
    async putRows(table, columns, rows) {
      const { writer } = await import("./connection/writer.ts");
      using db = await writer(path);
      await (await import("./export/schema.ts")).putRows(db, table, columns, rows);
    },
    snapshotOf: async (file, sha256) =>
      (await import("./tables/export_manifest.ts")).snapshotOf(path, file, sha256),
    beginNotice: async (subject, reasons) =>
      (await import("./tables/notices.ts")).beginNotice(path, subject, reasons),
    async endNotice(turn, told) {
      await (await import("./tables/notices.ts")).endNotice(path, turn, told);
    },
    file: {
      backupFolder: backupFolderOf(path),
      backup: async (options) => (await import("./backup/backup.ts")).backupDatabase(path, options),
      async restore(file, options) {
        const { restoreDatabase, restoreNewest } = await import("./backup/restore.ts");
        return file === null
          ? await restoreNewest(path, options)
          : await restoreDatabase(file, path, options);
      },
      backups: async () => (await import("./backup/backup_folder.ts")).backupsOf(path),
      compact: async () => (await import("./queries/info.ts")).compactDatabase(path),
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
