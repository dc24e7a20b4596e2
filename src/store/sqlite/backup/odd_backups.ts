/**
 * What is odd among the backups of a database, for `doctor`.
 *
 * @module
 */
import { joinPath } from "../../../platform/paths.ts";
import type { OddBackups } from "../../reports.ts";
import { BACKUP_MARK, backupName, backupsOf } from "./backup_folder.ts";
import { backupFolderOf } from "./companion_files.ts";

/** Whether a process is at work on what a lock file stands for; what this user may not try counts as so. */
function isHeld(lock: string): boolean {
  try {
    using file = Deno.openSync(lock, { read: true });
    const free = file.tryLockSync(false);
    if (free) file.unlockSync();
    return !free;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** What killed backups have left in a folder: hidden files, and checksums without their file. */
function leftOver(folder: string, path: string): string[] {
  const hidden = new RegExp(`^(\\..+\\.${BACKUP_MARK})\\.(?:sha256|tmp|tmp-\\w+)$`);
  const ofThis = backupName(path);
  const names = new Set([...Deno.readDirSync(folder)].map(({ name }) => name));
  return [...names].filter((name) => {
    const [, stem] = hidden.exec(name) ?? [];
    if (stem !== undefined) return !isHeld(joinPath(folder, `${stem}.lock`));
    const of = name.endsWith(".sha256") ? name.slice(0, -".sha256".length) : undefined;
    // One that is being made gets its checksum first.
    return of !== undefined && ofThis.test(of) && !names.has(of) &&
      !isHeld(joinPath(folder, `.${of}.${BACKUP_MARK}.lock`));
  }).map((name) => joinPath(folder, name)).sort();
}

/** What is odd in a database's folder of backups; nothing where it is not there or cannot be listed. */
export function oddBackups(path: string): OddBackups {
  try {
    const all = backupsOf(path);
    const paths = (odd: typeof all): string[] => odd.map((each) => each.path);
    return {
      toCome: paths(all.filter((each) => each.from_future)),
      withoutChecksum: paths(all.filter((each) => !each.has_sha256)),
      leftOver: leftOver(backupFolderOf(path), path),
    };
  } catch {
    // What cannot be listed is told where backups are asked for.
    return { toCome: [], withoutChecksum: [], leftOver: [] };
  }
}
