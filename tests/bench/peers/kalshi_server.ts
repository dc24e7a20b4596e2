/**
 * The fake of Kalshi's trade API in a process of its own, so that it shares no event loop with
 * its clients: prints its address, and ends when its standard input does. Nothing in it is in
 * the archive, so that every market is on `/markets`.
 *
 * @module
 */
import { type FakeKalshiOptions, startFakeKalshi } from "../../fake/kalshi.ts";

const options = JSON.parse(Deno.args[0] ?? "{}") as FakeKalshiOptions;
await using fake = await startFakeKalshi(options);
fake.setCutoff(0);
await Deno.stdout.write(new TextEncoder().encode(`${fake.url}\n`));
for await (const _ of Deno.stdin.readable);
