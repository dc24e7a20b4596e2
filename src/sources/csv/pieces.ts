/**
 * The text of a CSV file in pieces of whole records, so that memory does not grow with the file.
 *
 * @module
 */
import { fileError, fileFault } from "../files/input_files.ts";
import { RecordScanner } from "./record_scanner.ts";

/** Bytes read at a time. The parser measured fastest with pieces of this size. */
const BLOCK_BYTES = 65_536;

/** Longest record, in characters. A longer one is a quote that was never closed. */
export const MAX_RECORD_LENGTH = 1_048_576;

/** The hint for a file that has nothing. */
export const GET_AGAIN = "Get the file again; the download may have failed.";

/** Some whole records of a file; the last piece may end without a line break. */
export interface Piece {
  readonly text: string;
  /** 1-based line that the piece begins with. */
  readonly firstLine: number;
  /** Bytes read so far. */
  readonly bytesDone: number;
  /** Size of the file when it was opened. */
  readonly bytesTotal: number;
}

/**
 * Reads a file as UTF-8, without byte order mark. Bytes that are not UTF-8 become U+FFFD: a name of
 * a column in another encoding does no harm, and a ticker never has such a character.
 *
 * @param path A regular file: opening a named pipe would wait for its writer.
 * @param signal Stops reading between two blocks; its reason is thrown.
 * @param blockBytes Bytes read at a time, for tests. Default 65,536.
 * @throws {SourceError} Those of `fileError`; `file_empty` (no bytes), `not_csv`, `csv_not_utf8`,
 * `csv_malformed` (a record beyond {@linkcode MAX_RECORD_LENGTH}).
 */
export async function* readPieces(
  path: string,
  signal?: AbortSignal,
  blockBytes: number = BLOCK_BYTES,
): AsyncGenerator<Piece> {
  signal?.throwIfAborted();
  using file = await Deno.open(path).catch((error) => {
    throw fileError(path, error);
  });
  const { size: bytesTotal } = await file.stat();
  const block = new Uint8Array(Math.max(blockBytes, 4));
  const decoder = new TextDecoder("utf-8");
  let carry = "";
  let firstLine = 1;
  let bytesDone = 0;
  for (let last = false; !last;) {
    signal?.throwIfAborted();
    const size = await fill(file, block, path);
    last = size < block.length;
    const bytes = block.subarray(0, size);
    if (bytesDone === 0) refuseOtherFormats(bytes, path);
    bytesDone += size;
    const text = carry + decoder.decode(bytes, { stream: !last });
    const cut = last ? { end: text.length, nextLine: firstLine } : lastRecordEnd(text, firstLine);
    carry = text.slice(cut.end);
    if (carry.length > MAX_RECORD_LENGTH) {
      const line = cut.nextLine;
      const message =
        `${path}: the record on line ${line} does not end within ${MAX_RECORD_LENGTH} characters`;
      const hint = `Look for a quote (") that is not closed on line ${line}.`;
      throw fileFault(path, "csv_malformed", message, hint, { line });
    }
    if (cut.end > 0) {
      yield { text: text.slice(0, cut.end), firstLine, bytesDone, bytesTotal };
      firstLine = cut.nextLine;
    }
  }
}

/** Position after the last complete record, and the line that begins there. */
function lastRecordEnd(text: string, firstLine: number): { end: number; nextLine: number } {
  const scanner = new RecordScanner(text, firstLine);
  let cut = { end: 0, nextLine: firstLine };
  while (scanner.next() && scanner.complete) {
    cut = { end: scanner.end, nextLine: scanner.nextLine };
  }
  return cut;
}

/** Reads until the block is full or the file ends. A single read may bring less than there is. */
async function fill(file: Deno.FsFile, block: Uint8Array, path: string): Promise<number> {
  let size = 0;
  try {
    while (size < block.length) {
      const read = await file.read(block.subarray(size));
      if (read === null) break;
      size += read;
    }
    return size;
  } catch (error) {
    throw fileError(path, error);
  }
}

function refuseOtherFormats(bytes: Uint8Array, path: string): void {
  const refused = (code: string, what: string, hint: string) =>
    fileFault(path, code, `${path} ${what}`, hint);
  if (bytes.length === 0) throw refused("file_empty", "is empty", GET_AGAIN);
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    const hint = `Save it as UTF-8, or run: iconv -f UTF-16 -t UTF-8 ${JSON.stringify(path)}`;
    throw refused("csv_not_utf8", "is encoded as UTF-16", hint);
  }
  if (first === 0x50 && second === 0x4b && bytes[2] === 3 && bytes[3] === 4) {
    const hint = "Unpack the archive, or save the spreadsheet as CSV.";
    throw refused("not_csv", "is a ZIP archive or a spreadsheet, not CSV", hint);
  }
  if (bytes.includes(0)) {
    const hint = "Give a CSV file, encoded as UTF-8.";
    throw refused("not_csv", "has NUL bytes, so it is not CSV text", hint);
  }
}
