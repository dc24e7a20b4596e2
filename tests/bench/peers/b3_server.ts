/**
 * The fake of B3's services with many companies, in a process of its own, so that it shares no event
 * loop with its clients: prints its address, and ends when its standard input does.
 *
 * @module
 */
import { startFakeB3 } from "../../fake/b3.ts";
import { manyCompanies } from "../../fake/b3_world.ts";

const { companies } = JSON.parse(Deno.args[0] ?? "{}") as { readonly companies: number };
await using b3 = await startFakeB3({ companies: manyCompanies(companies), outAtHour: 0 });
await Deno.stdout.write(new TextEncoder().encode(`${b3.url}\n`));
for await (const _ of Deno.stdin.readable);
