/**
 * The file of an export: whole or not there, with its checksum beside it.
 *
 * @module
 */
import {
  type Claim,
  claimSoon,
  exists,
  removeQuietly,
  removeUnclaimed,
} from "../backup/exclusive_file.ts";
import { UsageError } from "../../../base/errors.ts";
import { DatabaseError } from "../../errors.ts";
import { hasFileModes } from "../../../platform/files.ts";
import { splitPath } from "../../../platform/paths.ts";
import { renameOver } from "../../../platform/replace.ts";
import { fileIdentity } from "../connection/file.ts";
import { protectedAs } from "../connection/protected_file.ts";

const MARK = "tickerlock-export";

/** Where an export goes, piece by piece. */
export interface ExportSink {
  /**
   * Takes a piece; the promise resolves when there is room for another.
   *
   * @returns False where nobody wants any more: what is left need not be made.
   */
  write(bytes: Uint8Array): Promise<boolean>;
}

/** A file that was written. */
export interface WrittenFile {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

function refuse(target: string, why: string): UsageError {
  return new UsageError("export_target_refused", `--out ${target}: ${why}`, {
    hint: "Name another file with --out, or - for standard output; nothing was changed.",
    details: { target },
  });
}

/**
 * Finds the file that an export will replace or make, and refuses what must not be replaced. Follows a
 * symbolic link, which stays.
 *
 * @param db Path of the database; its connection may be open.
 * @throws {UsageError} `export_target_refused`.
 */
export function exportTarget(db: string, out: string): string {
  const target = targetOf(out);
  // What is written beside it is replaced, too.
  for (const path of [target, `${target}.sha256`]) {
    const why = protectedAs(path, db);
    if (why !== undefined) throw refuse(path, why);
  }
  return target;
}

function targetOf(out: string): string {
  if (/\.sha256$/.test(out)) throw refuse(out, "is the name of a checksum");
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(out);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (/[/\\]$/.test(out)) throw refuse(out, "is no name for a file");
    return out;
  }
  if (info.isSymlink) {
    try {
      out = Deno.realPathSync(out);
    } catch {
      throw refuse(out, "is a symbolic link that leads to nothing");
    }
    info = Deno.statSync(out);
  }
  if (info.isDirectory) throw refuse(out, "is a folder");
  if (!info.isFile) throw refuse(out, "is a pipe, socket or device, which would be replaced");
  return out;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

const NEW_FILE_MODE = 0o600;
const PERMISSIONS = 0o777;
const OWNER_ONLY = 0o700;

// The mode and, where this user may, the owner of the file that is replaced. Rights are not passed on
// to a group that the old file did not have.
async function likeOld(temporary: string, target: string, made: Deno.FileInfo): Promise<void> {
  if (!hasFileModes() || fileIdentity(target) === undefined) return;
  const old = await Deno.stat(target);
  let mode = (old.mode ?? NEW_FILE_MODE) & PERMISSIONS;
  if (old.uid !== made.uid || old.gid !== made.gid) {
    try {
      await Deno.chown(temporary, old.uid, old.gid);
    } catch {
      mode &= OWNER_ONLY;
    }
  }
  await Deno.chmod(temporary, mode);
}

/** The line as sha256sum(1) writes it, also for names with line breaks. */
function checksumLine(sha256: string, name: string): string {
  if (!/[\\\n\r]/.test(name)) return `${sha256}  ${name}\n`;
  const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `\\${sha256}  ${escaped}\n`;
}

async function syncFolder(folder: string): Promise<void> {
  try {
    using opened = await Deno.open(folder, { read: true });
    await opened.sync();
  } catch {
    // Windows cannot open one, and some file systems cannot sync one.
  }
}

async function putInPlace({ target, temporary, checksum }: Claim, sha256: string): Promise<void> {
  const { folder, name } = splitPath(target);
  {
    using file = await Deno.open(checksum, { write: true, createNew: true, mode: NEW_FILE_MODE });
    await writeAll(file, new TextEncoder().encode(checksumLine(sha256, name)));
    await likeOld(checksum, `${target}.sha256`, await file.stat());
    await file.sync();
  }
  // A new file is never without its checksum. One that is replaced is for a moment, so that at none of
  // them it has the checksum of another.
  const beside = `${target}.sha256`;
  if (fileIdentity(target) === undefined) {
    await renameOver(checksum, beside);
    try {
      await renameOver(temporary, target);
    } catch (error) {
      removeQuietly(beside);
      throw error;
    }
  } else {
    if (exists(beside)) await Deno.remove(beside);
    await renameOver(temporary, target);
    await renameOver(checksum, beside);
  }
  await syncFolder(folder);
}

async function claim(db: string, target: string): Promise<Claim> {
  const { folder } = splitPath(target);
  await Deno.mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  removeUnclaimed(folder, MARK);
  const claimed = await claimSoon(target, MARK);
  if (claimed !== undefined) return claimed;
  throw new DatabaseError("export_running", `another export is being written to ${target}`, db, {
    hint: "Let it finish, or name another file with --out.",
    retryable: true,
  });
}

/**
 * Writes a file and its `.sha256`, as sha256sum(1) writes it. Both are written under hidden names in
 * the same folder, synced, and renamed when they are whole; whatever fails, what was there before
 * stays. What a killed export has left in the folder is removed, what a living one is writing is not.
 *
 * @param db Path of the database, for messages.
 * @param target The file, from {@linkcode exportTarget}; its folder is made where it is missing.
 * @param produce Writes the content. What it throws ends it, with nothing changed.
 * @throws {DatabaseError} `export_running`.
 * @throws What the file system threw.
 */
export async function writeExportFile(
  db: string,
  target: string,
  produce: (sink: ExportSink) => Promise<void>,
): Promise<WrittenFile> {
  using claimed = await claim(db, target);
  // Here, because loading it takes longer than most commands that load this file.
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  let total = 0;
  {
    using file = await Deno.open(claimed.temporary, {
      write: true,
      createNew: true,
      mode: NEW_FILE_MODE,
    });
    await produce({
      write: async (bytes) => {
        const written = writeAll(file, bytes);
        // Beside the writing, which another thread does.
        hash.update(bytes);
        total += bytes.length;
        await written;
        return true;
      },
    });
    await likeOld(claimed.temporary, target, await file.stat());
    await file.sync();
  }
  const sha256 = hash.digest("hex");
  await putInPlace(claimed, sha256);
  return { path: Deno.realPathSync(target), bytes: total, sha256 };
}
