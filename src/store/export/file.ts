/**
 * The file of an export: whole or not there, with its checksum beside it.
 *
 * @module
 */
import {
  placeWithChecksum,
  removeUnreserved,
  type Reservation,
  reserveName,
} from "../../files/exclusive_file.ts";
import { UsageError } from "../../base/errors.ts";
import { PendingFile } from "../../files/atomic.ts";
import { lstatIfThere } from "../../platform/files.ts";
import { behindLink, makeFolders, UnsafeFileError } from "../../platform/owners.ts";
import { StoreError } from "../errors.ts";
import { endsInSeparator, splitPath } from "../../platform/paths.ts";
import { protectedAs } from "../protected_file.ts";

/** What is hidden of an export has it in its name. */
export const MARK = "tickerlock-export";

/** Where an export goes, piece by piece. */
export interface ExportSink {
  /**
   * Takes a piece; the promise resolves when there is room for another.
   *
   * @returns False where the reader wants no more: the rest need not be made.
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
  let info = lstatIfThere(out);
  if (info === undefined) {
    if (endsInSeparator(out)) throw refuse(out, "is no name for a file");
    return out;
  }
  if (info.isSymlink) {
    try {
      out = behindLink(out);
    } catch (error) {
      throw error instanceof UnsafeFileError ? refuse(out, error.message) : error;
    }
    info = Deno.statSync(out);
  }
  if (info.isDirectory) throw refuse(out, "is a folder");
  if (!info.isFile) throw refuse(out, "is a pipe, socket or device, which would be replaced");
  return out;
}

async function reserve(db: string, target: string): Promise<Reservation> {
  const { folder } = splitPath(target);
  makeFolders(folder);
  removeUnreserved(folder, MARK);
  const reserved = await reserveName(target, MARK);
  if (reserved !== undefined) return reserved;
  throw new StoreError("export_running", `another export is being written to ${target}`, db, {
    hint: "Let it finish, or name another file with --out.",
    retryable: true,
  });
}

/**
 * Writes a file and its `.sha256`, as sha256sum(1) writes it. Both are written under hidden names in
 * the same folder, synced, and renamed when they are whole; whatever fails, what was there before
 * stays. What a killed export has left in the folder is removed, what a living one is writing is not.
 *
 * @param target The file, from {@linkcode exportTarget}; its folder is made where it is missing.
 * @param produce Writes the content. What it throws ends it, with nothing changed.
 * @throws {StoreError} `export_running`.
 * @throws What the file system threw.
 */
export async function writeExportFile(
  db: string,
  target: string,
  produce: (sink: ExportSink) => Promise<void>,
): Promise<WrittenFile> {
  using reserved = await reserve(db, target);
  // Here, because loading it takes longer than most commands that load this file.
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  let total = 0;
  await using file = await PendingFile.create(target, { temporary: reserved.temporary });
  await produce({
    write: async (bytes) => {
      const written = file.write(bytes);
      // Beside the writing, which another thread does.
      hash.update(bytes);
      total += bytes.length;
      await written;
      return true;
    },
  });
  await file.finish();
  const sha256 = hash.digest("hex");
  await placeWithChecksum(file, reserved, sha256);
  return { path: Deno.realPathSync(target), bytes: total, sha256 };
}
