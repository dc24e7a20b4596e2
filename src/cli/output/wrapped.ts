/**
 * Texts on as many lines as they need.
 *
 * @module
 */
import displayWidth from "fast-string-width";

/** Breaks a word that is wider than a line. */
function pieces(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const found: string[] = [];
  let piece = "";
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (piece !== "" && displayWidth(piece + segment) > width) {
      found.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...found, piece];
}

/**
 * Breaks a text between words, and within one only where it is wider than a line. Nothing is left out
 * but the blanks at the breaks.
 *
 * @param text One line, without anything that steers a terminal.
 * @param width Columns; less than 1 counts as 1.
 * @returns One line at least.
 */
export function wrapped(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text];
  const most = Math.max(1, width);
  const lines: string[] = [];
  let line = "";
  for (const piece of text.split(" ").flatMap((word) => pieces(word, most))) {
    if (line === "") line = piece;
    else if (displayWidth(`${line} ${piece}`) <= most) line += ` ${piece}`;
    else {
      lines.push(line);
      line = piece;
    }
  }
  return [...lines, line];
}
