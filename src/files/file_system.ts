/**
 * The few operations on files that the rest of this folder is made of, behind one interface, so that
 * tests can make each of them fail.
 *
 * @module
 */
import { systemCode } from "./errors.ts";

/** An open file: the part of `Deno.FsFile` that is used. */
export type OpenFile = Pick<
  Deno.FsFile,
  "write" | "read" | "seek" | "stat" | "sync" | "truncate" | "close"
>;

/** The operations. Each throws what the runtime throws. */
export interface FileSystem {
  open(path: string, options: Deno.OpenOptions): Promise<OpenFile>;
  /** One write; may take fewer bytes than it was given. */
  write(file: OpenFile, bytes: Uint8Array): Promise<number>;
  /** Brings an open file's content to the disk. */
  sync(file: OpenFile): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Brings a folder's entries to the disk; does nothing where the platform has no way to. */
  syncFolder(folder: string): Promise<void>;
  /** The whole content. */
  read(path: string): Promise<Uint8Array>;
  /** What is at a path, a link not followed; undefined for nothing. */
  look(path: string): Promise<Deno.FileInfo | undefined>;
  readLink(path: string): Promise<string>;
  /** Names of everything in a folder. */
  names(folder: string): Promise<string[]>;
  makeFolder(folder: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, uid: number | null, gid: number | null): Promise<void>;
}

// EINVAL and ENOTSUP come from file systems that cannot sync a folder. Windows cannot even open one,
// and a folder that may be written but not read cannot be opened either.
const NO_FOLDER_SYNC = ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EACCES", "EPERM", "EISDIR"];

async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    using opened = await Deno.open(folder, { read: true });
    await opened.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.includes(systemCode(error) ?? "")) throw error;
  }
}

/** The file system itself. */
export const realFileSystem: FileSystem = {
  open: (path, options) => Deno.open(path, options),
  write: (file, bytes) => file.write(bytes),
  sync: (file) => file.sync(),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path),
  syncFolder,
  read: (path) => Deno.readFile(path),
  look: async (path) => {
    try {
      return await Deno.lstat(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  },
  readLink: (path) => Deno.readLink(path),
  names: async (folder) => {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name);
    return names;
  },
  makeFolder: async (folder) => {
    try {
      await Deno.mkdir(folder);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  },
  chmod: (path, mode) => Deno.chmod(path, mode),
  chown: (path, uid, gid) => Deno.chown(path, uid, gid),
};
