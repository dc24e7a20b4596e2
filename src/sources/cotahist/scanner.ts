/**
 * Cuts a COTAHIST file into records and checks what concerns the file as a whole: its first line,
 * record lengths and types, the trailer.
 *
 * @module
 */
import { SourceError } from "../../base/errors.ts";
import { FILE_DATE, FILE_START, RECORD_LENGTH, TRAILER_COUNT } from "./layout.ts";
import { isoOfDay } from "../../base/day.ts";
import { fieldAt, type Refusal, textOf } from "./quote.ts";

/** Takes what the scanner finds. */
export interface ScanSink {
  /** A record of type 01 whose length is right, at `bytes[at]`. The bytes are valid during the call only. */
  quote(bytes: Uint8Array, at: number, line: number): void;
  /** A line that is no record. */
  refuse(bytes: Uint8Array, line: number, refusal: Refusal): void;
}

/** Something wrong with the file as a whole that `allowTruncated` lets pass. */
export interface FileProblem {
  readonly code: "trailer_missing" | "trailer_mismatch" | "data_after_trailer";
  readonly message: string;
}

/** What the scanner knows at the end of a file. */
export interface ScanOutcome {
  /** Lines that are not blank, header and trailer included. */
  readonly records: number;
  /** Date of generation in the header as `YYYY-MM-DD`, or null where it cannot be read. */
  readonly generated: string | null;
  readonly problems: readonly FileProblem[];
}

const LF = 10;
const CR = 13;
/** Ctrl-Z, the end-of-file mark of old transfer programs. */
const SUB = 26;
/** Bytes kept of a line that spans chunks: a record is 245, longer lines are refused and shown cut. */
const KEPT_LINE_BYTES = 1024;

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

/** Scans one file, chunk by chunk, without a string per line. */
export class CotahistScanner {
  readonly #what: string;
  readonly #sink: ScanSink;
  readonly #carry = new Uint8Array(KEPT_LINE_BYTES);
  /** Bytes of the unfinished line, of which at most KEPT_LINE_BYTES are kept. */
  #carried = 0;
  /** How the file begins, for the message where it is something else: a page may begin with blank lines. */
  #start = new Uint8Array();
  #line = 0;
  #records = 0;
  #generated: string | null = null;
  #trailer: { said: string; found: number; line: number } | undefined;
  #lineAfterTrailer: number | undefined;

  constructor(what: string, sink: ScanSink) {
    this.#what = what;
    this.#sink = sink;
  }

  /**
   * Takes the next bytes of the file, of any number.
   *
   * @throws {SourceError} `not_cotahist`, as soon as the first line is known.
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.#line === 0 && this.#carried === 0) this.#start = chunk.slice(0, 64);
    if (this.#carried > 0) {
      const end = chunk.indexOf(LF);
      this.#keep(chunk, 0, end < 0 ? chunk.length : end);
      if (end < 0) return;
      this.#flush();
      at = end + 1;
    }
    for (;;) {
      // Records have a fixed width: looking for the LF where it must be costs a tenth of the search
      // for it. An LF inside such a record is a damaged byte of its field, not the end of a line.
      let end = at + RECORD_LENGTH;
      if (end + 1 < chunk.length) {
        if (chunk[end] === CR) end++;
        if (chunk[end] !== LF) end = chunk.indexOf(LF, at);
      } else {
        end = chunk.indexOf(LF, at);
      }
      if (end < 0) break;
      this.#take(chunk, at, end, end - at);
      at = end + 1;
    }
    this.#keep(chunk, at, chunk.length);
  }

  /**
   * Says that the file has ended.
   *
   * @throws {SourceError} `not_cotahist` and `file_empty`.
   */
  finish(): ScanOutcome {
    if (this.#carried > 0) this.#flush();
    if (this.#line === 0) {
      throw new SourceError("file_empty", `${this.#what} is empty`, {
        hint: "Download it again.",
      });
    }
    return { records: this.#records, generated: this.#generated, problems: this.#problems() };
  }

  #problems(): FileProblem[] {
    const problems: FileProblem[] = [];
    const what = this.#what;
    if (this.#trailer === undefined) {
      const message = `${what} has no trailer (record 99) after ${this.#records} records: ` +
        "it is cut off";
      return [{ code: "trailer_missing", message }];
    }
    const { said, found, line } = this.#trailer;
    if (Number(said) !== found) {
      const message = `the trailer of ${what} says ${said} records, the file has ${found}`;
      problems.push({ code: "trailer_mismatch", message });
    }
    if (this.#lineAfterTrailer !== undefined) {
      const message = `${what} goes on at line ${this.#lineAfterTrailer}, after its trailer at ` +
        `line ${line}`;
      problems.push({ code: "data_after_trailer", message });
    }
    return problems;
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    const room = Math.max(0, KEPT_LINE_BYTES - this.#carried);
    if (room > 0 && end > start) {
      this.#carry.set(chunk.subarray(start, Math.min(end, start + room)), this.#carried);
    }
    this.#carried += end - start;
  }

  #flush(): void {
    const length = this.#carried;
    this.#carried = 0;
    this.#take(this.#carry, 0, Math.min(length, KEPT_LINE_BYTES), length);
  }

  /** One line without its LF; `length` is its true length where only a part was kept. */
  #take(bytes: Uint8Array, start: number, stop: number, length: number): void {
    let end = stop;
    const line = ++this.#line;
    if (end > start && bytes[end - 1] === CR && end - start === length) {
      end--;
      length--;
    }
    // Record type 01.
    if (length === RECORD_LENGTH && line > 1 && bytes[start] === 48 && bytes[start + 1] === 49) {
      this.#records++;
      if (this.#trailer !== undefined) this.#lineAfterTrailer ??= line;
      this.#sink.quote(bytes, start, line);
    } else {
      this.#takeOther(bytes.subarray(start, end), length, line);
    }
  }

  #takeOther(bytes: Uint8Array, length: number, line: number): void {
    if (line === 1) this.#checkStart(bytes);
    const blank = length === 0 || (length === 1 && bytes[0] === SUB);
    if (blank && this.#trailer !== undefined) return;
    if (!blank) this.#records++;
    const type = textOf(bytes, 0, Math.min(bytes.length, 2));
    if (this.#trailer !== undefined) this.#lineAfterTrailer ??= line;
    if (length !== RECORD_LENGTH) {
      const reason = `the line has ${length} bytes, a record has ${RECORD_LENGTH}`;
      this.#sink.refuse(bytes, line, { code: "bad_length", reason });
    }
    if (line === 1) {
      const date = fieldAt(bytes, 0, FILE_DATE);
      this.#generated = /^[0-9]{8}$/.test(date) ? isoOfDay(Number(date)) : null;
    } else if (type === "99" && bytes.length >= TRAILER_COUNT.start + TRAILER_COUNT.length) {
      // Of several, the first counts: what follows it is reported as data after the trailer.
      const said = fieldAt(bytes, 0, TRAILER_COUNT);
      this.#trailer ??= {
        said: /^[0-9]+$/.test(said) ? String(Number(said)) : JSON.stringify(said),
        found: this.#records,
        line,
      };
    } else if (length === RECORD_LENGTH) {
      const reason = `the record type is ${JSON.stringify(type)}: 00, 01 or 99 is expected here`;
      this.#sink.refuse(bytes, line, { code: "bad_record_type", reason });
    }
  }

  #checkStart(bytes: Uint8Array): void {
    if (textOf(bytes, 0, Math.min(bytes.length, FILE_START.length)) === FILE_START) return;
    const { shown, hint } = describeStart(
      this.#start,
      "Give a COTAHIST file as B3 publishes it, unchanged.",
    );
    throw new SourceError(
      "not_cotahist",
      `${this.#what} is no COTAHIST file: it begins with ${shown}, not with ${FILE_START}`,
      { hint },
    );
  }
}
