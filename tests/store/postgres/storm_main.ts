/**
 * One of the processes of the storm: takes tickers, and adds 1 to the price of each, until its standard
 * input ends.
 *
 * @module
 */
import { openStore } from "../../../src/store/open.ts";
import { uuidV7 } from "../../../src/base/uuid.ts";
import { how, row, write } from "../contract_tools.ts";

const [url = "", ...tickers] = Deno.args;
const DAYS = { from: "2024-01-02", to: "2024-01-02" };

let isEnding = false;
void (async () => {
  for await (const _ of Deno.stdin.readable) {
    // Nothing is sent: the end of it is the end of the storm.
  }
  isEnding = true;
})();

await using store = await openStore(url, { lockDir: "none" });
while (!isEnding) {
  const ticker = tickers[Math.floor(Math.random() * tickers.length)] ?? "";
  const job = {
    jobId: uuidV7(),
    ticker,
    startedAt: new Date().toISOString(),
    attempts: { count: 1 },
  };
  const [taken] = await store.take([job], how({ wait: true, timeoutSeconds: 20 }));
  if (taken?.taken !== true) continue;
  const [stored] = await store.prices(ticker, DAYS, "csv");
  const claimed = { job: { ...job, id: taken.id ?? 0, source: "csv" }, taken };
  const next = row("2024-01-02", (stored?.close ?? 0) + 1);
  await store.write([write({ ...claimed, [Symbol.asyncDispose]: async () => {} }, [next])]);
  await taken[Symbol.asyncDispose]();
}
