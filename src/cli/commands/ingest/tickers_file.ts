/** Reading `--tickers-file`. @module */
import { messageOf, UsageError } from "../../../base/errors.ts";
import { readWhole } from "../../../platform/read_whole.ts";
import { explain } from "../../../platform/refusals.ts";
import { listedTickers } from "../../../model/ticker.ts";

/** Reads names of tickers, one a line, odd ones included. @throws {UsageError} */
export async function readTickersFile(path: string): Promise<readonly string[]> {
  const bad = (why: string, hint: string, cause?: unknown): UsageError =>
    new UsageError("bad_tickers_file", `--tickers-file ${path}: ${why}`, {
      hint,
      cause,
      details: { file: path },
    });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readWhole(path));
  } catch (error) {
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
