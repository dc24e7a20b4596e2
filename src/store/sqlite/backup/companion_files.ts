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

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** What the names of a database's backups are like: their time, and for those of `db migrate` a version. */
export function backupName(path: string): RegExp {
  const stamp = "(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d)(\\d{3})Z";
  // A backup of `db backup` ends in `.db`, one of `db migrate` does not.
  const plain = `${escaped(stemOf(path))}-${stamp}\\.db`;
  const migrated = `${escaped(splitPath(path).name)}\\.before-(\\d+)-${stamp}`;
  return new RegExp(`^(?:${plain}|${migrated})$`);
}

/**
 * The newest backup in that folder, by its name; one whose time is still to come where there is no other.
 *
 * @returns Undefined also where the folder cannot be read.
 */
export function newestBackup(path: string): string | undefined {
  const folder = backupFolderOf(path);
  const named = backupName(path);
  const now = stampOf(Date.now());
  const rank = (name: string): string => {
    const stamp = name.replace(/\.db$/, "").slice(-now.length);
    return `${stamp > now ? 0 : 1}${stamp}`;
  };
  try {
    const names = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
      .map(({ name }) => name).filter((name) => named.test(name));
    const newest = names.sort((a, b) => rank(a) < rank(b) ? 1 : -1)[0];
    return newest === undefined ? undefined : joinPath(folder, newest);
  } catch {
    return undefined;
  }
}
