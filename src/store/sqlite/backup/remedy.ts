/**
 * What to do about a damaged database, by the backups that there are.
 *
 * @module
 */
import { damagedHint } from "../connection/errors.ts";
import { backupsOf } from "./backup_folder.ts";
import { verifyChecksum } from "./restore.ts";

/**
 * The newest backup that `db restore latest` would take, by its name and its checksum, for a sentence.
 *
 * @returns Null for none; undefined where the folder cannot be read.
 */
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

/**
 * Names the newest good backup in the hint of an error or a finding.
 *
 * @param hint Returned as it is, unless it is {@linkcode damagedHint}.
 */
export async function hintWithBackup(hint: string, code: string, path: string): Promise<string> {
  if (hint !== damagedHint(code, path)) return hint;
  return damagedHint(code, path, await newestGood(path));
}
