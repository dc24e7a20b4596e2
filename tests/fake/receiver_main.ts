/**
 * The fake receiver as a program, to play with: `deno task fake:receiver`. It prints what it is sent. Its
 * options are those of `fake_program.ts`.
 *
 * @module
 */
import { runFakeProgram } from "./fake_program.ts";
import { FAULTS, startFakeReceiver } from "./receiver.ts";

await runFakeProgram({
  task: "fake:receiver",
  port: 8811,
  faults: FAULTS,
  settings: [],
  start: async (port, asked) => {
    const receiver = await startFakeReceiver({ port, fault: asked.at(-1)?.name ?? null });
    receiver.onMessage = async ({ method, target, body }) => {
      const text = `${method} ${target}\n${body}\n\n`;
      await Deno.stdout.write(new TextEncoder().encode(text));
    };
    const { url } = receiver;
    return `${url} is up: TICKERLOCK_NOTIFY=${url} deno task ingest NOPE.SA`;
  },
});
