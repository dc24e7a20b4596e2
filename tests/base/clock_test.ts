import { systemClock } from "../../src/base/clock.ts";
import { assert, assertRejects } from "../assert.ts";

Deno.test("the machine's clock tells the time, and goes on where the machine's time is set back", () => {
  const real = Date.now;
  const before = systemClock.now();
  assert(Math.abs(before - real()) < 60_000);
  try {
    Date.now = () => real() - 3_600_000;
    assert(systemClock.now() >= before);
  } finally {
    Date.now = real;
  }
});

Deno.test("a sleep ends, and a stopped one at once with the signal's reason and without a timer", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  await systemClock.sleep(1, signal);
  const reason = new Error("stop");
  const sleep = systemClock.sleep(86_400_000, signal);
  controller.abort(reason);
  assert(await assertRejects(() => sleep, Error) === reason);
  assert(await assertRejects(() => systemClock.sleep(86_400_000, signal), Error) === reason);
});
