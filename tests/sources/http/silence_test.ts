import { HostLimiters } from "../../../src/sources/http/host_limiters.ts";
import { Deadline } from "../../../src/sources/http/retry.ts";
import { SourceError } from "../../../src/base/errors.ts";
import { assertEquals, assertInstanceOf } from "../../assert.ts";

Deno.test("a ticker that has not begun does not wait out a silence longer than its patience", async () => {
  let now = 0;
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const limiter = new HostLimiters(clock).limiter("http://example.com", null);
  const { signal } = new AbortController();
  const deadline = new Deadline(120, clock.now);
  limiter.refused(await limiter.take(signal), 600_000);
  const refused = await limiter.take(signal, () => deadline.latest).then(
    () => undefined,
    (error: unknown) => error,
  );
  assertInstanceOf(refused, SourceError);
  assertEquals([refused.code, now], ["rate_limited", 0]);
  now = 500_000;
  assertEquals(await limiter.take(signal, () => deadline.latest), { at: 600_000 });
});
