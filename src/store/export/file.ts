import type { Hash } from "node:crypto";
import {
  checksumBeside,
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
  /** Takes a piece, and resolves when there is room for another; false where no more is wanted. */
  write(bytes: Uint8Array): Promise<boolean>;
}

/** A file that was written. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Refuses a place to write to. */
export function refuseTarget(target: string, why: string): UsageError {
  return new UsageError("export_target_refused", `--out ${target}: ${why}`, {
    hint: "Name another file with --out, or - for standard output; nothing was changed.",
    details: { target },
  });
}

/** The file that an export will make or replace. @throws {UsageError} `export_target_refused`. */
export function exportTarget(db: string, out: string): string {
  const target = targetOf(out);
  // What is written beside it is replaced, too.
  for (const path of [target, checksumBeside(target)]) {
    const why = protectedAs(path, db);
    if (why !== undefined) throw refuseTarget(path, why);
  }
  return target;
}

function targetOf(out: string): string {
  if (/\.sha256$/.test(out)) throw refuseTarget(out, "is the name of a checksum");
  let info = lstatIfThere(out);
  if (info === undefined) {
    if (endsInSeparator(out)) throw refuseTarget(out, "is no name for a file");
    return out;
  }
  if (info.isSymlink) {
    try {
      out = behindLink(out);
    } catch (error) {
      throw error instanceof UnsafeFileError ? refuseTarget(out, error.message) : error;
    }
    info = Deno.statSync(out);
  }
  if (info.isDirectory) throw refuseTarget(out, "is a folder");
  if (!info.isFile) throw refuseTarget(out, "is a pipe, socket or device, which would be replaced");
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
 * A file and its `.sha256`, written under hidden names in the same folder and renamed when whole; where
 * that fails, what was there before stays. What a killed export has left is removed.
 */
export class ExportFile implements ExportSink, AsyncDisposable {
  readonly #reserved: Reservation;
  readonly #file: PendingFile;
  readonly #hash: Hash;
  #bytes = 0;

  private constructor(reserved: Reservation, file: PendingFile, hash: Hash) {
    this.#reserved = reserved;
    this.#file = file;
    this.#hash = hash;
  }

  /** Begins a file, with its folder. @throws {StoreError} `export_running`; what the file system threw. */
  static async create(db: string, target: string): Promise<ExportFile> {
    const reserved = await reserve(db, target);
    try {
      // Here, because loading it takes longer than most commands that load this file.
      const { createHash } = await import("node:crypto");
      const file = await PendingFile.create(target, { temporary: reserved.temporary });
      return new ExportFile(reserved, file, createHash("sha256"));
    } catch (error) {
      reserved[Symbol.dispose]();
      throw error;
    }
  }

  async write(bytes: Uint8Array): Promise<true> {
    const written = this.#file.write(bytes);
    // Beside the writing, which another thread does.
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await written;
    return true;
  }

  finish(): Promise<void> {
    return this.#file.finish();
  }

  async place(): Promise<WrittenFile> {
    const sha256 = this.#hash.digest("hex");
    await placeWithChecksum(this.#file, this.#reserved, sha256);
    return { path: Deno.realPathSync(this.#reserved.target), bytes: this.#bytes, sha256 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
    this.#reserved[Symbol.dispose]();
  }
}

/** Writes a file as {@linkcode ExportFile} does; what `produce` throws ends it with nothing changed. */
export async function writeExportFile(
  db: string,
  target: string,
  produce: (sink: ExportSink) => Promise<void>,
): Promise<WrittenFile> {
  await using file = await ExportFile.create(db, target);
  await produce(file);
  await file.finish();
  return await file.place();
}
