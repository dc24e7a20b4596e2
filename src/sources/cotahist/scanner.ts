/** Cuts a COTAHIST file into records; checks first line, lengths, types, trailer. @module */
import { SourceError } from "../../base/errors.ts";
import {
  FILE_DATE,
  FILE_START,
  looksLikeCotahist,
  RECORD_LENGTH,
  TRAILER_COUNT,
  TRAILER_START,
} from "./layout.ts";
import { isoOfDay } from "../../base/day.ts";
import { fieldAt, type Refusal, textOf } from "./quote.ts";

/** Takes what the scanner finds. Each line but headers, trailers and blank ones comes once. */
export interface ScanSink {
  /** A record of type 01 whose length is right; the bytes are valid during the call only. */
  quote(bytes: Uint8Array, at: number, line: number): void;
  refuse(bytes: Uint8Array, line: number, refusal: Refusal): void;
}

/** Something wrong with the file as a whole that `allowTruncated` lets pass. */
interface FileProblem {
  readonly code: "header_missing" | "trailer_missing" | "trailer_mismatch" | "data_after_trailer";
  readonly message: string;
}

/** What the scanner knows at the end of a file. */
export interface ScanOutcome {
  readonly records: number;
  readonly read: number;
  readonly generated: string | null;
  readonly problems: readonly FileProblem[];
}

const LF = 10;
const CR = 13;
/** Ctrl-Z, the end-of-file mark of old transfer programs. */
const SUB = 26;
/** Of a line that spans chunks: a record has 980 at most in UTF-8. */
const KEPT_LINE_BYTES = 1024;
/** A record and CRLF: what decides where a line ends. */
const DECIDING_BYTES = RECORD_LENGTH + 2;
const UTF8_BYTES = 4;

/**
 * The LF of a line, or -1: one within the 245 bytes of a record is damage of its field. Needs
 * {@linkcode DECIDING_BYTES}; the search for the LF takes ten times as long.
 */
function lineEnd(bytes: Uint8Array, at: number): number {
  let end = at + RECORD_LENGTH;
  if (bytes[end] === CR) end++;
  return bytes[end] === LF ? end : bytes.indexOf(LF, at);
}

/** A record that was saved again as UTF-8, in Latin-1: its width is counted in characters. */
function fromUtf8(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length > RECORD_LENGTH * UTF8_BYTES) return undefined;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  if (text.length !== RECORD_LENGTH) return undefined;
  return Uint8Array.from(text, (each) => Math.min(each.charCodeAt(0), 0xff));
}

function joined(one: Uint8Array, two: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + two.length);
  both.set(one);
  both.set(two, one.length);
  return both;
}

/** How an input that should be something else begins, and what to do about it. */
export function describeStart(
  bytes: Uint8Array,
  otherwise: string,
): { shown: string; hint: string } {
  const text = textOf(bytes, 0, Math.min(bytes.length, 64));
  // A web page begins with `<`, after blanks and a byte order mark.
  const isPage = /^(ï»¿)?\s*</.test(text);
  return {
    // deno-lint-ignore no-control-regex
    shown: JSON.stringify(text.slice(0, 40).replace(/[\u0000-\u001f\u007f-\u009f]/g, ".")),
    hint: isPage
      ? "It looks like an HTML page: the download brought an error page in place of the file."
      : otherwise,
  };
}

interface Trailer {
  readonly said: string;
  readonly found: number;
  readonly line: number;
}

/** Scans one file, chunk by chunk, without a string per line. */
export class CotahistScanner {
  readonly #what: string;
  readonly #sink: ScanSink;
  /** Fewer than DECIDING_BYTES, or the beginning of one line. */
  #rest = new Uint8Array();
  #cut = 0;
  /** For the message where it is something else: a page may begin with blank lines. */
  #start = new Uint8Array();
  #line = 0;
  #records = 0;
  #read = 0;
  #headers = 0;
  #ofPart = 0;
  #generated: string | null = null;
  /** The first of the current part: what follows is told as data behind it. */
  #trailer: Trailer | undefined;
  #lastTrailer: Trailer | undefined;
  #lineAfterTrailer: number | undefined;
  readonly #problems: FileProblem[] = [];

  constructor(what: string, sink: ScanSink) {
    this.#what = what;
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    if (this.#line === 0 && this.#rest.length === 0) this.#start = chunk.slice(0, 64);
    const until = this.#rest.length;
    let at = 0;
    // A little of the chunk ends most lines that began before it; a long one wants all of it.
    for (const size of until === 0 ? [] : [2 * DECIDING_BYTES, chunk.length]) {
      const bytes = joined(this.#rest, chunk.subarray(0, size));
      at = this.#takeLines(bytes, at, until);
      if (at >= until) break;
      if (size >= chunk.length) return this.#keep(bytes, at);
    }
    this.#keep(chunk, this.#takeLines(chunk, at - until, chunk.length));
  }

  finish(): ScanOutcome {
    // The end of a file ends its last line, also behind a CR.
    const ended = joined(this.#rest, new Uint8Array(DECIDING_BYTES).fill(LF, 0, 1));
    this.#takeLines(ended, 0, this.#rest.length);
    if (this.#line === 0) {
      throw new SourceError("file_empty", `${this.#what} is empty`, { hint: "Download it again." });
    }
    this.#endPart();
    this.#tellWhatFollows();
    return {
      records: this.#records,
      read: this.#read,
      generated: this.#generated,
      problems: this.#problems,
    };
  }

  #takeLines(bytes: Uint8Array, from: number, until: number): number {
    let at = from;
    let cut = this.#cut;
    while (at < until && bytes.length - at >= DECIDING_BYTES) {
      const end = lineEnd(bytes, at);
      if (end < 0) break;
      this.#take(bytes, at, end, end - at + cut);
      cut = 0;
      at = end + 1;
    }
    this.#cut = cut;
    return at;
  }

  #keep(bytes: Uint8Array, from: number): void {
    this.#rest = bytes.slice(from, from + KEPT_LINE_BYTES);
    this.#cut += bytes.length - from - this.#rest.length;
  }

  /** One line without its LF; `length` is its true length where only a part was kept. */
  #take(bytes: Uint8Array, start: number, stop: number, length: number): void {
    let end = stop;
    const line = ++this.#line;
    if (end > start && bytes[end - 1] === CR) {
      end--;
      length--;
    }
    if (length === RECORD_LENGTH && line > 1 && bytes[start] === 48 && bytes[start + 1] === 49) {
      this.#takeQuote(bytes, start, line);
      return;
    }
    const given = bytes.subarray(start, end);
    const isMarked = line === 1 && given[0] === 0xef && given[1] === 0xbb && given[2] === 0xbf;
    const unmarked = isMarked ? given.subarray(3) : given;
    const whole = length - (isMarked ? 3 : 0);
    const converted = whole > RECORD_LENGTH && end - start === length
      ? fromUtf8(unmarked)
      : undefined;
    if (converted === undefined) this.#takeOther(unmarked, whole, line);
    else this.#takeOther(converted, RECORD_LENGTH, line);
  }

  #takeQuote(bytes: Uint8Array, start: number, line: number): void {
    this.#records++;
    this.#read++;
    this.#ofPart++;
    if (this.#trailer !== undefined) this.#lineAfterTrailer ??= line;
    this.#sink.quote(bytes, start, line);
  }

  #refuse(bytes: Uint8Array, line: number, code: string, reason: string): void {
    this.#read++;
    this.#sink.refuse(bytes, line, { code, reason });
  }

  #takeOther(bytes: Uint8Array, length: number, line: number): void {
    const begins = textOf(bytes, 0, Math.min(bytes.length, FILE_START.length));
    if (line === 1 && begins !== FILE_START) this.#checkHeadless(bytes, length);
    if (length === RECORD_LENGTH && begins.startsWith("01")) {
      this.#takeQuote(bytes, 0, line);
      return;
    }
    if (length === 0 || (length === 1 && bytes[0] === SUB)) return;
    if (begins === FILE_START) this.#beginPart(bytes, line);
    this.#records++;
    this.#ofPart++;
    if (this.#trailer !== undefined) this.#lineAfterTrailer ??= line;
    const isTrailer = begins === TRAILER_START &&
      bytes.length >= TRAILER_COUNT.start + TRAILER_COUNT.length;
    if (isTrailer) this.#trailer ??= this.#trailerOf(bytes, line);
    if (length !== RECORD_LENGTH) {
      const reason = `the line has ${length} bytes, a record has ${RECORD_LENGTH}`;
      this.#refuse(bytes, line, "bad_length", reason);
    } else if (!isTrailer && begins !== FILE_START) {
      const type = JSON.stringify(begins.slice(0, 2));
      const reason = `the record type is ${type}: 00, 01 or 99 is expected here`;
      this.#refuse(bytes, line, "bad_record_type", reason);
    }
  }

  #beginPart(bytes: Uint8Array, line: number): void {
    this.#headers++;
    if (line > 1) {
      this.#endPart();
      if (this.#lastTrailer !== undefined) this.#lineAfterTrailer ??= line;
      this.#trailer = undefined;
      this.#ofPart = 0;
      return;
    }
    const date = fieldAt(bytes, 0, FILE_DATE);
    this.#generated = /^[0-9]{8}$/.test(date) ? isoOfDay(Number(date)) : null;
  }

  #trailerOf(bytes: Uint8Array, line: number): Trailer {
    const said = fieldAt(bytes, 0, TRAILER_COUNT);
    const trailer = {
      said: /^[0-9]+$/.test(said) ? String(Number(said)) : JSON.stringify(said),
      found: this.#ofPart,
      line,
    };
    this.#lastTrailer ??= trailer;
    return trailer;
  }

  #endPart(): void {
    const what = this.#what;
    if (this.#trailer === undefined) {
      // An extract has neither, which is one problem and not two.
      if (this.#headers === 0) return;
      const message = `${what} has no trailer (record 99) after ${this.#ofPart} records: ` +
        "it is cut off";
      this.#problems.push({ code: "trailer_missing", message });
      return;
    }
    const { said, found } = this.#trailer;
    if (Number(said) === found) return;
    const message = `the trailer of ${what} says ${said} records, the file has ${found}`;
    this.#problems.push({ code: "trailer_mismatch", message });
  }

  #tellWhatFollows(): void {
    if (this.#lineAfterTrailer === undefined) return;
    const joined = this.#headers > 1 ? `: ${this.#headers} files are joined in it` : "";
    const message =
      `${this.#what} goes on at line ${this.#lineAfterTrailer}, after its trailer at ` +
      `line ${this.#lastTrailer?.line}${joined}`;
    this.#problems.push({ code: "data_after_trailer", message });
  }

  /** The first line is no header: a record all the same, as in the output of grep, or no COTAHIST file. */
  #checkHeadless(bytes: Uint8Array, length: number): void {
    const what = this.#what;
    if (length === RECORD_LENGTH && looksLikeCotahist(bytes)) {
      const message =
        `${what} has no header (record 00): it is an extract, and whether all of it ` +
        "is there cannot be checked";
      this.#problems.push({ code: "header_missing", message });
      return;
    }
    const { shown, hint } = describeStart(
      this.#start,
      "Give a COTAHIST file as B3 publishes it, unchanged.",
    );
    throw new SourceError(
      "not_cotahist",
      `${what} is no COTAHIST file: it begins with ${shown}, not with ${FILE_START}`,
      { hint },
    );
  }
}
