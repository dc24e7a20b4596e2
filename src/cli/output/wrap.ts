/**
 * Sentences that fit a terminal: wrapped between words, the further lines indented.
 *
 * @module
 */
import anyWidthOf from "fast-string-width";
import { terminalWidth } from "./progress.ts";

/** Least room for text; a terminal narrower than that breaks lines itself. */
const LEAST_WIDTH = 20;

/**
 * Wraps a text between words. A word that is longer than a line stays whole: it may be a path to copy.
 *
 * @param text One line or more.
 * @param width Columns; `Infinity` for no limit.
 * @param indent Blanks before each line but the first. Default 0.
 */
export function wrapText(text: string, width: number, indent = 0): string {
  if (width === Infinity) return text;
  const most = Math.max(width, LEAST_WIDTH);
  return text.split("\n").map((whole) => {
    const [lead = ""] = /^ */.exec(whole) ?? [];
    const lines: string[] = [];
    let line = lead;
    let used = 0;
    for (const word of whole.slice(lead.length).split(" ")) {
      if (used > 0 && anyWidthOf(line) + 1 + anyWidthOf(word) > most) {
        lines.push(line);
        line = " ".repeat(indent) + word;
        used = 1;
        continue;
      }
      line += used++ === 0 ? word : ` ${word}`;
    }
    return [...lines, line].join("\n");
  }).join("\n");
}

/**
 * Wraps what goes to standard output to its terminal; as it is where there is none.
 *
 * @param text One line or more.
 * @param indent Blanks before each line but the first. Default 0.
 */
export function wrapOut(text: string, indent = 0): string {
  return Deno.stdout.isTerminal() ? wrapText(text, terminalWidth(), indent) : text;
}
