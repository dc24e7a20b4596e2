/** The entries of a ZIP, checked by size and CRC-32; names that climb out are refused. @module */
import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { messageOf, SourceError } from "../../base/errors.ts";
import { bytesText, grouped, oneLine } from "../../base/text.ts";
import { fileError, fileFault } from "./input_files.ts";
import { beyondLimit, FILE_LIMITS, type FileLimits } from "./limits.ts";

/** One file inside a ZIP. */
export interface ZipEntry {
  /** Path inside the ZIP, on one line, without what nobody can see. */
  readonly name: string;
  /** Bytes unpacked, by the directory of the ZIP; checked while reading. */
  readonly size: number;
  /** Unpacks the entry, one at a time. @throws {SourceError} `zip_corrupt`, `zip_unsupported`. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** An open ZIP, which holds a file handle. */
export interface ZipArchive extends AsyncDisposable {
  readonly entries: readonly ZipEntry[];
}

/** The parts of yauzl used here; the package has no types. */
interface YauzlEntry {
  readonly fileNameRaw: Buffer;
  readonly extraFields: unknown;
  readonly generalPurposeBitFlag: number;
  readonly compressionMethod: number;
  readonly uncompressedSize: number;
  readonly crc32: number;
  canDecodeFileData(): boolean;
  isEncrypted(): boolean;
}
interface YauzlFile {
  readonly entryCount: number;
  readonly fileSize: number;
  eachEntry(): AsyncIterable<YauzlEntry>;
  openReadStreamPromise(entry: YauzlEntry, options: object): Promise<Readable>;
  once(event: "close", listener: () => void): void;
  on(event: "error", listener: (error: unknown) => void): void;
  close(): void;
}
interface Yauzl {
  fromFdPromise(fd: number, options: object): Promise<YauzlFile>;
  getFileNameLowLevel(flags: number, raw: Buffer, extra: unknown, strict: boolean): string;
  validateFileName(name: string): string | null;
}

/** Bytes unpacked at a time: larger pieces mean fewer trips through the event loop. */
const CHUNK_BYTES = 256 * 1024;

/** What any ZIP may unpack to, however small it is. */
const SMALL_BYTES = 64 * 1024 * 1024;

function corrupt(path: string, what: string, cause?: unknown): SourceError {
  return new SourceError("zip_corrupt", `ZIP file ${JSON.stringify(path)} is damaged: ${what}`, {
    hint: "Download it again; a cut-off download is the usual reason.",
    cause,
    details: { file: path },
  });
}

async function* readEntry(
  path: string,
  file: YauzlFile,
  entry: YauzlEntry,
  name: string,
): AsyncGenerator<Uint8Array> {
  if (!entry.canDecodeFileData()) {
    const why = entry.isEncrypted()
      ? "is encrypted"
      : `is packed with method ${entry.compressionMethod}, which cannot be read`;
    const message = `${name} in ${JSON.stringify(path)} ${why}`;
    const hint = "Unpack it by other means and give the file in it.";
    throw fileFault(path, "zip_unsupported", message, hint, { entry: name });
  }
  const { crc32, createInflateRaw } = await import("node:zlib");
  const { pipeline } = await import("node:stream");
  let raw: Readable | undefined;
  let data: Readable | undefined;
  let checksum = 0;
  let size = 0;
  try {
    // Packed bytes from yauzl, unpacked here: yauzl's own inflater gives 16 KiB at a time.
    raw = await file.openReadStreamPromise(entry, { decodeFileData: false });
    data = entry.compressionMethod === 0
      ? raw
      : pipeline(raw, createInflateRaw({ chunkSize: CHUNK_BYTES }), () => {});
    for await (const chunk of data as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Stops a ZIP that unpacks without end long before it is over.
      if (size > entry.uncompressedSize) break;
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw corrupt(path, `${name}: ${messageOf(error)}`, error);
  } finally {
    data?.destroy();
    raw?.destroy();
  }
  if (size !== entry.uncompressedSize) {
    const than = size > entry.uncompressedSize ? "more" : "fewer";
    throw corrupt(path, `${name} has ${than} than the ${entry.uncompressedSize} bytes it declares`);
  }
  if (checksum !== entry.crc32) throw corrupt(path, `the CRC-32 of ${name} does not match`);
}

// All against the file: entries may overlap, each alone packed by no more than deflate can.
function checkRatio(path: string, unpacked: number, bytes: number, limits: FileLimits): void {
  if (unpacked <= SMALL_BYTES || unpacked <= limits.maxZipRatio * bytes) return;
  const ratio = Math.ceil(unpacked / bytes);
  const what = `ZIP file ${JSON.stringify(path)} of ${bytesText(bytes)}`;
  const found = `${bytesText(unpacked)} or more when unpacked, ${grouped(ratio)} times its size`;
  throw beyondLimit("maxZipRatio", limits, what, found);
}

export async function openZip(
  path: string,
  limits: FileLimits = FILE_LIMITS,
  signal?: AbortSignal,
): Promise<ZipArchive> {
  const yauzl: Yauzl = (await import("yauzl")).default;
  const { closeSync, openSync } = await import("node:fs");
  let file: YauzlFile;
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw fileError(path, error);
  }
  try {
    file = await yauzl.fromFdPromise(descriptor, { autoClose: false, decodeStrings: false });
  } catch (error) {
    // yauzl's own open closes a file that is no ZIP some time after it has said so.
    closeSync(descriptor);
    throw corrupt(path, messageOf(error), error);
  }
  let open = true;
  // Without a listener, a failing close would be an uncaught error; there is nothing left to lose.
  file.on("error", () => {});
  const close = (): Promise<void> => {
    if (!open) return Promise.resolve();
    open = false;
    const closed = new Promise<void>((resolve) => {
      file.once("close", resolve);
      file.on("error", () => resolve());
    });
    file.close();
    return closed;
  };
  const entries: ZipEntry[] = [];
  let unpacked = 0;
  try {
    if (file.entryCount > limits.maxZipEntries) {
      const found = `${grouped(file.entryCount)} entries`;
      throw beyondLimit("maxZipEntries", limits, `ZIP file ${JSON.stringify(path)}`, found);
    }
    for await (const entry of file.eachEntry()) {
      signal?.throwIfAborted();
      unpacked += entry.uncompressedSize;
      checkRatio(path, unpacked, file.fileSize, limits);
      const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
      const raw = yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
      const name = oneLine(raw);
      if (yauzl.validateFileName(raw) !== null) {
        const message = `ZIP file ${JSON.stringify(path)} has an entry outside of itself: `;
        const hint = "Do not use this file; download it from its publisher.";
        throw fileFault(path, "zip_unsafe_path", message + JSON.stringify(name), hint);
      }
      if (name.endsWith("/")) continue;
      entries.push({
        name,
        size: entry.uncompressedSize,
        chunks: () => readEntry(path, file, entry, name),
      });
    }
  } catch (error) {
    await close();
    signal?.throwIfAborted();
    throw error instanceof SourceError ? error : corrupt(path, messageOf(error), error);
  }
  return { entries, [Symbol.asyncDispose]: close };
}
