/**
 * The texts of the given paths: a .TXT file is one, a ZIP has one per .TXT in it.
 *
 * @module
 */
import { baseName, fileError, fileFault } from "../files/input_files.ts";
import { describeStart } from "./scanner.ts";

/** Bytes read from a file at a time. */
const CHUNK_BYTES = 1024 * 1024;

/** What tells whether a file is still the one that was read before. */
export interface FileStamp {
  readonly size: number;
  readonly modified: number | undefined;
  readonly inode: number | null;
}

/** One COTAHIST text. */
export interface CotahistText {
  /** The file's name, or `ZIP name/entry`; no folders of this machine. */
  readonly origin: string;
  /** The path as given, for messages; with the entry where it is a ZIP. */
  readonly what: string;
  /** Number of the text within its path, from 0. */
  readonly ordinal: number;
  /** Bytes, unpacked. */
  readonly size: number;
  readonly stamp: FileStamp;
  /**
   * The bytes. A chunk is valid until the next one is asked for.
   *
   * @throws {SourceError} Where the file cannot be read to its end.
   */
  chunks(): AsyncIterable<Uint8Array>;
}

/** A file of at most so many bytes is read at once: waiting for another thread would take longer. */
const SMALL_BYTES = 256 * 1024;

/** What a small file has; undefined where it has grown meanwhile. */
function readWhole(file: Deno.FsFile, size: number): Uint8Array | undefined {
  const bytes = new Uint8Array(size + 1);
  let length = 0;
  while (length < bytes.length) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) return bytes.subarray(0, length);
    length += count;
  }
  return undefined;
}

/** Reads the next chunk while the caller works on the last one. */
async function* fileChunks(
  path: string,
  file: Deno.FsFile,
  size: number,
): AsyncGenerator<Uint8Array> {
  // A small file needs less, and one byte more, to be seen to end. A pipe has no size.
  const bytes = size > 0 ? Math.min(CHUNK_BYTES, size + 1) : CHUNK_BYTES;
  let current = new Uint8Array(bytes);
  let next = new Uint8Array(bytes);
  let pending: Promise<number | null> | undefined;
  try {
    file.seekSync(0, Deno.SeekMode.Start);
    const whole = size > 0 && size <= SMALL_BYTES ? readWhole(file, size) : undefined;
    if (whole !== undefined) {
      if (whole.length > 0) yield whole;
      return;
    }
    file.seekSync(0, Deno.SeekMode.Start);
    pending = file.read(current);
    for (;;) {
      const count = await pending;
      pending = undefined;
      if (count === null) return;
      pending = file.read(next);
      yield current.subarray(0, count);
      [current, next] = [next, current];
    }
  } catch (error) {
    throw fileError(path, error);
  } finally {
    // The file is closed after this, and not during a read that is still going on. Its result, or
    // failure, is not needed any more.
    await pending?.catch(() => null);
  }
}

/** Opens a file and reads how it begins. */
async function begin(path: string) {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true });
    const info = file.statSync();
    const start = new Uint8Array(64);
    // Only a pipe lets one wait.
    const count = (info.isFile ? file.readSync(start) : await file.read(start)) ?? 0;
    const stamp: FileStamp = { size: info.size, modified: info.mtime?.getTime(), inode: info.ino };
    return { file, stamp, start: start.subarray(0, count) };
  } catch (error) {
    file?.close();
    throw fileError(path, error);
  }
}

async function* zipTexts(path: string, stamp: FileStamp): AsyncGenerator<CotahistText> {
  const { openZip } = await import("../files/zip.ts");
  await using zip = await openZip(path);
  const entries = zip.entries.filter((entry) => /\.txt$/i.test(entry.name));
  if (entries.length === 0) {
    const message = `ZIP file ${JSON.stringify(path)} has no .TXT in it`;
    throw fileFault(path, "zip_without_txt", message, "Give the COTAHIST ZIP as B3 publishes it.", {
      entries: zip.entries.slice(0, 20).map((entry) => entry.name),
    });
  }
  for (const [ordinal, entry] of entries.entries()) {
    yield {
      origin: `${baseName(path)}/${entry.name}`,
      what: `${path} (${entry.name})`,
      ordinal,
      size: entry.size,
      stamp,
      chunks: () => entry.chunks(),
    };
  }
}

/**
 * Opens a path and gives the texts in it, one after the other; each must be read, or left, before the
 * next is asked for. Whether it is a ZIP is told by its first bytes, not by its name.
 *
 * @throws {SourceError} `file_not_found`, `file_unreadable`, `file_empty`, `not_a_zip`,
 * `zip_corrupt`, `zip_unsafe_path`, `zip_without_txt`.
 */
export async function* openTexts(path: string): AsyncGenerator<CotahistText> {
  const { file, stamp, start } = await begin(path);
  try {
    if (start.length === 0) {
      const message = `${JSON.stringify(path)} is empty`;
      throw fileFault(path, "file_empty", message, "Download it again.");
    }
    if (start[0] === 0x50 && start[1] === 0x4b) {
      yield* zipTexts(path, stamp);
      return;
    }
    if (/\.zip$/i.test(path)) {
      const { shown, hint } = describeStart(start, "Download it again.");
      const message = `${JSON.stringify(path)} is no ZIP file: it begins with ${shown}`;
      throw fileFault(path, "not_a_zip", message, hint);
    }
    yield {
      origin: baseName(path),
      what: path,
      ordinal: 0,
      size: stamp.size,
      stamp,
      chunks: () => fileChunks(path, file, stamp.size),
    };
  } finally {
    file.close();
  }
}
