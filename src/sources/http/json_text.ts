/** Parts of a JSON text as written: parsed and written again, `0.50` becomes `0.5`. @module */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SPACE = 0x20;

/** Where the string that begins at a quote ends: after its closing quote, or with the text. */
export function endOfString(text: string, quote: number): number {
  for (let end = quote + 1;; end++) {
    end = text.indexOf('"', end);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
}

function opens(code: number): boolean {
  return code === 0x5b || code === 0x7b;
}

function closes(code: number): boolean {
  return code === 0x5d || code === 0x7d;
}

function endOfValue(text: string, at: number): number {
  let depth = 0;
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) {
      end = endOfString(text, end);
      if (depth === 0) return end;
      continue;
    }
    if (opens(code)) depth++;
    else if (closes(code)) {
      if (depth === 0) return end;
      depth--;
      if (depth === 0) return end + 1;
    } else if (depth === 0 && (code === COMMA || code <= SPACE)) return end;
    end++;
  }
  return end;
}

function skipSpace(text: string, at: number): number {
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** One text for each value of an array, of valid JSON; none where the text is no array. */
export function elementTexts(text: string): readonly string[] {
  const texts: string[] = [];
  let at = skipSpace(text, 0);
  if (text[at] !== "[") return texts;
  for (at = skipSpace(text, at + 1); at < text.length && text[at] !== "]";) {
    const end = endOfValue(text, at);
    texts.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return texts;
}

/** The value of a member, the last one where the name comes twice, as `JSON.parse` has it. */
export function memberText(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return undefined;
  for (at = skipSpace(text, at + 1); at < text.length && text[at] !== "}";) {
    const endOfName = endOfString(text, at);
    const key: unknown = JSON.parse(text.slice(at, endOfName));
    at = skipSpace(text, skipSpace(text, endOfName) + 1);
    const end = endOfValue(text, at);
    if (key === name) found = text.slice(at, end);
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return found;
}
