import { joinPath, splitPath } from "../../../platform/paths.ts";

/** A time as it stands in the name of a file: `20240131T235959999Z`. */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:.]/g, "");
}

/** What the names of a database's backups begin with. */
export function stemOf(path: string): string {
  return splitPath(path).name.replace(/\.[^.]*$/, "");
}

/** Where a database's backups are unless another place is named: the folder `backups` beside it. */
export function backupFolderOf(path: string): string {
  return joinPath(splitPath(path).folder, "backups");
}

/** Whether that folder has a backup of the database, by its name. */
export function hasBackups(path: string): boolean {
  try {
    return [...Deno.readDirSync(backupFolderOf(path))]
      .some(({ name }) => name.startsWith(`${stemOf(path)}-`));
  } catch {
    // There is no such folder, or it cannot be read.
    return false;
  }
}
