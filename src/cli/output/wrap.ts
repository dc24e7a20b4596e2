/** Texts wrapped between words. @module */
import { oneLine, wrapWords } from "../../base/text.ts";
import type { Io } from "./io.ts";
import { widthOf } from "./table.ts";

interface WrapOptions {
  readonly indent?: number;
  /** Also break a word that is wider than a line. Default false: it may be a path to copy. */
  readonly breakWords?: boolean;
}

function piecesOf(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const pieces = [""];
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const longer = pieces.at(-1) + segment;
    if (pieces.at(-1) !== "" && widthOf(longer) > width) pieces.push(segment);
    else pieces[pieces.length - 1] = longer;
  }
  return pieces;
}

/** Wraps each line of a text to columns. Only the blank at a break is left out. */
export function wrap(text: string, width: number, options: WrapOptions = {}): string {
  if (width === Infinity) return text;
  const { indent = 0, breakWords = false } = options;
  return text.split("\n").flatMap((whole) => {
    if (widthOf(whole) <= width) return [whole];
    const words = whole.split(" ").flatMap((word) => breakWords ? piecesOf(word, width) : [word]);
    return wrapWords(words, width, indent, widthOf);
  }).join("\n");
}

/** Wraps what goes to standard output to its terminal, further lines with an indent. */
export function wrapOut(io: Io, text: string, indent = 0): string {
  return io.isOutTerminal ? wrap(text, io.columns, { indent }) : text;
}

/** Writes to standard output what {@linkcode wrapOut} makes. */
export function outWrapped(io: Io, text: string, indent = 0): void {
  io.out(wrapOut(io, text, indent));
}

/** A table of names and their values, which are wrapped to the terminal that standard output is. */
export function renderPairs(
  io: Io,
  pairs: readonly (readonly [what: string, value: string])[],
): string {
  const rows = [["WHAT", "VALUE"], ...pairs].map((row) => row.map(oneLine));
  const left = Math.max(...rows.map(([what = ""]) => what.length)) + 2;
  const width = Math.max((io.outColumns ?? Infinity) - left, 1);
  return rows.map(([what = "", value = ""]) =>
    `${what.padEnd(left)}${wrap(value, width).replaceAll("\n", `\n${" ".repeat(left)}`)}\n`
  ).join("");
}
