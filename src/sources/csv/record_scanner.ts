/** Where the records of CSV text begin and end, which the parser does not say. @module */

const NEWLINE = 10;
const RETURN = 13;

/** A record in its file. */
export interface RecordPlace {
  readonly line: number;
  readonly raw: string;
}

/** Walks over text; a line break after an odd number of quotes is part of a record. */
export class RecordScanner implements RecordPlace {
  end = 0;
  line: number;
  nextLine: number;
  /** Whether the record ends in a line break. */
  complete = false;

  readonly #text: string;
  #nextQuote: number;
  #start = 0;

  constructor(text: string, firstLine: number) {
    this.#text = text;
    this.#nextQuote = text.indexOf('"');
    this.line = this.nextLine = firstLine;
  }

  get blank(): boolean {
    return this.#contentEnd() === this.#start;
  }

  get raw(): string {
    return this.#text.slice(this.#start, this.#contentEnd());
  }

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
