/** Reading, or reading and writing, one file while no other program does. @module */
import type { GenericSchema, InferOutput } from "valibot";
import { UsageError } from "../base/errors.ts";
import { serial } from "../base/fifo.ts";
import { fs } from "./file_system.ts";
import { DEFAULT_INDENT, encodeJson, encodeLines, encodeText } from "./json.ts";
import { type FileLockOptions, type HeldPlace, underLock } from "./lock.ts";
import { checkPath, findPlace } from "./place.ts";
import {
  type AnyReadJsonOptions,
  readJsonAt,
  type ReadJsonOptions,
  type ReadOptions,
  readTextAt,
} from "./read.ts";
import {
  appendHeld,
  checkMode,
  replaceHeld,
  type WriteJsonOptions,
  type WriteOptions,
} from "./write.ts";

/**
 * A file whose lock is held, for reading. Of use only until the function it was passed to ends.
 * @category Files
 */
export interface LockedFile {
  /** The path, as it was given. */
  readonly path: string;
  /** Whether the file is there. */
  exists(): Promise<boolean>;
  /** As `readText`. */
  readText<D = never>(options?: ReadOptions<D>): Promise<string | D>;
  /** As `readJson`, with a schema. */
  readJson<S extends GenericSchema, D = never>(
    options: ReadJsonOptions<S, D>,
  ): Promise<InferOutput<S> | D>;
  /** As `readJson`. */
  readJson<T = unknown>(options?: ReadOptions<T>): Promise<T>;
}

/**
 * A file whose lock is held, for reading and writing.
 * @category Files
 */
export interface WritableLockedFile extends LockedFile {
  /** As `writeText`. */
  writeText(text: string, options?: WriteOptions): Promise<void>;
  /** As `writeJson`. */
  writeJson(value: unknown, options?: WriteJsonOptions): Promise<void>;
  /** As `appendText`. */
  appendText(text: string): Promise<void>;
}

/** Does one thing after the other, in the order of the calls, until it is closed. */
class Reading implements LockedFile {
  readonly path: string;
  protected readonly held: HeldPlace;
  readonly #inTurn = serial();
  #closed = false;

  constructor(held: HeldPlace) {
    this.path = held.place.asked;
    this.held = held;
  }

  exists(): Promise<boolean> {
    return this.run(() => fs.look(this.held.place.path) !== undefined);
  }

  readText<D = never>(options: ReadOptions<D> = {}): Promise<string | D> {
    return this.run(() => readTextAt(this.held.place, options));
  }

  readJson<S extends GenericSchema, D = never>(
    options: ReadJsonOptions<S, D>,
  ): Promise<InferOutput<S> | D>;
  readJson<T = unknown>(options?: ReadOptions<T>): Promise<T>;
  readJson(options: AnyReadJsonOptions = {}): Promise<unknown> {
    return this.run(() => readJsonAt(this.held.place, options));
  }

  /** Waits for what was begun: the lock must not be released before. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#inTurn(() => {});
  }

  protected run<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#closed) {
      const { path } = this;
      return Promise.reject(
        new UsageError("file_not_locked", `${JSON.stringify(path)} is no longer locked`, {
          hint: "Do all reading and writing inside of the function given to withLockedFile.",
          details: { path },
        }),
      );
    }
    return this.#inTurn(work);
  }
}

class Writing extends Reading implements WritableLockedFile {
  async writeText(text: string, { mode }: WriteOptions = {}): Promise<void> {
    checkMode(mode);
    const bytes = encodeText(text);
    await this.run(() => replaceHeld(this.held, bytes, mode));
  }

  async writeJson(value: unknown, options: WriteJsonOptions = {}): Promise<void> {
    const { indent = DEFAULT_INDENT, mode } = options;
    checkMode(mode);
    const bytes = encodeJson(this.path, value, indent);
    await this.run(() => replaceHeld(this.held, bytes, mode));
  }

  async appendText(text: string): Promise<void> {
    const lines = encodeLines(text);
    if (lines.length > 0) await this.run(() => appendHeld(this.held, lines));
  }
}

/**
 * Holds a file's lock while a function works on it: no other caller of these functions writes the
 * file in between, so what was read is still true when its successor is written.
 *
 * Both modes exclude all others, other readers of this kind too; "read" only promises not to
 * write. A single `readJson` needs no lock. Inside, use what is passed to the function: `writeJson`
 * on the same path would wait for itself, and is refused (`lock_nested`). Keep it short, others wait
 * 10 seconds by default. The folder is made where it is missing, as the lock is a file in it.
 * @example Count, however many programs count at the same time
 * ```ts
 * import { withLockedFile } from "@tickerlock/tickerlock";
 *
 * const folder = await Deno.makeTempDir();
 * const runs = await withLockedFile(`${folder}/runs.json`, "write", async (file) => {
 *   const { count } = await file.readJson({ default: { count: 0 } });
 *   await file.writeJson({ count: count + 1 });
 *   return count + 1;
 * });
 * console.log(runs); // 1
 * await Deno.remove(folder, { recursive: true });
 * ```
 * @param path Path of the file, which may be missing; its name has at most 241 bytes.
 * @param fn Works on the file. Everything it began is waited for before the lock is released.
 * @throws {LockTimeoutError} Others held the lock all the time.
 * @throws {LockError} `lock_nested`: this task holds the lock already.
 * @throws {FileError} As `writeText`; and whatever the function throws.
 * @category Files
 */
export function withLockedFile<T>(
  path: string,
  mode: "read",
  fn: (file: LockedFile) => T | Promise<T>,
  options?: FileLockOptions,
): Promise<T>;
/**
 * For reading and writing.
 * @category Files
 */
export function withLockedFile<T>(
  path: string,
  mode: "write",
  fn: (file: WritableLockedFile) => T | Promise<T>,
  options?: FileLockOptions,
): Promise<T>;
export async function withLockedFile<T>(
  path: string,
  mode: "read" | "write",
  fn: (file: WritableLockedFile) => T | Promise<T>,
  options: FileLockOptions = {},
): Promise<T> {
  checkPath(path);
  if (mode !== "read" && mode !== "write") {
    throw new TypeError(
      `Cannot lock a file as 'mode' must be "read" or "write": current value is ${mode}`,
    );
  }
  return await underLock(findPlace(path, "lock"), options, async (held) => {
    const file = mode === "write" ? new Writing(held) : new Reading(held);
    try {
      // By the first signature above, the function of a reader does not write.
      return await fn(file as Writing);
    } finally {
      await file.close();
    }
  });
}
