/** Files written in pieces under their lock: downloads, which need not outlast a power cut. @module */
import { PendingFile } from "./atomic.ts";
import { inTerms } from "./errors.ts";
import { fs } from "./file_system.ts";
import { joinPath, splitPath } from "../platform/paths.ts";
import { encodeText } from "./json.ts";
import { type FileLockOptions, underLock } from "./lock.ts";
import { checkPath, findPlace } from "./place.ts";

/** A file's new content under way. Disposing of it before it is committed leaves everything as it was. */
export interface FileWriter extends AsyncDisposable {
  write(bytes: Uint8Array): Promise<void>;
  /** Gives it the file's name. @throws {FileError} As `writeText` does. */
  commit(): Promise<void>;
}

/** A file whose lock is held. */
export interface HeldFile {
  /** Begins to write it anew; what writers that were killed have left is removed. */
  begin(): Promise<FileWriter>;
  remove(): Promise<void>;
  /** Replaces a file of the same folder that is written under this lock alone. */
  replaceBeside(name: string, text: string): Promise<void>;
}

/** Begins under a fixed name: left-overs are found without a look at a folder of thousands of files. */
async function beginPart(path: string): Promise<PendingFile> {
  const { folder, name } = splitPath(path);
  const temporary = joinPath(folder, `.${name}.part`);
  if (fs.look(temporary) !== undefined) await fs.remove(temporary);
  return await PendingFile.create(path, { temporary });
}

/** Does work under a file's lock, in turn with `writeText`; a link in its place is replaced. */
export async function underFileLock<T>(
  path: string,
  options: FileLockOptions,
  work: (file: HeldFile) => Promise<T>,
): Promise<T> {
  checkPath(path);
  const file = findPlace(path, "write", false);
  const writing = <R>(work: () => Promise<R>): Promise<R> => inTerms("write", path, work);
  const place = async (pending: PendingFile, assertHeld: () => void): Promise<void> => {
    await pending.finish(false);
    assertHeld();
    await pending.place();
  };
  return await underLock(file, options, ({ assertHeld }) =>
    work({
      async begin() {
        const pending = await writing(() => beginPart(file.path));
        return {
          write: (bytes) => writing(() => pending.write(bytes)),
          commit: () => writing(() => place(pending, assertHeld)),
          [Symbol.asyncDispose]: () => pending[Symbol.asyncDispose](),
        };
      },
      remove: () =>
        writing(async () => {
          if (fs.look(file.path) !== undefined) await fs.remove(file.path);
        }),
      replaceBeside: (name, text) =>
        writing(async () => {
          await using pending = await beginPart(joinPath(file.folder, name));
          await pending.write(encodeText(text));
          await place(pending, assertHeld);
        }),
    }));
}
