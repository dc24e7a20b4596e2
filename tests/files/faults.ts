/**
 * The real file system with something done before each of its steps.
 *
 * @module
 */
import {
  type FileSystem,
  type OpenFile,
  realFileSystem,
  useFileSystem,
} from "../../src/files/file_system.ts";

/** The steps that change something; looking and reading are none. */
export type Step =
  | "open"
  | "write"
  | "chmod"
  | "chown"
  | "sync"
  | "rename"
  | "link"
  | "remove"
  | "truncate"
  | "syncFolder";

/** How a file system is spoilt. */
export interface Faults {
  /** Called before each step with its number, counted from 1; what it throws is what the step does. */
  readonly before?: (step: Step, number: number) => void | Promise<void>;
  /** Most bytes that one write takes. Default all. */
  readonly mostPerWrite?: number | undefined;
}

/** Failures as Deno throws them. */
export const FAILURES = {
  full: (): Error =>
    Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" }),
  broken: (): Error => Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" }),
  forbidden: (): Error =>
    Object.assign(new Deno.errors.PermissionDenied("Permission denied (os error 13)"), {
      code: "EACCES",
    }),
} as const;

/** A file system with faults. */
export function faulty(faults: Faults): FileSystem {
  const real = realFileSystem;
  let count = 0;
  const step = async <T>(name: Step, work: () => Promise<T>): Promise<T> => {
    count++;
    await faults.before?.(name, count);
    return await work();
  };
  const now = (name: Step, work: () => void): void => {
    count++;
    void faults.before?.(name, count);
    work();
  };
  const watched = (file: OpenFile): OpenFile => ({
    write: (bytes) => file.write(bytes),
    read: (bytes) => file.read(bytes),
    seek: (offset, whence) => file.seek(offset, whence),
    stat: () => file.stat(),
    sync: () => file.sync(),
    truncate: (length) => step("truncate", () => file.truncate(length)),
    close: () => file.close(),
  });
  return {
    ...real,
    open: (path, options) => step("open", async () => watched(await real.open(path, options))),
    openToAppend: (path) =>
      step("open", async () => {
        const { file, isNew } = await real.openToAppend(path);
        return { file: watched(file), isNew };
      }),
    write: (file, bytes) =>
      step("write", () => real.write(file, bytes.subarray(0, faults.mostPerWrite))),
    sync: (file) => step("sync", () => real.sync(file)),
    rename: (from, to) => step("rename", () => real.rename(from, to)),
    remove: (path) => step("remove", () => real.remove(path)),
    syncFolder: (folder) => step("syncFolder", () => real.syncFolder(folder)),
    chmod: (path, made, mode) => now("chmod", () => real.chmod(path, made, mode)),
    chown: (path, made, owner) => now("chown", () => real.chown(path, made, owner)),
    link: (from, to) => step("link", () => real.link(from, to)),
  };
}

/** Does work on a file system. */
export async function on<T>(fs: FileSystem, work: () => Promise<T>): Promise<T> {
  using _fs = useFileSystem(fs);
  return await work();
}

/** A file system whose steps fail where a step and its number are the ones wanted. */
export function failing(
  error: () => Error,
  when: Step | number,
  mostPerWrite?: number,
): FileSystem {
  const before = (step: Step, number: number): void => {
    if (step === when || number === when) throw error();
  };
  return faulty({ before, mostPerWrite });
}

/** The steps that work takes on a file system without faults, in their order. */
export async function stepsOf(
  work: () => Promise<unknown>,
  mostPerWrite?: number,
): Promise<Step[]> {
  const steps: Step[] = [];
  await on(faulty({ before: (step) => void steps.push(step), mostPerWrite }), work);
  return steps;
}
