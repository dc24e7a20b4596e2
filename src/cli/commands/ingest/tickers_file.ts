/**
 * Reading `--tickers-file`.
 *
 * @module
 */
import { messageOf, UsageError } from "../../../base/errors.ts";
import { explain } from "../../../platform/refusals.ts";
import { listedTickers } from "../../../model/ticker.ts";

/** Larger than any list of tickers: such a file was named by mistake. */
const MOST_BYTES = 10 * 1024 * 1024;

/** The whole of a file, or undefined where it is too large; a pipe tells no size. */
async function readAtMost(path: string, most: number): Promise<Uint8Array | undefined> {
  using file = await Deno.open(path);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const part = new Uint8Array(64 * 1024);
    const read = await file.read(part);
    if (read === null) return await new Blob(parts).bytes();
    length += read;
    if (length > most) return undefined;
    parts.push(part.subarray(0, read));
  }
}

/**
 * Reads names of tickers, one a line. Empty lines are left out, and comments: from a `#` on that begins
 * the line or follows a blank.
 *
 * @returns The names in their order, odd ones included.
 * @throws {UsageError} `bad_tickers_file`, also where no line is a ticker.
 */
export async function readTickersFile(path: string): Promise<readonly string[]> {
  const bad = (why: string, hint: string, cause?: unknown): UsageError =>
    new UsageError("bad_tickers_file", `--tickers-file ${path}: ${why}`, {
      hint,
      cause,
      details: { file: path },
    });
  let text: string;
  try {
    const bytes = await readAtMost(path, MOST_BYTES);
    if (bytes === undefined) {
      throw bad("is larger than 10 MiB", "Name a text file with one ticker a line.");
    }
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { why, hint } = explain(error, path, "read", "name a text file with one ticker a line");
    throw bad(why, hint, error);
  }
  const names = text.split(/\r\n|\r|\n/).map((line) => line.replace(/(^|\s)#.*$/s, "").trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw bad("has no ticker", "Write one ticker a line.");
  try {
    listedTickers(names);
  } catch (error) {
    throw bad(`no line is a ticker: ${messageOf(error)}`, "Write one ticker a line.", error);
  }
  return names;
}
