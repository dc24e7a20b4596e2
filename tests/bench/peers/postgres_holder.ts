/**
 * Takes a ticker, or waits for it, in a process of its own: prints `waiting`, then the time at which it
 * has it, in milliseconds since 1970. Holds it until its standard input ends.
 *
 * @module
 */
import { uuidV7 } from "../../../src/base/uuid.ts";
import { openStore } from "../../../src/store/open.ts";
import { how } from "../../store/contract_tools.ts";

const [url = "", ticker = ""] = Deno.args;
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

await using store = await openStore(url, { lockDir: "none" });
const job = { jobId: uuidV7(), ticker, attempts: { count: 1 } };
const options = how({ wait: true, timeoutSeconds: 60, onWait: () => say("waiting") });
const [taken] = await store.take([job], options);
if (taken?.taken !== true) throw new Error(`${ticker} was not taken`);
await using _held = taken;
say(String(performance.timeOrigin + performance.now()));
for await (const _ of Deno.stdin.readable);
