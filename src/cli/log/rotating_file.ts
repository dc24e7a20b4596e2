/**
 * A log file that is put aside at a size. Any number of processes may write it: each line is one
 * write at its end, one process at a time puts files aside under the kernel's lock on the current
 * one, and a process that finds another file in its place, as after logrotate(8), opens that.
 * @module
 */
import { sleepSync } from "../../base/sleep.ts";
import { systemCode } from "../../platform/errors.ts";
import { lstatIfThere, sameFile } from "../../platform/files.ts";
import { openInPlace, refuseUnlessOnly } from "../../platform/in_place.ts";
import {
  makeFolders,
  othersMayReplace,
  sharedFolder,
  thisUser,
  UnsafeFileError,
} from "../../platform/owners.ts";
import { splitPath } from "../../platform/paths.ts";
import { renameOverSync } from "../../platform/replace.ts";

interface RotatingFileOptions {
  /** Size in bytes that the file never grows beyond, unless a single line is longer. */
  readonly maxBytes: number;
  readonly maxFiles: number;
  /** Called with the first of consecutive failures to write only. Must not throw. */
  readonly onFailure: (error: unknown) => void;
  /** Called where the file cannot be put aside, once a day at most. Must not throw. */
  readonly onBlocked: (error: unknown) => void;
}

const encoder = new TextEncoder();

/** Tries, and ms between two: on Windows no process can write while another puts the file aside. */
const BUSY_TRIES = 100;
const BUSY_PAUSE_MS = 5;

function writeSome(file: Deno.FsFile, bytes: Uint8Array): number {
  for (let tries = 1;; tries++) {
    try {
      return file.writeSync(bytes);
    } catch (error) {
      if (systemCode(error) !== "EBUSY" || tries === BUSY_TRIES) throw error;
      sleepSync(BUSY_PAUSE_MS);
    }
  }
}

/** Pause until a file that could not be put aside is tried again, and told of again, in ms. */
const BLOCKED_PAUSE_MS = 60_000;
const BLOCKED_TOLD_MS = 86_400_000;

/** Refuses a log of a foreign user, or where others could put one: a trap. */
function refuseForeign(folder: string, file: Deno.FileInfo | undefined): void {
  const me = thisUser();
  if (me === null) return;
  const facts = Deno.statSync(folder);
  if (othersMayReplace(facts, me, file)) throw sharedFolder(folder, facts, me === 0);
  if (file === undefined || [me, 0, facts.uid].includes(file.uid)) return;
  throw new UnsafeFileError(`it belongs to another user, ${file.uid}`, "Find out who put it there");
}

function isFileAt(path: string): boolean {
  const there = lstatIfThere(path);
  if (there === undefined) return false;
  if (!there.isFile) throw new TypeError(`${path} is not a regular file`);
  return true;
}

/** The file. Nothing is buffered, and nothing has to be closed. */
export class RotatingFile {
  readonly #path: string;
  readonly #options: RotatingFileOptions;
  #file: Deno.FsFile | undefined;
  #failing = false;
  #tryAgainAt = -Infinity;
  #tellAgainAt = -Infinity;

  /** @param path Made with mode 0600, its folder with 0700; older ones are `path.1` and so on. */
  constructor(path: string, options: RotatingFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Writes a line. Never throws; a file that cannot be put aside grows beyond its size. */
  write(line: string): void {
    this.#attempt(() => {
      const bytes = encoder.encode(line);
      let file = this.#current();
      const { size } = file.statSync();
      const isFull = size > 0 && size + bytes.length > this.#options.maxBytes;
      let blocked: unknown;
      if (isFull && performance.now() >= this.#tryAgainAt) {
        try {
          this.#putAside(file);
        } catch (error) {
          blocked = error;
          this.#tryAgainAt = performance.now() + BLOCKED_PAUSE_MS;
        }
        file = this.#current();
      }
      // With O_APPEND, lines of several processes never mix.
      for (let at = 0; at < bytes.length;) at += writeSome(file, bytes.subarray(at));
      if (blocked !== undefined && performance.now() >= this.#tellAgainAt) {
        this.#tellAgainAt = performance.now() + BLOCKED_TOLD_MS;
        this.#options.onBlocked(blocked);
      }
    });
  }

  /** Opens the file, so that a fault is told before there is a line. Never throws. */
  open(): void {
    this.#attempt(() => this.#current());
  }

  #attempt(work: () => void): void {
    try {
      work();
      this.#failing = false;
    } catch (error) {
      this.#close();
      if (this.#failing) return;
      this.#failing = true;
      this.#options.onFailure(error);
    }
  }

  #current(): Deno.FsFile {
    const there = lstatIfThere(this.#path);
    const open = this.#file;
    if (open !== undefined && there !== undefined && sameFile(open.statSync(), there)) return open;
    this.#close();
    const { folder } = splitPath(this.#path);
    if (there === undefined) makeFolders(folder);
    else refuseUnlessOnly(this.#path, there);
    refuseForeign(folder, there);
    const { file, info } = openInPlace(this.#path, { append: true });
    this.#file = file;
    refuseForeign(folder, info);
    return file;
  }

  #putAside(file: Deno.FsFile): void {
    // The process that holds the lock is putting it aside: the file may grow by a line meanwhile.
    if (!file.tryLockSync(true)) return;
    try {
      const there = lstatIfThere(this.#path);
      if (there === undefined || !sameFile(file.statSync(), there)) return;
      const { maxFiles } = this.#options;
      const aside = (number: number): string => `${this.#path}.${number}`;
      if (maxFiles === 1) return Deno.removeSync(this.#path);
      // Only up to the first free name: where the file itself cannot be moved, as one that is mounted
      // alone, the older ones move on once, however often it is tried.
      let free = 1;
      while (free < maxFiles && isFileAt(aside(free))) free++;
      for (let older = Math.min(free - 1, maxFiles - 2); older >= 1; older--) {
        renameOverSync(aside(older), aside(older + 1));
      }
      renameOverSync(this.#path, aside(1));
    } finally {
      file.unlockSync();
    }
  }

  #close(): void {
    try {
      this.#file?.close();
    } catch {
      // It is closed already.
    }
    this.#file = undefined;
  }
}
