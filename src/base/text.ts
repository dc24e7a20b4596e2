/**
 * Texts for people.
 *
 * @module
 */

/**
 * A whole number with a comma before each three digits. `toLocaleString` does the same, and its first
 * call takes 20 to 50 ms.
 */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number with its noun, whose plural must end in `s`: `1 row`, `1,200 rows`. */
export function plural(number: number, word: string): string {
  return `${grouped(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** Numbers with their names: `2 failed, 1 success`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([name, number]) => `${grouped(number)} ${name}`).join(", ");
}

/**
 * A length of time in the one unit that fits it: `90 s`, `12 min`, `5 h`, `3 days`.
 *
 * @param ms Milliseconds; a negative length counts as 0.
 */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

// C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of text.
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
const CONTROLS = new RegExp(`${CONTROL.source}+`, "g");

/** A text, also one from a service or a file, on one line and unable to steer a terminal. */
export function oneLine(text: string): string {
  if (!CONTROL.test(text)) return text;
  return text.replaceAll(/\s*[\r\n]+\s*/g, " ").replaceAll("\t", " ")
    .replaceAll(CONTROLS, "\ufffd");
}

/**
 * Lines of at most some width, broken between words. A word that is wider than a line stays whole.
 *
 * @param words What stands between the blanks of one line of text.
 * @param indent Blanks before each further line, which count as width. Default 0.
 * @param widthOf Default the number of characters, which is right for ASCII.
 * @returns One line at least.
 */
export function wrapWords(
  words: readonly string[],
  width: number,
  indent = 0,
  widthOf: (text: string) => number = ({ length }) => length,
): string[] {
  const lines = [words[0] ?? ""];
  for (const word of words.slice(1)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(" ".repeat(indent) + word);
  }
  return lines;
}
