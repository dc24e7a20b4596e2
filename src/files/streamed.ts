/**
 * Files that are written piece by piece under their lock: downloads.
 *
 * @module
 */
import { PendingFile, removeLeftOvers, replaceFiles } from "./atomic.ts";
import { fileError } from "./errors.ts";
import { fs } from "./file_system.ts";
import { encodeText } from "./json.ts";
import { type FileLockOptions, underLock } from "./lock.ts";
import { checkPath, findPlace } from "./place.ts";

/** A file's new content under way. Disposing of it before it is committed leaves everything as it was. */
export interface FileWriter extends AsyncDisposable {
  /** Writes at the end. */
  write(bytes: Uint8Array): Promise<void>;
  /** Syncs it and gives it the file's name. @throws {FileError} As `writeText` does. */
  commit(): Promise<void>;
}

/** A file whose lock is held. */
export interface HeldFile {
  /** Begins to write it anew; what writers that were killed have left is removed. */
  begin(): Promise<FileWriter>;
  /** Removes it, where it is there. */
  remove(): Promise<void>;
  /** Replaces a file of the same folder that is written under this lock alone. */
  replaceBeside(name: string, text: string): Promise<void>;
}

/**
 * Does work under a file's lock, which takes turns with `writeText` and the like.
 *
 * @throws As `writeText` does, and what the work throws.
 */
export async function underFileLock<T>(
  path: string,
  options: FileLockOptions,
  work: (file: HeldFile) => Promise<T>,
): Promise<T> {
  checkPath(path);
  const place = findPlace(path, "write");
  const inTerms = async (attempt: () => Promise<void>): Promise<void> => {
    try {
      await attempt();
    } catch (error) {
      throw fileError("write", path, error);
    }
  };
  return await underLock(place, options, ({ assertHeld }) =>
    work({
      async begin() {
        await removeLeftOvers(place.folder, [place.name]);
        let pending: PendingFile;
        try {
          pending = await PendingFile.create(place.path);
        } catch (error) {
          throw fileError("write", path, error);
        }
        return {
          write: (bytes) => inTerms(() => pending.write(bytes)),
          commit: () =>
            inTerms(async () => {
              await pending.finish();
              assertHeld();
              await pending.place();
              await fs.syncFolder(place.folder);
            }),
          [Symbol.asyncDispose]: () => pending[Symbol.asyncDispose](),
        };
      },
      remove: () =>
        inTerms(async () => {
          if (fs.look(place.path) === undefined) return;
          await fs.remove(place.path);
          await fs.syncFolder(place.folder);
        }),
      replaceBeside: (name, text) =>
        inTerms(() => replaceFiles(place.folder, [{ name, bytes: encodeText(text) }], assertHeld)),
    }));
}
