/**
 * Texts that nobody means, made of good ones, and what has to hold of each.
 *
 * @module
 */
import { TickerlockError } from "../../src/base/errors.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import type { Parser } from "./parsers.ts";

/** Longest message of an error: a line of a log, and no megabyte of what it is about. */
const MOST_OF_MESSAGE = 1500;

/** A number from 0 to below 1 for each call, the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What breaks parsers: ends of things without their beginnings, what is larger than it may be. */
const PIECES = [
  ...[
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "\\",
    ",",
    ":",
    ";",
    "null",
    "true",
    "NaN",
    "-Infinity",
    "1e999",
  ],
  ...[
    "0",
    "-0",
    "9007199254740993",
    "99999999999999999999",
    "0.1",
    "-1",
    "12.5",
    "1e-400",
    "\\u0000",
  ],
  ...["\n", "\r\n", "\r", "\t", " ", "\0", "\x1b[2J", "\x7f", "\x9b", "\u202e", "\u200b", "\ufeff"],
  ...[
    "\ud800",
    "\udfff",
    "é",
    "\u0301",
    "𝒳",
    "ﬀ",
    "ß",
    "İ",
    "\u2028",
    "\u3164",
    "<",
    ">",
    "&",
    "#",
    "%",
  ],
  ...[
    "/",
    "../",
    "://",
    "?",
    "*",
    "(",
    ")",
    "=",
    "+",
    "@",
    "$",
    "__proto__",
    "constructor",
    "toString",
  ],
  ...[
    "2024-02-30",
    "24:00",
    "1969-12-31",
    "31/12/99",
    "AM",
    "GMT",
    "R$",
    "--",
    "\u2212",
    "‰",
    "１",
  ],
];

function mutated(seeds: readonly string[], random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  const any = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  let text = any(seeds);
  for (let left = 1 + below(6); left > 0; left--) {
    const at = below(text.length + 1);
    const end = at + below(1 + Math.min(20, text.length - at));
    const [before, part, behind] = [text.slice(0, at), text.slice(at, end), text.slice(end)];
    switch (below(6)) {
      case 0:
        text = before + behind;
        break;
      case 1:
        text = before + part.repeat(1 + below(9)) + behind;
        break;
      case 2:
        text = before + any(PIECES) + text.slice(at);
        break;
      case 3:
        text = before + any(PIECES).repeat(1 + below(90)) + behind;
        break;
      case 4:
        text = before + any(seeds).slice(below(9));
        break;
      default:
        text = before + String.fromCharCode(below(below(9) === 0 ? 65_536 : 256)) + behind;
    }
  }
  return text;
}

/** What is wrong with how a text was taken; undefined where nothing is. */
async function faultOf({ read }: Parser, text: string, file: string): Promise<string | undefined> {
  try {
    const result = read(text, file);
    if (result instanceof Promise) await result;
    return undefined;
  } catch (error) {
    if (!(error instanceof TickerlockError)) {
      return error instanceof Error ? error.stack ?? error.message : String(error);
    }
    const { code, message, hint } = error;
    if (!/^[a-z_]+$/.test(code) || (hint ?? "") === "") return `no code or no hint: ${code}`;
    if (message.length <= MOST_OF_MESSAGE) return undefined;
    return `a message of ${message.length} characters: ${message.slice(0, 200)}`;
  }
}

/**
 * Reads texts that are made of the seeds of a parser.
 *
 * @param count How many.
 * @throws {Error} For the first that is not taken as it should be: with the seed, the number and the text.
 */
export async function fuzz(
  name: string,
  parser: Parser,
  seed: number,
  count: number,
): Promise<void> {
  const random = randomOf(seed);
  const folder = await makeTempFolder("tickerlock_fuzz_");
  const file = `${folder}/input.csv`;
  try {
    for (let number = 0; number < count; number++) {
      const text = mutated(parser.seeds, random);
      const fault = await faultOf(parser, text, file);
      if (fault === undefined) continue;
      throw new Error(`${name}, seed ${seed}, input ${number}: ${JSON.stringify(text)}\n${fault}`);
    }
  } finally {
    await removeFolder(folder);
  }
}
