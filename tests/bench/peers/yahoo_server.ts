/**
 * The fake of Yahoo's chart service in a process of its own, so that it shares no event loop with
 * its clients: prints its address, and ends when its standard input does.
 *
 * @module
 */
import { type FakeYahooOptions, startFakeYahoo } from "../../fake/yahoo.ts";

const options = JSON.parse(Deno.args[0] ?? "{}") as FakeYahooOptions;
await using fake = await startFakeYahoo(options);
await Deno.stdout.write(new TextEncoder().encode(`${fake.url}\n`));
for await (const _ of Deno.stdin.readable);
