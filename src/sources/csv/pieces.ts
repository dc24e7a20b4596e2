/** The text of a CSV file in pieces of whole records: memory does not grow with it. @module */
import { fileError, fileFault } from "../files/input_files.ts";
import { RecordScanner } from "./record_scanner.ts";

/** Measured: the parser is fastest with pieces of this size. */
const BLOCK_BYTES = 65_536;

/** Longest record, in characters. A longer one is a quote that was never closed. */
export const MAX_RECORD_LENGTH = 1_048_576;

/** The hint for a file that has nothing. */
export const GET_AGAIN = "Get the file again; the download may have failed.";

/** By a byte order mark; Windows-1252 for what is no UTF-8, unless most of it is. */
export type Encoding = "utf-8" | "utf-8, damaged" | "utf-16le" | "utf-16be" | "windows-1252";

/** The file is no UTF-8, which may show late: it has to be read again. */
export class NotUtf8Error extends Error {
  readonly instead: Encoding;

  constructor(instead: Encoding) {
    super(`not UTF-8: ${instead}`);
    this.instead = instead;
  }
}

/** Some whole records of a file; the last piece may end without a line break. */
export interface Piece {
  readonly text: string;
  readonly firstLine: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly encoding: Encoding;
}

interface ReadPiecesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of a file without a byte order mark. Default UTF-8. */
  readonly encoding?: Encoding | undefined;
  /** For tests. Default 65,536. */
  readonly blockBytes?: number | undefined;
}

/** Reads the text of a file. @throws {NotUtf8Error} @throws {SourceError} */
export async function* readPieces(
  path: string,
  { signal, encoding: supposed = "utf-8", blockBytes = BLOCK_BYTES }: ReadPiecesOptions = {},
): AsyncGenerator<Piece> {
  signal?.throwIfAborted();
  using file = await Deno.open(path).catch((error) => {
    throw fileError(path, error);
  });
  const { size: bytesTotal } = await file.stat();
  const block = new Uint8Array(Math.max(blockBytes, 4));
  let encoding = supposed;
  let decode = decoderOf(encoding);
  let carry = "";
  let firstLine = 1;
  let bytesDone = 0;
  for (let last = false; !last;) {
    signal?.throwIfAborted();
    const size = await fill(file, block, path);
    last = size < block.length;
    const bytes = block.subarray(0, size);
    if (bytesDone === 0) {
      encoding = markOf(bytes) ?? supposed;
      decode = decoderOf(encoding);
      refuseOtherFormats(bytes, path, encoding);
    }
    bytesDone += size;
    const text = carry + decode(bytes, !last);
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
      yield { text: text.slice(0, cut.end), firstLine, bytesDone, bytesTotal, encoding };
      firstLine = cut.nextLine;
    }
  }
}

function lastRecordEnd(text: string, firstLine: number): { end: number; nextLine: number } {
  const scanner = new RecordScanner(text, firstLine);
  let cut = { end: 0, nextLine: firstLine };
  while (scanner.next() && scanner.complete) cut = { end: scanner.end, nextLine: scanner.nextLine };
  return cut;
}

/** A single read may bring less than there is. */
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

function markOf([first, second]: Uint8Array): Encoding | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function decoderOf(encoding: Encoding): (bytes: Uint8Array, stream: boolean) => string {
  const label = encoding === "utf-8, damaged" ? "utf-8" : encoding;
  const decoder = new TextDecoder(label, { fatal: encoding === "utf-8" });
  return (bytes, stream) => {
    try {
      return decoder.decode(bytes, { stream });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const text = new TextDecoder().decode(bytes);
      const damaged = text.match(/\uFFFD/g)?.length ?? 0;
      const good = text.match(/[^\p{ASCII}\uFFFD]/gu)?.length ?? 0;
      throw new NotUtf8Error(good > damaged ? "utf-8, damaged" : "windows-1252");
    }
  };
}

function refuseOtherFormats(bytes: Uint8Array, path: string, encoding: Encoding): void {
  const refused = (code: string, what: string, hint: string) =>
    fileFault(path, code, `${path} ${what}`, hint);
  if (bytes.length === 0) throw refused("file_empty", "is empty", GET_AGAIN);
  const [first, second] = bytes;
  if (first === 0x50 && second === 0x4b && bytes[2] === 3 && bytes[3] === 4) {
    const hint = "Unpack the archive, or save the spreadsheet as CSV.";
    throw refused("not_csv", "is a ZIP archive or a spreadsheet, not CSV", hint);
  }
  if (!encoding.startsWith("utf-16") && bytes.includes(0)) {
    const hint = "Give a CSV file; UTF-16 needs its byte order mark.";
    throw refused("not_csv", "has NUL bytes, so it is not CSV text", hint);
  }
}
