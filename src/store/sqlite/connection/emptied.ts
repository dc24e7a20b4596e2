import { bytesText } from "../../../base/text.ts";
import { StoreError } from "../../errors.ts";
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
export async function refuseEmptied(path: string): Promise<void> {
  const info = statOf(path);
  if (info === undefined || !info.isFile || info.size > 0 || isBeingMade(info)) return;
  const walBytes = statOf(`${path}-wal`)?.size ?? 0;
  const { copiesOf } = await import("../backup/backup_folder.ts");
  const { last_backup, migration_backups } = copiesOf(path);
  const hasBackups = last_backup !== null || migration_backups.length > 0;
  if (!hasBackups && walBytes === 0) return;
  const proof = hasBackups ? "there are backups of it" : `its -wal has ${bytesText(walBytes)}`;
  const message = `database ${path} is an empty file (0 bytes), and ${proof}: it was emptied`;
  throw new StoreError("db_corrupt", message, path, { hint: damagedHint("db_corrupt", path) });
}
