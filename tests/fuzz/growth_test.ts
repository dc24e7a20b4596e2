/**
 * Text from outside takes a time that grows as its length does, and not as its square: 100 KB of a header
 * once blocked the process for 4.5 s, deaf to every signal.
 */
import { assert } from "../assert.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { TickerlockError } from "../../src/base/errors.ts";
import { type Parser, PARSERS } from "./parsers.ts";

const LONG = 100_000;
const SHORT = LONG / 4;

/** What takes less is not measured again, in ms: the square of {@linkcode LONG} takes 3 s and more. */
const UNSUSPICIOUS_MS = 2000;

/** Four times the length may take that many times as long: of the square it would be 16. */
const MOST_GROWTH = 11;

/** What patterns look for again from each place: what may come several times, without what has to follow. */
const PIECES = [
  ...[
    " ",
    "\t",
    "\n",
    "\r",
    "a",
    "A",
    "0",
    "1 ",
    "_",
    "_<",
    "<",
    "<script",
    "://",
    "://a",
    ".",
    "a.",
  ],
  ...[
    "/",
    "//a",
    "\\",
    '"',
    '\\"',
    "[",
    "{",
    '{"',
    ",",
    "1,",
    "-",
    "--",
    "(",
    "( ",
    "a:",
    "A1",
    "%",
  ],
  ...["\u202e", "\0", " \0", "NaN", "#", " #", ";", "a;", "de ", "2024-", "1e", "+", "\ud800", "é"],
];

const AROUND: readonly (readonly [before: string, behind: string])[] = [
  ["", ""],
  ["1", "x"],
  ["(", "!"],
  ["A", "\0"],
];

async function timeOf({ read }: Parser, text: string, file: string): Promise<number> {
  const started = performance.now();
  try {
    const result = read(text, file);
    if (result instanceof Promise) await result;
  } catch (error) {
    if (!(error instanceof TickerlockError)) throw error;
  }
  return performance.now() - started;
}

for (const [name, parser] of Object.entries(PARSERS)) {
  Deno.test(`a text takes a time that grows as it does: ${name}`, async () => {
    const folder = await makeTempFolder("tickerlock_growth_");
    const file = `${folder}/input.csv`;
    try {
      for (const piece of PIECES) {
        for (const [before, behind] of AROUND) {
          const made = (length: number): string =>
            before + piece.repeat(length / piece.length) + behind;
          const time = (length: number) => timeOf(parser, made(length), file);
          const long = await time(LONG);
          if (long < UNSUSPICIOUS_MS) continue;
          const short = Math.min(await time(SHORT), await time(SHORT));
          const what = JSON.stringify([before, piece, behind]);
          assert(long < MOST_GROWTH * short, `${what}: ${short} ms, then ${long} ms`);
        }
      }
    } finally {
      await removeFolder(folder);
    }
  });
}
