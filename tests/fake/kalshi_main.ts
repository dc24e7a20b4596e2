/**
 * The fake of the trade API as a program, to play with: `deno task fake:kalshi [--port 8809]`.
 *
 * @module
 */
import { startFakeKalshi } from "./kalshi.ts";

const [option = "--port", value = "8809", ...more] = Deno.args;
const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
if (option !== "--port" || !(port <= 65_535) || more.length > 0) {
  await Deno.stderr.write(new TextEncoder().encode("Usage: deno task fake:kalshi [--port PORT]\n"));
  Deno.exit(2);
}
const fake = await startFakeKalshi({ port });
await Deno.stdout.write(
  new TextEncoder().encode(
    `${fake.url} is up: KALSHI_BASE_URL=${fake.url} ` +
      "deno task ingest --source kalshi --dataset all\n",
  ),
);
