/**
 * Reading the service's JSON, which is not always JSON.
 *
 * @module
 */

/** A number that is none, as some of the service's programs write it. */
const BARE = /-?\b(?:NaN|Infinity)\b/g;

/** Where the string that begins at a quote ends; the end of the text where it does not. */
function endOfString(text: string, quote: number): number {
  for (let from = quote + 1;;) {
    const end = text.indexOf('"', from);
    if (end < 0) return text.length;
    let slashes = 0;
    while (end - slashes > from && text[end - slashes - 1] === "\\") slashes++;
    if (slashes % 2 === 0) return end + 1;
    from = end + 1;
  }
}

/** Takes the text in pieces: one pattern for all of it takes forever where a quote is missing. */
function quoteBare(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const outside = text.slice(at, quote < 0 ? text.length : quote);
    parts.push(outside.replace(BARE, '"$&"'));
    if (quote < 0) break;
    at = endOfString(text, quote);
    parts.push(text.slice(quote, at));
  }
  return parts.join("");
}

/**
 * Parses JSON in which a number may be a bare `NaN`, `Infinity` or `-Infinity`. Those become texts, so
 * that they fail where a number is checked, and nowhere else.
 *
 * @throws {SyntaxError} Where it is no JSON otherwise either.
 */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(quoteBare(text));
  }
}
