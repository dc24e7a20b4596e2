import { DatabaseSync } from "node:sqlite";
import type { Restored, RestoreOptions, StoredBackup } from "../../care.ts";
import { checkCopy } from "./backup.ts";
import { backupsOf } from "./backup_folder.ts";
import { backupFolderOf, stampOf } from "./companion_files.ts";
import { PendingFile, removeLeftOvers } from "../../../files/atomic.ts";
import { fs } from "../../../files/file_system.ts";
import { fileIdentity, isFolder, statIfThere } from "../../../platform/files.ts";
import { behindLink, makeFolders } from "../../../platform/owners.ts";
import { splitPath } from "../../../platform/paths.ts";
import { readWholeTextSync } from "../../../platform/read_whole.ts";
import { attemptOf, explain } from "../../../platform/refusals.ts";
import { whoHasOpen } from "../../../platform/services.ts";
import { TickerlockError, UsageError } from "../../../base/errors.ts";
import { StoreError } from "../../errors.ts";
import { damagedHint, folderAsDatabase, isBusy, toStoreError } from "../connection/errors.ts";
import { OwnLockFolder } from "../tables/lock_folders.ts";
import { sha256OfFile } from "../../../files/sha256.ts";

/** Compares a backup with its checksum. @throws {StoreError} `backup_checksum`. */
async function verifyChecksum(file: string): Promise<Restored["checks"]["sha256"]> {
  let line: string;
  try {
    line = readWholeTextSync(`${file}.sha256`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "none";
    throw error;
  }
  const wanted = line.trim().split(/\s+/)[0] ?? "";
  const found = await sha256OfFile(file);
  if (wanted === found) return "matched";
  const message = `${file} is not what its .sha256 says: ${found} in place of ${wanted}`;
  throw new StoreError("backup_checksum", message, file, {
    hint: "Choose another backup; nothing was changed.",
  });
}

function inUse(path: string, cause: unknown): StoreError {
  return new StoreError("db_in_use", `database ${path} is in use by another process`, path, {
    hint: `Stop what uses it (${whoHasOpen(path)}), then restore again; nothing was changed.`,
    retryable: true,
    cause,
  });
}

// Leaving WAL mode needs the file to itself and folds the write-ahead log in: if it succeeds, no other
// process has the database open, and the file alone is the whole of it. A file that is no sound database
// has no such use; it is kept with its companions.
function takeForItself(path: string): void {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 1000 });
    const mode = db.prepare("PRAGMA journal_mode = DELETE").get()?.journal_mode;
    if (mode !== "delete") throw inUse(path, undefined);
    db.prepare("BEGIN EXCLUSIVE").run();
    db.prepare("ROLLBACK").run();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (isBusy(error)) throw inUse(path, error);
  } finally {
    db?.close();
  }
}

const WILL_NOT_DO = /^db_(corrupt|not_a_database|of_another_program|is_a_folder|schema_)/;

// The remedies of these errors are about a database in use; this is a file to choose from several.
function checkBackup(file: string, named: string = file): void {
  try {
    checkCopy(file, { named });
  } catch (error) {
    if (!(error instanceof StoreError) || !WILL_NOT_DO.test(error.code)) throw error;
    const { code, message, details } = error;
    const release = code.startsWith("db_schema_")
      ? ", or restore it with the tickerlock release that made it"
      : "";
    const hint = `Choose another backup${release}; nothing was changed.`;
    throw new StoreError(code, message, named, { hint, cause: error, details });
  }
}

async function copyInto(copy: PendingFile, file: string): Promise<void> {
  using opened = await Deno.open(file, { read: true });
  const chunk = new Uint8Array(1 << 20);
  for (;;) {
    const count = await opened.read(chunk);
    if (count === null) break;
    await copy.write(chunk.subarray(0, count));
  }
  await copy.finish();
}

function refuseAsBackup(file: string, path: string): void {
  if (statIfThere(file) === undefined) {
    throw new StoreError("db_not_found", `the backup ${file} does not exist`, file, {
      hint: "Check the path; nothing was changed.",
    });
  }
  if (fileIdentity(file) === fileIdentity(path)) {
    throw new UsageError("restore_onto_itself", `${file} is the database itself`, {
      hint: "Name a backup. Nothing was changed.",
      details: { path, file },
    });
  }
  // What is in a write-ahead log is not in the file: a plain copy would leave it out in silence.
  if ((statIfThere(`${Deno.realPathSync(file)}-wal`)?.size ?? 0) > 0) {
    const message = `${file} is a database in use: part of it is in ${file}-wal`;
    throw new StoreError("backup_has_wal", message, path, {
      hint: `Make a backup of it first: tickerlock db backup --db ${file}. Nothing was changed.`,
    });
  }
}

/** Replaces a database by a backup that was checked, as `FileCare.restore` says. */
export async function restoreDatabase(
  file: string,
  named: string,
  { dryRun = false, lockDir }: RestoreOptions = {},
): Promise<Restored> {
  let path = named;
  try {
    // Runs follow a link as well; replacing it would part those who use the two paths.
    path = behindLink(named);
    const { folder, name } = splitPath(path);
    if (isFolder(path)) throw folderAsDatabase(path);
    refuseAsBackup(file, path);
    const sha256 = await verifyChecksum(file);
    checkBackup(file);
    const checks = { integrity: "integrity_check", sha256 } as const;
    if (dryRun) return { file, path, from_future: false, passed_over: [], replaced: null, checks };
    makeFolders(folder);
    // The caller keeps others away: what is left is of a restore that was killed.
    await removeLeftOvers(folder, [name]);
    await using copy = await PendingFile.create(path);
    await copyInto(copy, file);
    if (lockDir !== undefined) new OwnLockFolder(lockDir).rememberInCopy(copy.temporary, path);
    checkBackup(copy.temporary, file);
    let replaced: string | null = null;
    if (statIfThere(path) !== undefined) {
      takeForItself(path);
      replaced = `${folder}/${name}.replaced-${stampOf(Date.now())}`;
      // A second name for the old file, so that at no moment the database is without a file.
      await fs.link(path, replaced);
      for (const suffix of ["-wal", "-shm"]) {
        if (statIfThere(path + suffix) !== undefined) {
          await fs.rename(path + suffix, replaced + suffix);
        }
      }
    }
    await copy.place();
    await fs.syncFolder(folder);
    return { file, path, from_future: false, passed_over: [], replaced, checks };
  } catch (error) {
    const known = toStoreError(error, path, "restore");
    if (known instanceof TickerlockError) throw known;
    const at = attemptOf(error)?.path ?? path;
    const isOfBackup = at.startsWith(file);
    const { why, hint } = isOfBackup
      ? explain(error, at, "read", "choose another backup")
      : explain(error, at, "write", "choose another database with --db");
    const what = isOfBackup ? `read the backup ${file}` : `restore ${file} to ${path}`;
    throw new StoreError("restore_failed", `could not ${what}: ${why}`, path, {
      hint: `${hint} Nothing was changed.`,
      cause: error,
    });
  }
}

/** What makes a backup no good. What cannot be read now, or has another schema, may still be the one. */
const NO_GOOD: ReadonlySet<string> = new Set([
  "backup_checksum",
  "db_corrupt",
  "db_not_a_database",
  "db_of_another_program",
  "db_not_found",
]);

/** The first backup that is good becomes the database. @param bad Gets those before it, with the reason. */
async function restoreFirstGood(
  path: string,
  candidates: readonly StoredBackup[],
  bad: Restored["passed_over"][number][],
  options: RestoreOptions | undefined,
): Promise<Restored | undefined> {
  for (const { path: file, from_future, has_sha256 } of candidates) {
    if (!has_sha256) {
      bad.push({ path: file, reason: "has no .sha256 beside it" });
      continue;
    }
    try {
      return { ...await restoreDatabase(file, path, options), from_future };
    } catch (error) {
      const isBad = error instanceof StoreError && error.path === file && NO_GOOD.has(error.code);
      if (!isBad) throw error;
      const { message } = error;
      const isAbout = message.startsWith(`${file} `);
      bad.push({ path: file, reason: isAbout ? message.slice(file.length + 1) : message });
    }
  }
  return undefined;
}

/** Replaces a database by its newest good backup with a checksum; one of the future is the last resort. */
export async function restoreNewest(path: string, options?: RestoreOptions): Promise<Restored> {
  const all = backupsOf(path);
  const toCome = all.filter(({ from_future }) => from_future);
  const bad: Restored["passed_over"][number][] = [];
  const newest = await restoreFirstGood(
    path,
    all.filter(({ from_future }) => !from_future),
    bad,
    options,
  );
  if (newest !== undefined) {
    const left = toCome.map(({ path, taken_at }) => {
      return { path, reason: `has a time that is still to come, ${taken_at}` };
    });
    return { ...newest, passed_over: [...left, ...bad] };
  }
  const last = await restoreFirstGood(path, toCome, bad, options);
  if (last !== undefined) return { ...last, passed_over: bad };
  const folder = backupFolderOf(path);
  const why = bad.map(({ path, reason }) => `${path} ${reason}`).join("; ");
  const message = `there is no good backup of ${path} in ${folder}${why === "" ? "" : `: ${why}`}`;
  throw new StoreError("no_good_backup", message, path, {
    hint: "Name a backup that is elsewhere: tickerlock db restore FILE. Nothing was changed.",
    details: { folder, passed_over: bad },
  });
}

/** The backup that `db restore latest` would take; null for none, undefined where that cannot be read. */
async function newestGood(path: string): Promise<string | null | undefined> {
  try {
    const all = backupsOf(path);
    for (const isLastResort of [false, true]) {
      for (const { path: file, from_future } of all) {
        if (from_future !== isLastResort) continue;
        if (await verifyChecksum(file).catch(() => "none") !== "matched") continue;
        return isLastResort ? `${file}, whose time is still to come` : file;
      }
    }
    return null;
  } catch {
    return undefined;
  }
}

/** Names the newest good backup in a hint, if that is {@linkcode damagedHint}. */
export async function hintWithBackup(hint: string, code: string, path: string): Promise<string> {
  if (hint !== damagedHint(code, path)) return hint;
  return damagedHint(code, path, await newestGood(path));
}
