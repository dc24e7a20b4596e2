/**
 * Brings the source's data into a database, twice, and reads the log. Prints JSON Lines.
 *
 * @module
 */
import { ingest, openLogs } from "@tickerlock/tickerlock";
import { ratesSource } from "./rates.ts";
import { KEY, startService } from "./service.ts";

function print(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

await using service = startService();
const source = ratesSource(KEY);
const network = { baseUrl: `http://127.0.0.1:${service.addr.port}/v1`, backoffMs: 10 };

print(await source.test({ files: [], network, signal: AbortSignal.timeout(60_000) }));

for (const tickers of [["EURBRL", "XXXBRL"], ["eurbrl"]]) {
  const report = await ingest({ source, tickers, network, db: "rates.db", lockDir: "locks" });
  for (const { ticker, status, rowsInserted, rowsUnchanged, requests, error } of report.results) {
    print({ ticker, status, rowsInserted, rowsUnchanged, requests, error: error?.message });
  }
}

await using logs = await openLogs("rates.db");
for (const { ticker, runs, failures, rejects } of await logs.statistics({})) {
  print({ ticker, runs, failures, rejects });
}
