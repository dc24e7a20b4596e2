import { sleep, sleepSync } from "../../src/base/sleep.ts";
import { assert, assertEquals, assertStrictEquals } from "../assert.ts";

Deno.test("a sleep lasts as long as it was asked for", async () => {
  const started = performance.now();
  await sleep(20);
  sleepSync(20);
  assert(performance.now() - started >= 39);
});

Deno.test("a signal ends a sleep with its reason, also one that was aborted before", async () => {
  const controller = new AbortController();
  const reason = { why: "enough" };
  const sleeping = sleep(60_000, controller.signal).catch((error) => error);
  controller.abort(reason);
  assertStrictEquals(await sleeping, reason);
  assertEquals(await sleep(60_000, controller.signal).catch((error) => error), reason);
});

Deno.test("a sleep that is over listens to its signal no more", async () => {
  const { signal } = new AbortController();
  const removed: string[] = [];
  signal.removeEventListener = (type: string) => void removed.push(type);
  await sleep(1, signal);
  assertEquals(removed, ["abort"]);
});
