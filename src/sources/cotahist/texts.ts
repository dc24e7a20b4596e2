/** Texts of paths, known by their first bytes: until 2001 files have no extension. @module */
import { SourceError } from "../../base/errors.ts";
import {
  baseName,
  describePassedOver,
  fileError,
  fileFault,
  type PassedOver,
} from "../files/input_files.ts";
import { FILE_LIMITS, type FileLimits } from "../files/limits.ts";
import type { ZipArchive, ZipEntry } from "../files/zip.ts";
import { looksLikeCotahist } from "./layout.ts";
import { describeStart } from "./scanner.ts";

const CHUNK_BYTES = 1024 * 1024;
const START_BYTES = 64;

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
  readonly what: string;
  /** Number within its path, from 0. */
  readonly ordinal: number;
  readonly size: number;
  readonly stamp: FileStamp;
  /** A chunk is valid until the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** A file of at most so many bytes is read at once: waiting for another thread would take longer. */
const SMALL_BYTES = 256 * 1024;

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
    // The file is closed after this, and not during a read that is still going on.
    await pending?.catch(() => null);
  }
}

async function begin(path: string) {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true });
    const info = file.statSync();
    const start = new Uint8Array(START_BYTES);
    // Only a pipe lets one wait.
    const count = (info.isFile ? file.readSync(start) : await file.read(start)) ?? 0;
    const stamp: FileStamp = { size: info.size, modified: info.mtime?.getTime(), inode: info.ino };
    return { file, stamp, start: start.subarray(0, count) };
  } catch (error) {
    file?.close();
    throw fileError(path, error);
  }
}

/** Names that the exchange gives: such a file is read, and fails where it is an error's page. */
const PUBLISHED_NAME = /^COTAHIST(.*\.(TXT|ZIP)|[._][AMD][0-9]+)$/i;

function reasonAgainst(name: string, start: Uint8Array): string | undefined {
  if (PUBLISHED_NAME.test(baseName(name)) || looksLikeCotahist(start)) return undefined;
  if (start.length === 0) return "is empty";
  return `begins with ${describeStart(start, "").shown}`;
}

async function startOf(entry: ZipEntry): Promise<Uint8Array | undefined> {
  try {
    for await (const chunk of entry.chunks()) return chunk.subarray(0, START_BYTES);
    return new Uint8Array();
  } catch (error) {
    if (error instanceof SourceError) return undefined;
    throw error;
  }
}

/** What is damaged is one, so that it is told. */
async function membersOf(
  path: string,
  zip: ZipArchive,
  onPassedOver: (passed: PassedOver) => void,
  signal: AbortSignal | undefined,
): Promise<readonly ZipEntry[]> {
  const members: ZipEntry[] = [];
  for (const entry of zip.entries) {
    signal?.throwIfAborted();
    const start = await startOf(entry);
    const reason = start === undefined ? undefined : reasonAgainst(entry.name, start);
    if (reason === undefined) members.push(entry);
    else onPassedOver({ file: `${path} (${entry.name})`, reason });
  }
  return members;
}

interface OpenTextsOptions {
  readonly onPassedOver?: (passed: PassedOver) => void;
  readonly limits?: FileLimits;
  readonly signal?: AbortSignal;
}

async function* zipTexts(
  path: string,
  stamp: FileStamp,
  { onPassedOver = () => {}, limits, signal }: OpenTextsOptions,
): AsyncGenerator<CotahistText> {
  const { openZip } = await import("../files/zip.ts");
  await using zip = await openZip(path, limits, signal);
  const passed: PassedOver[] = [];
  const members = await membersOf(path, zip, (each) => void passed.push(each), signal);
  if (members.length === 0) {
    const what = passed.length === 0 ? "" : `: ${describePassedOver(passed)}`;
    const message = `ZIP file ${JSON.stringify(path)} has no COTAHIST file in it${what}`;
    throw fileFault(path, "zip_without_txt", message, "Give the COTAHIST ZIP as B3 publishes it.", {
      entries: zip.entries.slice(0, 20).map((entry) => entry.name),
    });
  }
  for (const each of passed) onPassedOver(each);
  for (const [ordinal, entry] of members.entries()) {
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

function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b;
}

/** Why a file of a folder is not read; one that cannot be read is, where its name says COTAHIST. */
export async function reasonToPassOver(
  path: string,
  limits: FileLimits = FILE_LIMITS,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (PUBLISHED_NAME.test(baseName(path))) return undefined;
  try {
    const { file, start } = await begin(path);
    file.close();
    if (!isZip(start)) return reasonAgainst(path, start);
    const { openZip } = await import("../files/zip.ts");
    await using zip = await openZip(path, limits, signal);
    const members = await membersOf(path, zip, () => {}, signal);
    return members.length > 0 ? undefined : "is a ZIP without a COTAHIST file";
  } catch (error) {
    if (error instanceof SourceError) return error.message;
    throw error;
  }
}

/** The texts of a path, one after the other. @throws {SourceError} As docs/sources.md lists. */
export async function* openTexts(
  path: string,
  options: OpenTextsOptions = {},
): AsyncGenerator<CotahistText> {
  const { file, stamp, start } = await begin(path);
  try {
    if (start.length === 0) {
      const message = `${JSON.stringify(path)} is empty`;
      throw fileFault(path, "file_empty", message, "Download it again.");
    }
    if (isZip(start)) {
      yield* zipTexts(path, stamp, options);
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
