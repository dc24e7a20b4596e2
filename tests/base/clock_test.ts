import { systemClock } from "../../src/base/clock.ts";
import { assert } from "../assert.ts";

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
