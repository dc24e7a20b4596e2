/** Counts JSON while it arrives: a parser takes 50 bytes and more for each `[`. @module */

/** Deepest nesting: answers of services have 10 levels. */
export const MOST_DEPTH = 64;

/** Most values: an answer of 25 years of days has 45,000. */
export const MOST_VALUES = 1_000_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

function isBefore(byte: number): boolean {
  return byte <= SPACE || byte === 0xef || byte === 0xbb || byte === 0xbf;
}

function opens(byte: number): boolean {
  return byte === 0x5b || byte === 0x7b;
}

/** Counts depth and values of one body. What does not begin as JSON, such as a page, is not counted. */
export class JsonBound {
  readonly #mostValues: number;
  #isJson: boolean | null = null;
  #depth = 0;
  #values = 0;
  #inString = false;
  #escaped = false;

  constructor(mostValues: number) {
    this.#mostValues = mostValues;
  }

  excess(part: Uint8Array): string | undefined {
    let at = 0;
    if (this.#isJson === null) {
      while (at < part.length && isBefore(part[at] ?? 0)) at++;
      if (at === part.length) return undefined;
      this.#isJson = opens(part[at] ?? 0);
    }
    if (!this.#isJson) return undefined;
    let [depth, values] = [this.#depth, this.#values];
    let [inString, escaped] = [this.#inString, this.#escaped];
    const most = this.#mostValues;
    for (; at < part.length; at++) {
      const byte = part[at] ?? 0;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === COMMA) values++;
      else if (opens(byte)) {
        values++;
        depth++;
        if (depth > MOST_DEPTH) return `is nested deeper than ${MOST_DEPTH} levels`;
      } else if (opens(byte - 2)) depth--;
      if (values > most) return `has more than ${most} values`;
    }
    [this.#depth, this.#values, this.#inString, this.#escaped] = [depth, values, inString, escaped];
    return undefined;
  }
}
