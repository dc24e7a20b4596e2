/**
 * Replacing files so that nobody ever sees half of one: temporary file, sync, rename, sync of the
 * folder. Only for whoever holds the files' lock.
 *
 * @module
 */
import { hasFileModes } from "../platform/files.ts";
import { joinPath } from "../platform/paths.ts";
import type { FileSystem, OpenFile } from "./file_system.ts";
import { isTemporaryNameOf, temporaryName } from "./place.ts";

/** A file's new content. */
export interface Replacement {
  /** Its name in the folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Permission bits; undefined for those of the file that is replaced, or 0600. */
  readonly mode: number | undefined;
}

/** Permission bits of a new file: what is written may be private, and opening up is easy. */
export const NEW_FILE_MODE = 0o600;

const GROUP_BITS = 0o070;

/**
 * Writes all of the bytes, however few a single write takes.
 *
 * @param fs The file system.
 * @param file Open for writing.
 * @param bytes What to write.
 */
export async function writeAll(fs: FileSystem, file: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const written = await fs.write(file, bytes.subarray(done));
    if (written <= 0) throw new Error("a write took no bytes");
    done += written;
  }
}

/** Removes what a writer that was killed has left, as far as that is possible. */
async function removeLeftOvers(
  fs: FileSystem,
  folder: string,
  files: readonly Replacement[],
): Promise<void> {
  try {
    for (const candidate of fs.names(folder)) {
      if (files.some(({ name }) => isTemporaryNameOf(name, candidate))) {
        await fs.remove(joinPath(folder, candidate));
      }
    }
  } catch {
    // They take room and do no harm; what is to be written matters more.
  }
}

async function removeQuietly(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.remove(path);
  } catch {
    // Never made, or as good as left over: the next write removes it.
  }
}

/**
 * Gives a new file the owner of the old one, where this user may.
 *
 * @returns The mode it may have: a group that could not be kept must not pass its rights on to
 *   another one.
 */
async function keepOwner(
  fs: FileSystem,
  path: string,
  old: Deno.FileInfo,
  made: Deno.FileInfo,
  mode: number,
): Promise<number> {
  if (old.uid === made.uid && old.gid === made.gid) return mode;
  try {
    await fs.chown(path, old.uid, old.gid);
    return mode;
  } catch {
    if (old.gid === made.gid) return mode;
  }
  try {
    await fs.chown(path, null, old.gid);
    return mode;
  } catch {
    return mode & ~GROUP_BITS;
  }
}

async function makeTemporary(
  fs: FileSystem,
  folder: string,
  { name, bytes, mode }: Replacement,
  temporary: string,
): Promise<void> {
  const found = fs.look(joinPath(folder, name));
  // A link has a mode too, which says nothing.
  const old = found?.isFile ? found : undefined;
  const file = await fs.open(temporary, { write: true, createNew: true, mode: NEW_FILE_MODE });
  try {
    await writeAll(fs, file, bytes);
    if (hasFileModes()) {
      const made = await file.stat();
      let wanted = (mode ?? old?.mode ?? NEW_FILE_MODE) & 0o777;
      if (old !== undefined) wanted = await keepOwner(fs, temporary, old, made, wanted);
      if (((made.mode ?? wanted) & 0o777) !== wanted) await fs.chmod(temporary, wanted);
    }
    await fs.sync(file);
  } finally {
    file.close();
  }
}

/**
 * Replaces files of one folder, in the order given. Everything that takes room or time is done
 * before the first is renamed, so that a full disk leaves all of them as they were.
 *
 * @param fs The file system.
 * @param folder Their folder.
 * @param files Their new contents.
 * @param beforeRenames Called when all is ready; what it throws ends it, with nothing changed.
 * @throws What the file system threw. The old contents are in place then and no temporary file is
 *   left, with two exceptions: files before the one whose renaming failed are new, and all of them
 *   are where the folder could not be synced.
 */
export async function replaceFiles(
  fs: FileSystem,
  folder: string,
  files: readonly Replacement[],
  beforeRenames: () => void,
): Promise<void> {
  await removeLeftOvers(fs, folder, files);
  const waiting: { readonly temporary: string; readonly path: string }[] = [];
  try {
    for (const file of files) {
      const temporary = joinPath(folder, temporaryName(file.name));
      waiting.push({ temporary, path: joinPath(folder, file.name) });
      await makeTemporary(fs, folder, file, temporary);
    }
    beforeRenames();
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      await fs.rename(next.temporary, next.path);
      waiting.shift();
    }
  } catch (error) {
    for (const { temporary } of waiting) await removeQuietly(fs, temporary);
    throw error;
  }
  await fs.syncFolder(folder);
}
