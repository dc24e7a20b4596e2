/**
 * Locks as Windows has them, on a system where they are advisory: while a lock file is locked, it
 * cannot be read or written through another handle, in the same process neither.
 *
 * @module
 */
import { keepRecordsBeside } from "../../src/lock/record.ts";

/** What Deno throws of Windows's ERROR_LOCK_VIOLATION: no class of its own, a code and a number. */
function lockViolation(): Error {
  return Object.assign(
    new Error(
      "The process cannot access the file because another process has locked a portion of the " +
        "file. (os error 33)",
    ),
    { code: "EBUSY" },
  );
}

/** Puts itself in front of Deno's files. Dispose it, and they are as before. */
export class MandatoryLocks implements Disposable {
  /** Every reading and writing of a lock file since, refused or not. */
  readonly touched: string[] = [];
  readonly #paths = new WeakMap<Deno.FsFile, string>();
  readonly #own = new WeakSet<Deno.FsFile>();
  readonly #restore: () => void;

  constructor() {
    const prototype = Deno.FsFile.prototype;
    const { readSync, writeSync, tryLockSync, unlockSync } = prototype;
    const { openSync } = Deno;
    const check = (file: Deno.FsFile): void => {
      const path = this.#paths.get(file);
      if (path === undefined) return;
      this.touched.push(path);
      if (this.#own.has(file)) return;
      using probe = openSync(path, { read: true });
      if (!Reflect.apply(tryLockSync, probe, [false])) throw lockViolation();
    };
    const remember = (path: string | URL, file: Deno.FsFile): void => {
      if (String(path).endsWith(".lock")) this.#paths.set(file, String(path));
    };
    const own = this.#own;
    Deno.openSync = (path, options) => {
      const file = openSync(path, options);
      remember(path, file);
      return file;
    };
    prototype.readSync = function (bytes) {
      check(this);
      return Reflect.apply(readSync, this, [bytes]);
    };
    prototype.writeSync = function (bytes) {
      check(this);
      return Reflect.apply(writeSync, this, [bytes]);
    };
    prototype.tryLockSync = function (exclusive) {
      const locked = Reflect.apply(tryLockSync, this, [exclusive]);
      if (locked && exclusive === true) own.add(this);
      return locked;
    };
    prototype.unlockSync = function () {
      own.delete(this);
      return Reflect.apply(unlockSync, this, []);
    };
    this.#restore = () => {
      Object.assign(prototype, { readSync, writeSync, tryLockSync, unlockSync });
      Deno.openSync = openSync;
    };
  }

  [Symbol.dispose](): void {
    this.#restore();
  }
}

/** A process whose locks and records are as on Windows, until it is disposed. */
export class AsOnWindows implements Disposable {
  readonly locks = new MandatoryLocks();
  readonly #place = keepRecordsBeside();

  [Symbol.dispose](): void {
    this.#place[Symbol.dispose]();
    this.locks[Symbol.dispose]();
  }
}
