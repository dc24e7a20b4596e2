/** UTF-8 that grows value by value: making text first and bytes later takes three times as long. @module */

const FIRST_BYTES = 256 * 1024;

const NUMBER_BYTES = 32;

const [QUOTE, MINUS, ZERO, BACKSLASH, LAST_PLAIN] = [0x22, 0x2d, 0x30, 0x5c, 0x7e];

/** Collects bytes, and hands them over page by page. */
export class Bytes {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * wanted);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }

  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  text(text: string): void {
    // What is no ASCII takes up to three bytes a character.
    if (!this.#plain(text, false)) {
      this.#reserve(3 * text.length);
      this.#length += this.#encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
    }
  }

  json(text: string): void {
    if (!this.#plain(text, true)) this.text(JSON.stringify(text));
  }

  /** Adds ASCII, in quotes for JSON; false, and nothing added, where it must be encoded or escaped. */
  #plain(text: string, isJson: boolean): boolean {
    this.#reserve(text.length + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    if (isJson) bytes[at++] = QUOTE;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > LAST_PLAIN || isJson && (code < 0x20 || code === QUOTE || code === BACKSLASH)) {
        return false;
      }
      bytes[at++] = code;
    }
    if (isJson) bytes[at++] = QUOTE;
    this.#length = at;
    return true;
  }

  /** Adds a number as `String` writes it, but for the decimal sign, a character of ASCII. */
  number(value: number, decimal = "."): void {
    // Most values are whole cents: with up to 15 digits the shortest text that reads back as the same number
    // has the fewest decimals.
    const cents = Math.round(value * 100);
    if (cents / 100 !== value || Math.abs(cents) > 0x7fff_ffff) {
      const text = String(value);
      return this.text(decimal === "." ? text : text.replace(".", decimal));
    }
    this.#reserve(NUMBER_BYTES);
    const bytes = this.#bytes;
    let at = this.#length;
    if (cents < 0) bytes[at++] = MINUS;
    const left = Math.abs(cents);
    let whole = left / 100 | 0;
    const decimals = left - 100 * whole;
    let end = at + 1;
    for (let above = 10; above <= whole; above *= 10) end++;
    for (let place = end - 1; place >= at; place--) {
      const tenth = whole / 10 | 0;
      bytes[place] = ZERO + whole - 10 * tenth;
      whole = tenth;
    }
    if (decimals > 0) {
      bytes[end++] = decimal.charCodeAt(0);
      const tenths = decimals / 10 | 0;
      bytes[end++] = ZERO + tenths;
      if (decimals > 10 * tenths) bytes[end++] = ZERO + decimals - 10 * tenths;
    }
    this.#length = end;
  }
}
