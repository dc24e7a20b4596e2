/**
 * Looking after a database: facts, migrations, checks, pruning, exports, backups. An engine implements it
 * and passes `tests/store/contract_care.ts`; `open.ts` alone names the engines.
 * @module
 */
import type { Dropped } from "./migration.ts";
import type { NoticeSubject, NoticeTurn } from "./notices.ts";
import type { LockFolder } from "./store.ts";

/** Prices of one source. */
export interface SourceSpan {
  readonly source: string;
  readonly tickers: number;
  readonly first_date: string;
  readonly last_date: string;
}

interface BackupFile {
  readonly path: string;
  readonly made_at: string;
}

type MigrationBackup = BackupFile & { readonly before_version: number };

/** Log rows that the database could not take. */
export interface Spilled {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

interface DatabaseFacts {
  /** A path, or a URL without secrets. */
  readonly path: string;
  readonly size_bytes: number;
  readonly schema_version: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly prices: readonly SourceSpan[];
  readonly last_success_at: string | null;
  /** Log rows that wait for a run of this machine that can write; null for none. */
  readonly spill: Spilled | null;
}

/** Facts about a database that is a file. */
export interface FileInfo extends DatabaseFacts {
  readonly engine: "sqlite";
  readonly wal_bytes: number;
  readonly page_size: number;
  readonly pages: number;
  /** Pages that `--compact` would give back. */
  readonly free_pages: number;
  readonly sqlite_version: string;
  readonly journal_mode: string;
  /** The folder of locks of each machine that has used it, by host. */
  readonly lock_folders: readonly LockFolder[];
  /** The newest of the folder `backups` beside it; one of the future only where there is no other. */
  readonly last_backup: BackupFile | null;
  /** Backups in that folder which `db migrate` has made, the newest first. */
  readonly migration_backups: readonly MigrationBackup[];
}

/** Facts about a database on a server. */
export interface ServerInfo extends DatabaseFacts {
  readonly engine: "postgres";
  readonly server_version: string;
  readonly schema: string;
  readonly encrypted: boolean;
  /** Whether a pooler is between: releases of locks are then seen by asking, and killed holders late. */
  readonly pooled: boolean;
}

/** Facts about a database. */
export type DatabaseInfo = FileInfo | ServerInfo;

/** One migration, as a database has it. */
export interface MigrationStatus {
  readonly version: number;
  readonly name: string;
  readonly appliedAt: string | null;
}

/** A step that was made. */
export interface MigrationStep {
  readonly version: number;
  readonly direction: "up" | "down";
  /** The backup made before the first of them; null where there was nothing to lose yet. */
  readonly backup: string | null;
}

/** What may end a long operation of a file. */
export interface Stoppable {
  /** Asked between steps: what it throws ends the operation, during which no event arrives. */
  throwIfStopped?: () => void;
}

/** What a check found. `warning` does not make the verification fail. */
export interface VerifyFinding {
  readonly check: string;
  readonly level: "error" | "warning";
  readonly message: string;
  readonly hint: string;
  /** The code of the error that ended the check; not there where the check was completed. */
  readonly code?: string;
}

interface VerifyOptions {
  /** The checks that take no pass through the prices. Default false. */
  readonly quick?: boolean;
  /** Folder of lock files, by which `running` rows are judged; unused where locks are rows. */
  readonly lockDir: string;
}

/** The outcome of a verification. */
export interface Verification {
  readonly path: string;
  readonly ok: boolean;
  readonly checks: readonly string[];
  readonly findings: readonly VerifyFinding[];
}

/** Which rows of the log may go. */
export interface PruneOptions {
  readonly before: string;
  /** Keep failed, lock_busy, lock_timeout, interrupted and abandoned jobs. Default false. */
  readonly keepFailed?: boolean;
}

/** How much there is to remove, or was removed. */
export interface PruneCounts {
  readonly logs: number;
  readonly rejects: number;
}

/** What would be removed, and what of the same age would not. */
export interface PrunePlan extends PruneCounts {
  /** Rows that ended before then and stay because they are needed. */
  readonly needed: number;
  /** Rows that ended before then and stay because they tell of a failure. */
  readonly failures: number;
}

/** What is wanted of a table or view. */
export interface ExportQuery {
  readonly object: string;
  /** Canonical tickers; none for all. */
  readonly tickers: readonly string[];
  readonly source: string | null;
  /** First and last day, `YYYY-MM-DD`, inclusive; null for no limit. */
  readonly from: string | null;
  readonly to: string | null;
  readonly columns: readonly string[] | null;
}

/** A value of a column. */
export type ExportValue = null | number | bigint | string | Uint8Array;

/** What a column holds: days are `YYYY-MM-DD`, times ISO 8601 in UTC with milliseconds. */
export type ColumnType = "integer" | "double" | "text" | "day" | "time" | "bytes";

/** Rows of values; the first of each are those of the export's columns, more may follow. */
export type ExportPage = readonly (readonly ExportValue[])[];

/** Lines of an export in CSV. */
export interface CsvPiece {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** A name that was asked for and that no row has. */
export interface UnknownName {
  readonly column: "ticker" | "source";
  readonly name: string;
  readonly nearest: string | undefined;
}

/** One line of the manifest of exports. */
export interface Snapshot {
  /** The moment whose state was exported, ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly object: string;
  readonly query: string;
  readonly format: string;
  /** The file: an absolute path without symbolic links. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** A line of the manifest that is in the database. */
export type StoredSnapshot = Snapshot & { readonly id: number };

/** The rows of a query as they are at one moment. Dispose it to end that moment. */
export interface ExportRows extends AsyncDisposable {
  readonly takenAt: string;
  readonly columns: readonly string[];
  /** What each column holds; undefined where the schema does not tell. */
  readonly types: readonly (ColumnType | undefined)[];
  readonly schemaVersion: number;
  /** How many rows there are; undefined where counting them would take as long as reading. */
  readonly total: number | undefined;

  /** The next rows in the order of their key, at most so many; undefined after the last. */
  page(rows: number): Promise<ExportPage | undefined>;

  /** All rows as usual CSV without a head, where the engine writes it itself; in place of pages. */
  csv?(): AsyncIterable<CsvPiece> | undefined;

  /** Tickers and the source that were asked for and that no row has, whatever its day. */
  unknownNames(rows: number): Promise<readonly UnknownName[]>;

  /** Ends the moment, and adds lines to the manifest, all or none. @returns The lines' ids. */
  keep(snapshots: readonly Snapshot[]): Promise<readonly number[]>;
}

/** How to back up. */
export interface BackupOptions extends Stoppable {
  to?: string | undefined;
  /**
   * Keep this many backups of the same database in the folder, the newest. Default all. Those of
   * `db migrate` are not counted: the newest stays, an older one until all that are kept are newer.
   */
  keep?: number | undefined;
  /** Also keep those of the last so many milliseconds; without `keep` the one before this stays, too. */
  keepWithinMs?: number | undefined;
  onProgress?: (pagesDone: number, pagesTotal: number) => void;
}

/** A backup that was made. */
export interface Backup {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly pages: number;
  /** Older backups that were removed: neither `keep` nor `keepWithinMs` keeps them. */
  readonly removed: readonly string[];
  /** Backups beside it whose time is still to come: they are neither counted nor removed. */
  readonly from_future: readonly string[];
  /** Older backups that stay since time leapt after them: the clock may be ahead. */
  readonly spared: readonly string[];
}

/** A backup in the folder of backups. */
export interface StoredBackup {
  readonly path: string;
  readonly taken_at: string;
  readonly bytes: number;
  readonly has_sha256: boolean;
  /** Later than now: the clock is wrong, or was, so it is no proof of being the newest. */
  readonly from_future: boolean;
  /** The schema version that `db migrate` was about to change; null for one of `db backup`. */
  readonly before_version: number | null;
}

/** How to restore. */
export interface RestoreOptions {
  /** Check the backup, and change nothing. Default false. */
  readonly dryRun?: boolean;
  /** The folder of locks of the runs on the database, which it remembers. Default that of the backup. */
  readonly lockDir?: string;
}

/** A restore that was done. */
export interface Restored {
  readonly file: string;
  /** The file that it has become: the database, with its symbolic link followed. */
  readonly path: string;
  /** Whether its time is still to come, where the newest good one was wanted: no other was good. */
  readonly from_future: boolean;
  readonly passed_over: readonly { readonly path: string; readonly reason: string }[];
  /** Where the replaced database is kept; null where there was none, and for a dry run. */
  readonly replaced: string | null;
  readonly checks: {
    readonly integrity: "integrity_check";
    /** `matched` where the SHA-256 is that of the `.sha256` beside it; `none` where there is none. */
    readonly sha256: "matched" | "none";
  };
}

/** What only a database that is one file can do. */
export interface FileCare {
  readonly backupFolder: string;

  /**
   * Copies the database while others read and write. The copy is opened and checked, gets a `.sha256`
   * beside it, and appears under its name only when all of that is done.
   * @throws {RangeError} Where `keep` is below 1.
   * @throws {UsageError} `backup_onto_itself`, `backup_target_taken`.
   * @throws {StoreError} `backup_running`, `backup_failed`, or where the database cannot be read.
   */
  backup(options: BackupOptions): Promise<Backup>;

  /**
   * Replaces the database by a backup, which is checked before anything is touched; the replaced file is
   * kept. The caller sees to it that no run begins meanwhile.
   * @param file Null for the newest good one of the folder of backups; one whose time is still to come is
   *   taken where no other is good.
   * @throws {UsageError} `restore_onto_itself`.
   * @throws {StoreError} `db_in_use`, `restore_failed`, `no_good_backup`, or what is wrong with the backup;
   *   nothing was changed then.
   */
  restore(file: string | null, options?: RestoreOptions): Promise<Restored>;

  backups(): Promise<readonly StoredBackup[]>;

  /** Gives free pages back to the file system. @throws {StoreError} `db_schema_old`. */
  compact(): Promise<number>;
}

/** What only a database on a server has. */
export interface ServerCare {
  /** The server's own way of doing what {@linkcode FileCare} does: a command line. */
  readonly instead: Readonly<Record<"backup" | "backups" | "restore" | "compact", string>>;

  /** The statements that bring the schema up to date and let other roles use it, for an administrator. */
  statements(): Promise<string>;
}

/** Looks after a database. Opened by `openCare`; each operation opens the database for itself. */
export interface Care extends AsyncDisposable {
  readonly name: string;

  /** Facts. Of a database with an older schema it tells of the tables that are there. */
  info(): Promise<DatabaseInfo>;

  migrations(): Promise<readonly MigrationStatus[]>;

  /** What going back to a version drops, of what is there. */
  drops(to: number | "back"): Promise<readonly Dropped[]>;

  /** Brings the schema to a version by steps, with a backup before the first; makes a missing database. */
  migrate(to: number | "newest" | "back", options?: Stoppable): Promise<readonly MigrationStep[]>;

  /** Writes in a transaction that is rolled back; false where it was not tried, to leave no trace. */
  tryWriting(): Promise<boolean>;

  /** Checks everything without writing. What makes the database unreadable is a finding as well. */
  verify(options: VerifyOptions): Promise<Verification>;

  planPrune(options: PruneOptions): Promise<PrunePlan>;

  /**
   * Removes old rows of the log with their rejects, each step in one transaction; what is `running` or
   * needed stays. `onStep` is told the sums so far and may throw to stop: steps that were done stay done.
   */
  prune(
    options: PruneOptions,
    onStep?: (done: PruneCounts) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<PruneCounts>;

  /** Begins to read the rows of a query. @throws {UsageError} Where it asks for what is not there. */
  exportRows(query: ExportQuery): Promise<ExportRows>;

  /** Writes rows of a table as another database has them, in place of those with their keys. */
  putRows(table: string, columns: readonly string[], rows: ExportPage): Promise<void>;

  /** The line about a file: the newest with its checksum, else with its path, else with its name. */
  snapshotOf(path: string, sha256: string): Promise<StoredSnapshot | undefined>;

  /**
   * Takes the turn to tell a receiver how a job ended, where there is something to tell that it was not
   * told yet. Waits for a busy database for a second or two at most, and never makes one.
   * @param reasons Why the job failed; empty where it did not.
   * @returns Null where there is nothing to tell, or another process is telling it.
   */
  beginNotice(subject: NoticeSubject, reasons: readonly string[]): Promise<NoticeTurn | null>;

  /** Ends a turn. @param told Empty for the end of a failure; null where the message was not taken. */
  endNotice(turn: NoticeTurn, told: readonly string[] | null): Promise<void>;

  readonly file?: FileCare;

  readonly server?: ServerCare;
}
