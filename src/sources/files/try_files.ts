/** Trying a file source: its files are read, and nothing is written. @module */
import { plural } from "../../base/text.ts";
import { messageOf, TickerlockError } from "../../base/errors.ts";
import type { Source, SourceTest, SourceTestRequest } from "../source.ts";

/** Opens a file source on files and says what is in them; never throws. */
export async function tryFiles(
  source: Pick<Source, "name" | "open">,
  request: SourceTestRequest,
): Promise<SourceTest> {
  const { files, ticker, signal } = request;
  const started = performance.now();
  const answer = (ok: boolean, message: string, hint?: string): SourceTest => ({
    ok,
    target: files.join(", ") || "no file",
    status: null,
    latencyMs: performance.now() - started,
    message,
    hint,
  });
  if (files.length === 0) {
    return answer(true, `${source.name} reads files and is ready`, "Try one with --file PATH.");
  }
  try {
    const tickers = ticker === undefined ? null : [ticker];
    await using opened = await source.open({ files, tickers, from: null, to: null, signal });
    const [failure] = opened.failures;
    if (failure !== undefined) throw failure.error;
    if (ticker !== undefined && !opened.tickers.includes(ticker)) throw opened.missing(ticker);
    const count = opened.tickers.length;
    if (count === 0) return answer(false, "the files have no row that can be stored");
    return answer(true, `the files can be read and have ${ticker ?? plural(count, "ticker")}`);
  } catch (error) {
    const hint = error instanceof TickerlockError ? error.hint : undefined;
    return answer(false, messageOf(error), hint);
  }
}
