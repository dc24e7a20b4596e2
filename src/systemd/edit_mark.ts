/** The mark of a unit file: a checksum of its text, which tells whether it was edited. @module */
import { createHash } from "node:crypto";

const MARK = "# tickerlock-sha256: ";

/** Whether a unit file is as tickerlock wrote it; `foreign` without a mark. */
export type Marked = "untouched" | "edited" | "foreign";

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Inserts the mark after the first line, a comment with the unit's name. */
export function withMark(text: string): string {
  const end = text.indexOf("\n") + 1;
  return `${text.slice(0, end)}${MARK}${hash(text)}\n${text.slice(end)}`;
}

/** Whether a unit is as tickerlock, of any release, wrote it. */
export function readMark(text: string): Marked {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.startsWith(MARK));
  if (at < 0) return "foreign";
  const [line = ""] = lines.splice(at, 1);
  return line.slice(MARK.length).trim() === hash(lines.join("\n")) ? "untouched" : "edited";
}
