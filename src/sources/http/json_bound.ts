/**
 * How much JSON a body has, counted while it arrives: a parser takes 50 bytes of memory and more for a
 * byte such as `[`, and cannot be stopped.
 *
 * @module
 */

/** Deepest nesting: answers of services have 10 levels. */
export const MOST_DEPTH = 64;

/** Most values: an answer of 25 years of days has 45,000. */
export const MOST_VALUES = 1_000_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** Blanks, and the byte order mark that a decoder takes away. */
function isBefore(byte: number): boolean {
  return byte <= SPACE || byte === 0xef || byte === 0xbb || byte === 0xbf;
}

/** `[` and `{`, whose ends are larger by 2. */
function opens(byte: number): boolean {
  return byte === 0x5b || byte === 0x7b;
}

/** Counts depth and values of one body. What does not begin as JSON, such as a page, is not counted. */
export class JsonBound {
  readonly #mostValues: number;
  /** Null until the first byte that is no blank. */
  #isJson: boolean | null = null;
  #depth = 0;
  #values = 0;
  #inString = false;
  /** Whether the byte before was a backslash in a string. */
  #escaped = false;

  /** @param mostValues Each element and each member is one. */
  constructor(mostValues: number) {
    this.#mostValues = mostValues;
  }

  /**
   * Takes the next part of the body.
   *
   * @returns What there is too much of; undefined where nothing is.
   */
  excess(part: Uint8Array): string | undefined {
    let at = 0;
    if (this.#isJson === null) {
      while (at < part.length && isBefore(part[at] ?? 0)) at++;
      if (at === part.length) return undefined;
      this.#isJson = opens(part[at] ?? 0);
    }
    if (!this.#isJson) return undefined;
    let [depth, values, inString, escaped] = [
      this.#depth,
      this.#values,
      this.#inString,
      this.#escaped,
    ];
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
