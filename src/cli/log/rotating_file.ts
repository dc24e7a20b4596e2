/**
 * A file that grows line by line up to a size, and is put aside then.
 *
 * Any number of processes may write to the same file: each line is one write at its end, and one
 * process at a time puts files aside, under the kernel's lock on the current one. A process that finds
 * another file in its place, because another process or logrotate(8) put it aside, opens that.
 *
 * @module
 */
import { sleepSync } from "../../base/sleep.ts";
import { systemCode } from "../../platform/errors.ts";
import { sameFile, statIfThere } from "../../platform/files.ts";
import { lockNeedsRead } from "../../platform/locks.ts";
import { splitPath } from "../../platform/paths.ts";
import { renameOverSync } from "../../platform/replace.ts";

/** A log names tickers, folders and machines: it is for its owner. */
const FILE_MODE = 0o600;

/** When a file is put aside, and how many are kept. */
export interface RotatingFileOptions {
  /** Size in bytes that the file never grows beyond, unless a single line is longer. */
  readonly maxBytes: number;
  /** How many files there are at most, the current one included, from 1 up. */
  readonly maxFiles: number;
  /** Called with the first of consecutive failures only. Must not throw. */
  readonly onFailure: (error: unknown) => void;
}

const encoder = new TextEncoder();

/**
 * Where locks are mandatory, as on Windows, no process can write while another puts the file aside,
 * which takes a few renames: tries, and the pause between two, in ms.
 */
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

function moveIfThere(from: string, to: string): void {
  try {
    renameOverSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The file. Nothing is buffered, and nothing has to be closed. */
export class RotatingFile {
  readonly #path: string;
  readonly #options: RotatingFileOptions;
  #file: Deno.FsFile | undefined;
  #failing = false;

  /**
   * @param path The file; older ones are `path.1`, `path.2` and so on. Created with mode 0600 where it
   *   is missing, its folder with 0700.
   */
  constructor(path: string, options: RotatingFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * Writes a line. Never throws: what cannot be written is dropped, and the next line tries again.
   *
   * @param line Newline included.
   */
  write(line: string): void {
    this.#attempt(() => {
      const bytes = encoder.encode(line);
      let file = this.#current();
      const { size } = file.statSync();
      if (size > 0 && size + bytes.length > this.#options.maxBytes) {
        this.#putAside(file);
        file = this.#current();
      }
      // With O_APPEND, lines of several processes never mix.
      for (let at = 0; at < bytes.length;) at += writeSome(file, bytes.subarray(at));
    });
  }

  /** Opens the file, so that one that cannot be written is told before there is a line. Never throws. */
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
    const there = statIfThere(this.#path);
    const open = this.#file;
    if (open !== undefined && there !== undefined && sameFile(open.statSync(), there)) return open;
    this.#close();
    if (there === undefined) {
      const { folder } = splitPath(this.#path);
      if (folder !== ".") Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    } else if (!there.isFile) {
      // A pipe would stop the work until it is read; a device grows without an end.
      throw new TypeError("it is not a regular file");
    }
    const file = Deno.openSync(this.#path, {
      read: lockNeedsRead(),
      append: true,
      create: true,
      mode: FILE_MODE,
    });
    this.#file = file;
    return file;
  }

  #putAside(file: Deno.FsFile): void {
    // The process that holds the lock is putting it aside: the file may grow by a line meanwhile.
    if (!file.tryLockSync(true)) return;
    try {
      const there = statIfThere(this.#path);
      if (there === undefined || !sameFile(file.statSync(), there)) return;
      const { maxFiles } = this.#options;
      for (let older = maxFiles - 2; older >= 1; older--) {
        moveIfThere(`${this.#path}.${older}`, `${this.#path}.${older + 1}`);
      }
      if (maxFiles > 1) moveIfThere(this.#path, `${this.#path}.1`);
      else Deno.removeSync(this.#path);
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
