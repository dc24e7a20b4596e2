/**
 * Where a text stops being JSON. The engine's own messages often do not say: `Unexpected token ']',
 * "[1,]" is not valid JSON`.
 *
 * @module
 */

/** A place in a text. */
export interface TextPosition {
  /** UTF-16 units before it. */
  readonly position: number;
  /** Counted from 1. */
  readonly line: number;
  /** UTF-16 units from the start of the line, counted from 1. */
  readonly column: number;
}

const WORDS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

/** Walks along a text; every step returns false at the first character that cannot be. */
class Scanner {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get char(): string | undefined {
    return this.#text[this.at];
  }

  space(): void {
    while (" \t\n\r".includes(this.char ?? "x")) this.at++;
  }

  take(char: string): boolean {
    if (this.char !== char) return false;
    this.at++;
    return true;
  }

  #digits(): boolean {
    if (!isDigit(this.char)) return false;
    while (isDigit(this.char)) this.at++;
    return true;
  }

  #number(): boolean {
    this.take("-");
    if (!this.take("0") && !this.#digits()) return false;
    if (this.take(".") && !this.#digits()) return false;
    if (!this.take("e") && !this.take("E")) return true;
    if (!this.take("+")) this.take("-");
    return this.#digits();
  }

  #escape(): boolean {
    if (!this.take("u")) {
      if (!'"\\/bfnrt'.includes(this.char ?? "x")) return false;
      this.at++;
      return true;
    }
    for (let count = 0; count < 4; count++) {
      if (!/^[0-9a-f]$/i.test(this.char ?? "")) return false;
      this.at++;
    }
    return true;
  }

  string(): boolean {
    if (!this.take('"')) return false;
    for (;;) {
      const char = this.char;
      if (char === undefined || char < " ") return false;
      this.at++;
      if (char === '"') return true;
      if (char === "\\" && !this.#escape()) return false;
    }
  }

  /** A string, number, true, false or null. */
  scalar(): boolean {
    if (this.char === '"') return this.string();
    const word = WORDS[this.char ?? ""];
    if (word === undefined) return this.#number();
    return [...word].every((char) => this.take(char));
  }

  /** A property's name and its colon. */
  key(): boolean {
    this.space();
    if (!this.string()) return false;
    this.space();
    return this.take(":");
  }
}

// With a stack of its own: a text may nest deeper than functions can.
function scan(scanner: Scanner): boolean {
  const closers: string[] = [];
  for (;;) {
    scanner.space();
    const opened = scanner.take("{") ? "}" : scanner.take("[") ? "]" : undefined;
    if (opened === undefined) {
      if (!scanner.scalar()) return false;
    } else {
      closers.push(opened);
      scanner.space();
      if (scanner.char !== opened) {
        if (opened === "}" && !scanner.key()) return false;
        continue;
      }
    }
    scanner.space();
    for (let closer = closers.at(-1); closer !== undefined; closer = closers.at(-1)) {
      if (!scanner.take(closer)) break;
      closers.pop();
      scanner.space();
    }
    const closer = closers.at(-1);
    if (closer === undefined) return true;
    if (!scanner.take(",")) return false;
    if (closer === "}" && !scanner.key()) return false;
  }
}

/**
 * The first character of a text that keeps it from being JSON.
 *
 * @param text What `JSON.parse` refused, without a byte order mark.
 * @returns Its place, the text's end where it ends too early, undefined where it is JSON.
 */
export function jsonErrorPosition(text: string): TextPosition | undefined {
  const scanner = new Scanner(text);
  if (scan(scanner) && scanner.at === text.length) return undefined;
  const before = text.slice(0, scanner.at);
  return {
    position: scanner.at,
    line: before.split("\n").length,
    column: before.length - before.lastIndexOf("\n"),
  };
}
