/** The operations on files of this folder, behind one interface, so that tests can make each fail. @module */
import { systemCode } from "../platform/errors.ts";
import { canSyncFolder, lstatIfThere } from "../platform/files.ts";
import { openInPlace } from "../platform/in_place.ts";
import { makeFolder, setMode, setOwner } from "../platform/owners.ts";
import { renameOver } from "../platform/replace.ts";

/** An open file: the part of `Deno.FsFile` that is used. */
export type OpenFile = Pick<
  Deno.FsFile,
  "write" | "read" | "seek" | "stat" | "sync" | "truncate" | "close"
>;

// Some file systems cannot sync a folder (EINVAL, ENOTSUP), and one without the right to read cannot be
// opened.
const NO_FOLDER_SYNC = ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EACCES", "EPERM", "EISDIR"];

function unlessNoWay(error: unknown): void {
  if (!NO_FOLDER_SYNC.includes(systemCode(error) ?? "")) throw error;
}

/** Brings a folder's entries to the disk, where the platform has a way to. */
async function syncFolder(folder: string): Promise<void> {
  if (!canSyncFolder()) return;
  try {
    using opened = await Deno.open(folder, { read: true });
    await opened.sync();
  } catch (error) {
    unlessNoWay(error);
  }
}

/** Makes a folder, which may be there already, and brings its entry in `parent` to the disk. */
function makeFolderAndSync(folder: string, parent: string): void {
  if (!makeFolder(folder) || !canSyncFolder()) return;
  try {
    using opened = Deno.openSync(parent, { read: true });
    opened.syncSync();
  } catch (error) {
    unlessNoWay(error);
  }
}

async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    // Deno 2.7 takes a link to nothing for a circle: looking tells.
    if (error instanceof Deno.errors.FilesystemLoop) await Deno.stat(path);
    // Windows opens no folder as a file ("access is denied").
    if (error instanceof Deno.errors.PermissionDenied && (await Deno.stat(path)).isDirectory) {
      throw Object.assign(new Deno.errors.IsADirectory(path, { cause: error }), { code: "EISDIR" });
    }
    throw error;
  }
}

/** The file system itself. What has no promise is done before a lock is asked for, in the order of calls. */
export const realFileSystem = {
  open: (path: string, options: Deno.OpenOptions): Promise<OpenFile> => Deno.open(path, options),
  /** Opens a file itself to append to it, or makes it; see {@linkcode openInPlace}. */
  openToAppend: (path: string): Promise<{ readonly file: OpenFile; readonly isNew: boolean }> =>
    Promise.try(() => openInPlace(path, { append: true, andRead: true, anyNames: true })),
  /** One write; may take fewer bytes. */
  write: (file: OpenFile, bytes: Uint8Array): Promise<number> => file.write(bytes),
  sync: (file: OpenFile): Promise<void> => file.sync(),
  rename: (from: string, to: string): Promise<void> => renameOver(from, to),
  remove: (path: string): Promise<void> => Deno.remove(path),
  syncFolder,
  read: readFile,
  look: lstatIfThere,
  readLink: (path: string): string => Deno.readLinkSync(path),
  // Without a promise it takes half as long: 13 ms in place of 30 for 10,000 files.
  names: (folder: string): string[] => Array.from(Deno.readDirSync(folder), ({ name }) => name),
  makeFolder: makeFolderAndSync,
  link: (from: string, to: string): Promise<void> => Deno.link(from, to),
  chmod: setMode,
  chown: setOwner,
};

/** What files are written on: the real one, or that of a test. */
export type FileSystem = typeof realFileSystem;

/** The file system that files are written on. */
export let fs: FileSystem = realFileSystem;

/** For tests: has this process write on another file system, until it is disposed. */
export function useFileSystem(wanted: FileSystem): Disposable {
  const before = fs;
  fs = wanted;
  return { [Symbol.dispose]: () => void (fs = before) };
}
