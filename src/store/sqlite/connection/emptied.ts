import { bytesText, shellWord } from "../../../base/text.ts";
import { exists } from "../../../platform/files.ts";
import { StoreError } from "../../errors.ts";
import { newestBackup } from "../backup/companion_files.ts";
import { damagedHint } from "./errors.ts";

/** Longer than it takes to make a database: within this time an empty file is one that is being made. */
const MAKING_MS = 10_000;

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    // Opening it tells why.
    return undefined;
  }
}

function isBeingMade({ mtime, birthtime }: Deno.FileInfo): boolean {
  const now = Date.now();
  return [mtime, birthtime].every((time) => time === null || now - time.getTime() < MAKING_MS);
}

/** Refuses an empty file that had data: a new database would hide it. @throws {StoreError} `db_corrupt`. */
export function refuseEmptied(path: string): void {
  const info = statOf(path);
  if (info === undefined || !info.isFile || info.size > 0 || isBeingMade(info)) return;
  const walBytes = statOf(`${path}-wal`)?.size ?? 0;
  const hasBackups = newestBackup(path) !== undefined;
  if (!hasBackups && walBytes === 0) return;
  const proof = hasBackups ? "there are backups of it" : `its -wal has ${bytesText(walBytes)}`;
  const message = `database ${path} is an empty file (0 bytes), and ${proof}: it was emptied`;
  throw new StoreError("db_corrupt", message, path, { hint: damagedHint("db_corrupt", path) });
}

/**
 * Refuses to make a database that has backups: it was there. `db migrate` makes it all the same.
 *
 * @throws {StoreError} `db_not_found`.
 */
export function refuseRemoved(path: string): void {
  const newest = exists(path) ? undefined : newestBackup(path);
  if (newest === undefined) return;
  const message = `database ${path} is not there, but backups of it are (the newest: ${newest}): ` +
    "it was removed, and is not made anew in silence";
  const db = `--db ${shellWord(path)}`;
  throw new StoreError("db_not_found", message, path, {
    hint: `Bring back the newest good backup: tickerlock db restore latest ${db}. ` +
      `To begin with an empty one: tickerlock db migrate ${db}`,
  });
}
