/**
 * Values of an answer as people are shown them.
 *
 * @module
 */

/** Enough to recognise a value; an answer may have megabytes in the place of a number. */
const MOST_CHARACTERS = 100;

/** Cuts a text, never in the middle of a character. */
export function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text;
}

/**
 * A value as JSON, cut.
 *
 * @param value Anything that JSON can hold, or undefined.
 * @param most Characters. Default 100.
 */
export function shownValue(value: unknown, most: number = MOST_CHARACTERS): string {
  // JSON.parse makes Infinity of 1e999.
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(clipped(value, most));
  try {
    return clipped(JSON.stringify(value) ?? "nothing", most);
  } catch {
    // JSON.parse reads any depth, JSON.stringify does not write it.
    return "a deeply nested value";
  }
}
