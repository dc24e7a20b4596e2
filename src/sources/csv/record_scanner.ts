/**
 * Where the records of CSV text begin and end. It splits no record into cells: that is the
 * parser's work, which in turn does not say where it found a record.
 *
 * @module
 */

const NEWLINE = 10;
const RETURN = 13;

/** A record in its file. */
export interface RecordPlace {
  /** 1-based line that it begins in. */
  readonly line: number;
  /** As in the file, without its line break. */
  readonly raw: string;
}

/**
 * Walks over text record by record, blank lines included. A line break belongs to a record as long
 * as an odd number of quotes stands before it, which holds for all text that the parser accepts.
 */
export class RecordScanner implements RecordPlace {
  /** Position after the record and its line break. */
  end = 0;
  /** 1-based line of the file that the record begins in. */
  line: number;
  /** 1-based line of the file that follows the record. */
  nextLine: number;
  /** Whether the record ends in a line break. False only for the last of the text. */
  complete = false;

  readonly #text: string;
  #nextQuote: number;
  #start = 0;

  constructor(text: string, firstLine: number) {
    this.#text = text;
    this.#nextQuote = text.indexOf('"');
    this.line = this.nextLine = firstLine;
  }

  /** Whether the record is a line without any character. */
  get blank(): boolean {
    return this.#contentEnd() === this.#start;
  }

  /** The record as in the file, without its line break. */
  get raw(): string {
    return this.#text.slice(this.#start, this.#contentEnd());
  }

  /**
   * Goes to the next record.
   *
   * @returns False at the end of the text.
   */
  next(): boolean {
    if (this.end >= this.#text.length) return false;
    this.#start = this.end;
    this.line = this.nextLine;
    let open = false;
    let from = this.#start;
    do {
      const newline = this.#text.indexOf("\n", from);
      this.complete = newline !== -1;
      const lineEnd = this.complete ? newline : this.#text.length;
      while (this.#nextQuote !== -1 && this.#nextQuote < lineEnd) {
        open = !open;
        this.#nextQuote = this.#text.indexOf('"', this.#nextQuote + 1);
      }
      from = lineEnd + 1;
      this.end = Math.min(from, this.#text.length);
      this.nextLine++;
    } while (open && this.complete && this.end < this.#text.length);
    // A quote that is still open: the line break is part of a record that goes on.
    if (open) this.complete = false;
    return true;
  }

  #contentEnd(): number {
    let end = this.end;
    if (end > this.#start && this.#text.charCodeAt(end - 1) === NEWLINE) end--;
    if (end > this.#start && this.#text.charCodeAt(end - 1) === RETURN) end--;
    return end;
  }
}
