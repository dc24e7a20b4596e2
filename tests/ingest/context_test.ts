import { timestamp } from "../../src/base/time.ts";
import { begunAt } from "../../src/ingest/context.ts";
import { assert } from "../assert.ts";

Deno.test("a run never begins before its own time stamp, also by parts of a millisecond", () => {
  for (let round = 0; round < 2000; round++) {
    const startedMs = performance.now();
    const startedAt = timestamp();
    while (performance.now() < startedMs + 0.3 * (round % 5));
    assert(begunAt({ startedAt, startedMs }) >= startedAt, `round ${round}`);
  }
});

Deno.test("where the clock was set forward, a run began by the clock as it is now", () => {
  const startedMs = performance.now();
  const before = timestamp();
  const begun = begunAt({ startedAt: "2020-01-01T00:00:00.000Z", startedMs: startedMs + 60_000 });
  assert(begun > before, begun);
});
