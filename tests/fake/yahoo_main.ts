/**
 * The fake of the chart service as a program, to play with: `deno task fake:yahoo [--port 8808]`.
 *
 * @module
 */
import { startFakeYahoo } from "./yahoo.ts";

const [option = "--port", value = "8808", ...more] = Deno.args;
const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
if (option !== "--port" || !(port <= 65_535) || more.length > 0) {
  await Deno.stderr.write(new TextEncoder().encode("Usage: deno task fake:yahoo [--port PORT]\n"));
  Deno.exit(2);
}
const fake = await startFakeYahoo({ port });
await Deno.stdout.write(
  new TextEncoder().encode(
    `${fake.url} is up: YAHOO_BASE_URL=${fake.url} deno task ingest --ticker PETR4.SA\n`,
  ),
);
