/**
 * Reading the service's JSON, which is not always JSON.
 *
 * @module
 */

/**
 * A string, or a bare NaN or Infinity behind a colon, a comma or a bracket: some of the service's
 * programs write numbers so.
 */
const STRING_OR_BARE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * Parses JSON in which a number may be a bare `NaN`, `Infinity` or `-Infinity`. Those become texts, so
 * that they fail where a number is checked, and nowhere else.
 *
 * @param text The body.
 * @throws {SyntaxError} Where it is no JSON otherwise either.
 */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(
      text.replace(STRING_OR_BARE, (found) => found.startsWith('"') ? found : `"${found}"`),
    );
  }
}
