/** Writing text and JSON so that a file is always whole. @module */
import { replaceFiles, writeAll } from "./atomic.ts";
import { inTerms } from "./errors.ts";
import { fs, type OpenFile } from "./file_system.ts";
import { DEFAULT_INDENT, encodeJson, encodeLines, encodeText } from "./json.ts";
import { type FileLockOptions, type HeldPlace, underLock } from "./lock.ts";
import { checkPath, findPlace } from "./place.ts";

/**
 * How to write.
 * @category Files
 */
export interface WriteOptions {
  /**
   * Permission bits, 0 to 0o777, regardless of the umask. Default those of the file that is
   * replaced, or 0o600. Without meaning on Windows.
   */
  mode?: number;
}

/**
 * How to write JSON.
 * @category Files
 */
export interface WriteJsonOptions extends WriteOptions {
  /** Spaces per level, 0 to 10; 0 puts all on one line. Default 2. */
  indent?: number;
}

/** Refuses a mode that has other bits than permissions. @throws {RangeError} */
export function checkMode(mode: number | undefined): void {
  if (mode === undefined || (Number.isInteger(mode) && mode >= 0 && mode <= 0o777)) return;
  throw new RangeError(
    `Cannot write a file as 'mode' must be permission bits, 0 to 0o777: current value is ${mode}`,
  );
}

const NEWLINE = 0x0a;

async function endsInNewline(file: OpenFile, size: number): Promise<boolean> {
  if (size === 0) return true;
  const last = new Uint8Array(1);
  await file.seek(size - 1, Deno.SeekMode.Start);
  return await file.read(last) === 1 && last[0] === NEWLINE;
}

async function takeBack(file: OpenFile, size: number, created?: string): Promise<void> {
  try {
    await file.truncate(size);
    if (created !== undefined) await fs.remove(created);
  } catch {
    // What stays is the start of a line, which the next append ends.
  }
}

async function appendLines({ place, assertHeld }: HeldPlace, lines: Uint8Array): Promise<void> {
  const { path, folder } = place;
  assertHeld();
  const { file, isNew } = await fs.openToAppend(path);
  try {
    const { size } = await file.stat();
    let bytes = lines;
    if (!await endsInNewline(file, size)) {
      // A writer was killed in the middle of its line: that one ends here.
      bytes = new Uint8Array(lines.length + 1);
      bytes[0] = NEWLINE;
      bytes.set(lines, 1);
    }
    try {
      await writeAll(file, bytes);
      await fs.sync(file);
    } catch (error) {
      await takeBack(file, size, isNew ? path : undefined);
      throw error;
    }
  } finally {
    file.close();
  }
  if (isNew) await fs.syncFolder(folder);
}

/** Internal: replaces the file whose lock is held. */
export function replaceHeld(
  { place: { asked, folder, name }, assertHeld }: HeldPlace,
  bytes: Uint8Array,
  mode: number | undefined,
): Promise<void> {
  return inTerms("write", asked, () => replaceFiles(folder, [{ name, bytes, mode }], assertHeld));
}

/** Internal: appends to the file whose lock is held. */
export function appendHeld(held: HeldPlace, lines: Uint8Array): Promise<void> {
  return inTerms("append to", held.place.asked, () => appendLines(held, lines));
}

async function writeBytes(
  path: string,
  bytes: Uint8Array,
  { mode, ...waiting }: WriteOptions & FileLockOptions,
): Promise<void> {
  const place = findPlace(path, "write");
  await underLock(place, waiting, (held) => replaceHeld(held, bytes, mode));
}

/**
 * Writes a text file in UTF-8, whole or not at all: into a temporary file in the same folder, which is
 * synced and renamed into place, and the folder is synced. When the promise resolves, the text outlasts a
 * power cut. Whatever fails, the old content stays and no temporary file is left, with one
 * exception: where the disk fails while the folder is synced (`file_io`), the new content is in
 * place but may not outlast a power cut.
 *
 * Writers, of this process and others, take turns by the lock `.NAME.lock` beside the file, which
 * stays there. A folder that is missing is made. A symbolic link is kept, and the file it leads to is
 * replaced. Hard links are cut, extended attributes and access control lists are not kept. What
 * decides is the right to write in the folder: a read-only file is replaced too. Not for network file
 * systems, and not for files that other programs write without that lock.
 * @example
 * ```ts
 * import { readText, writeText } from "@tickerlock/tickerlock";
 *
 * const folder = await Deno.makeTempDir();
 * await writeText(`${folder}/report.txt`, "all is well\n", { mode: 0o644 });
 * console.log(await readText(`${folder}/report.txt`)); // all is well
 * await Deno.remove(folder, { recursive: true });
 * ```
 * @param path Path of the file; its name has at most 241 bytes.
 * @throws {FileError} `file_permission` (for root also a folder that others can write to),
 *   `file_disk_full` (also a limit on the size of files), `file_quota`, `file_mounted`,
 *   `file_name_too_long`, `file_not_regular`, `file_not_found` (a part of the path is not a folder),
 *   `file_lock_lost` or `file_io`.
 * @throws {LockTimeoutError} Others wrote all the time.
 * @throws {LockError} `lock_nested`: called on the file that `withLockedFile` holds for this task.
 * @category Files
 */
export async function writeText(
  path: string,
  text: string,
  options: WriteOptions & FileLockOptions = {},
): Promise<void> {
  checkPath(path);
  checkMode(options.mode);
  await writeBytes(path, encodeText(text), options);
}

/**
 * Writes a value as a JSON file, whole or not at all, exactly as {@linkcode writeText} does.
 *
 * What JSON would silently write as something else is refused with its place, such as `$.a[3].b`:
 * NaN and Infinity, a Map or a Set, undefined in an array. Properties that are undefined are left
 * out, as `JSON.stringify` does it; `toJSON` is obeyed.
 * @example
 * ```ts
 * import { readJson, writeJson } from "@tickerlock/tickerlock";
 *
 * const folder = await Deno.makeTempDir();
 * await writeJson(`${folder}/state.json`, { lastDate: "2024-01-02" });
 * console.log(await readJson(`${folder}/state.json`)); // { lastDate: "2024-01-02" }
 * await Deno.remove(folder, { recursive: true });
 * ```
 * @param path Path of the file; its name has at most 241 bytes.
 * @throws {UsageError} `value_not_json`: NaN, Infinity, a Map, undefined, a function, a cycle, …
 * @throws As {@linkcode writeText}.
 * @category Files
 */
export async function writeJson(
  path: string,
  value: unknown,
  options: WriteJsonOptions & FileLockOptions = {},
): Promise<void> {
  checkPath(path);
  checkMode(options.mode);
  const { indent = DEFAULT_INDENT, ...rest } = options;
  await writeBytes(path, encodeJson(path, value, indent), rest);
}

/**
 * Appends lines in UTF-8 to a text file, and syncs it. The last line gets a newline where it has none; an
 * empty text appends nothing. A file that is missing is made with mode 0600.
 *
 * The lines of two writers never mix, and what a full disk keeps from being finished is taken back.
 * Only a writer that is killed, or a power cut, can leave the start of a line without a newline; the
 * next append ends that line first, so a reader of JSON Lines skips it and goes on.
 * @example
 * ```ts
 * import { appendText, readText } from "@tickerlock/tickerlock";
 *
 * const folder = await Deno.makeTempDir();
 * await appendText(`${folder}/runs.jsonl`, JSON.stringify({ run: 1 }));
 * await appendText(`${folder}/runs.jsonl`, JSON.stringify({ run: 2 }));
 * console.log(await readText(`${folder}/runs.jsonl`)); // {"run":1}\n{"run":2}\n
 * await Deno.remove(folder, { recursive: true });
 * ```
 * @param path Path of the file; symbolic links are followed.
 * @throws As {@linkcode writeText}.
 * @category Files
 */
export async function appendText(
  path: string,
  text: string,
  options: FileLockOptions = {},
): Promise<void> {
  checkPath(path);
  const lines = encodeLines(text);
  if (lines.length === 0) return;
  const place = findPlace(path, "append to");
  await underLock(place, options, (held) => appendHeld(held, lines));
}
