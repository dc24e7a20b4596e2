/**
 * The mark of a unit file: a checksum of its own text, which tells whether somebody has edited it.
 *
 * @module
 */
import { createHash } from "node:crypto";

const MARK = "# tickerlock-sha256: ";

/** What a unit file says of itself. */
export type Marked = "untouched" | "edited" | "foreign";

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Puts the mark under the first line, which is a comment with the unit's name.
 *
 * @param text The unit without a mark; ends with a newline.
 */
export function withMark(text: string): string {
  const end = text.indexOf("\n") + 1;
  return `${text.slice(0, end)}${MARK}${hash(text)}\n${text.slice(end)}`;
}

/**
 * Whether a unit is as tickerlock, of whatever release, wrote it.
 *
 * @param text Content of the file.
 * @returns `foreign` where it has no mark.
 */
export function readMark(text: string): Marked {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.startsWith(MARK));
  if (at < 0) return "foreign";
  const [line = ""] = lines.splice(at, 1);
  return line.slice(MARK.length).trim() === hash(lines.join("\n")) ? "untouched" : "edited";
}
