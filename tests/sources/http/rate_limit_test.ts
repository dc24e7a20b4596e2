import * as fc from "fast-check";
import {
  type HostLimiter,
  HostLimiters,
  NoTimeLeftError,
  type Turn,
} from "../../../src/sources/http/rate_limit.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { FakeClock, settle } from "./fake_clock.ts";

const FOREVER = new AbortController().signal;
const START = 1_000_000;

function limiterOf(count: number | null, perMs = 1000) {
  const clock = new FakeClock(START);
  const rate = count === null ? null : { count, perMs };
  return { clock, limiter: new HostLimiters(clock).limiter("http://host", rate) };
}

Deno.test("property: turns come in order, as early as the rate lets them, and never too many", async () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(
      gaps,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 1000 }),
      async (waits, count, perMs) => {
        const { clock, limiter } = limiterOf(count, perMs);
        const arrivals: number[] = [];
        const given: number[] = [];
        const order: number[] = [];
        for (const [index, wait] of waits.entries()) {
          await clock.until(clock.now() + wait);
          arrivals.push(clock.now());
          limiter.take(FOREVER).then(({ at }) => {
            given.push(at);
            order.push(index);
          });
        }
        await clock.until(Infinity);
        assertEquals(order, waits.map((_, index) => index));
        for (const [index, arrival] of arrivals.entries()) {
          const before = given[index - 1] ?? 0;
          const oldest = given[index - count] ?? -Infinity;
          assertEquals(given[index], Math.max(arrival, before, oldest + perMs));
        }
      },
    ),
  );
});

Deno.test("property: what is told to take at least is what the rate lets requests take", async () => {
  const nat = (max: number) => fc.integer({ min: 1, max });
  await fc.assert(
    fc.asyncProperty(nat(5), nat(1000), fc.nat(8), nat(12), async (count, perMs, before, more) => {
      const { clock, limiter } = limiterOf(count, perMs);
      for (let i = 0; i < before; i++) limiter.take(FOREVER);
      await clock.until(Infinity);
      const expected = limiter.leastMs(more);
      const begun = clock.now();
      let last = 0;
      for (let i = 0; i < more; i++) limiter.take(FOREVER).then(({ at }) => void (last = at));
      await clock.until(Infinity);
      assertEquals(expected, last - begun);
    }),
  );
});

Deno.test("what keeps the next request from being made is told, and for how long", async () => {
  const { clock, limiter } = limiterOf(1, 5000);
  assertEquals(limiter.wait, null);
  const turn = await limiter.take(FOREVER);
  const next = limiter.take(FOREVER);
  await clock.until(START + 1000);
  assertEquals(limiter.wait, { reason: "rate", ms: 4000 });
  limiter.refused(turn, 30_000);
  assertEquals(limiter.wait, { reason: "silence", ms: 30_000 });
  await clock.until(Infinity);
  await next;
  assertEquals(limiter.wait, null);
});

Deno.test("property: whatever is refused, never more than the rate begin in any period", async () => {
  const event = fc.record({
    wait: fc.integer({ min: 0, max: 5000 }),
    answer: fc.constantFrom("none", "good", "refused", "later"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      const count = 3;
      const { clock, limiter } = limiterOf(count);
      const given: number[] = [];
      for (const { wait, answer } of events) {
        await clock.until(clock.now() + wait);
        limiter.take(FOREVER).then((turn) => {
          given.push(turn.at);
          if (answer === "good") limiter.answered();
          if (answer === "refused") limiter.refused(turn, null);
          if (answer === "later") limiter.refused(turn, 7000);
        });
      }
      await clock.until(Infinity);
      assertEquals(given.length, events.length);
      for (const [index, at] of given.entries()) {
        assert((given[index + count] ?? Infinity) - at >= 1000);
      }
    }),
  );
});

Deno.test("without a rate nothing waits but for silence", async () => {
  const { clock, limiter } = limiterOf(null);
  const turns = await Promise.all(Array.from({ length: 1000 }, () => limiter.take(FOREVER)));
  assert(turns.every(({ at }) => at === START));
  limiter.refused({ at: START }, 5000);
  const late = limiter.take(FOREVER);
  await clock.until(Infinity);
  assertEquals((await late).at, START + 5000);
});

/** Takes a turn, letting as much time go by as it needs. */
async function turnOf(clock: FakeClock, limiter: HostLimiter): Promise<Turn> {
  const turn = limiter.take(FOREVER);
  await clock.until(Infinity);
  return await turn;
}

Deno.test("silences double while refusals go on, to a minute, and begin anew after an answer", async () => {
  const { clock, limiter } = limiterOf(null);
  const silences: number[] = [];
  for (let refusal = 0; refusal < 8; refusal++) {
    const turn = await turnOf(clock, limiter);
    await clock.until(clock.now() + 100);
    limiter.refused(turn, null);
    silences.push(limiter.pausedMs);
  }
  assertEquals(silences, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  await turnOf(clock, limiter);
  limiter.answered();
  const turn = await turnOf(clock, limiter);
  await clock.until(clock.now() + 100);
  limiter.refused(turn, null);
  assertEquals(limiter.pausedMs, 2000);
});

Deno.test("a time that the service names counts, and a shorter one never shortens it", async () => {
  const { clock, limiter } = limiterOf(null);
  const turn = await limiter.take(FOREVER);
  await clock.until(START + 10);
  limiter.refused(turn, 30_000);
  assertEquals(limiter.pausedMs, 30_000);
  limiter.refused(turn, 1000);
  assertEquals(limiter.pausedMs, 30_000);
  limiter.refused(turn, 40_000);
  assertEquals(limiter.pausedMs, 40_000);
  assertEquals((await turnOf(clock, limiter)).at, START + 40_010);
  assertEquals(limiter.pausedMs, 0);
});

Deno.test("refusals of one burst count once, also those of the same millisecond", async () => {
  for (const later of [0, 50]) {
    const { clock, limiter } = limiterOf(null);
    const burst = await Promise.all(Array.from({ length: 10 }, () => limiter.take(FOREVER)));
    await clock.until(START + later);
    for (const turn of burst) limiter.refused(turn, null);
    assertEquals(limiter.pausedMs, 2000);
  }
});

Deno.test("each refusal halves the rate, to a sixteenth, and answers give it back", async () => {
  const { clock, limiter } = limiterOf(16, 1000);
  /** How many begin at the moment when the next one may. */
  const burst = async (): Promise<number> => {
    await clock.until(clock.now() + 100_000);
    const stop = new AbortController();
    let begun = 0;
    for (let asked = 0; asked < 20; asked++) {
      limiter.take(stop.signal).then(() => begun++, () => {});
    }
    await settle();
    stop.abort();
    await settle();
    return begun;
  };
  const refuse = async (): Promise<void> => {
    await clock.until(clock.now() + 100_000);
    const turn = await limiter.take(FOREVER);
    await clock.until(clock.now() + 1);
    limiter.refused(turn, null);
  };
  const counts = [await burst()];
  for (let refusal = 0; refusal < 6; refusal++) {
    await refuse();
    counts.push(await burst());
  }
  assertEquals(counts, [16, 8, 4, 2, 1, 1, 1]);
  for (let answer = 0; answer < 8; answer++) limiter.answered();
  assertEquals(await burst(), 2);
  for (let answer = 0; answer < 100; answer++) limiter.answered();
  assertEquals(await burst(), 16);
});

Deno.test("where less than one request is left of a period, the period grows", async () => {
  const { clock, limiter } = limiterOf(1, 1000);
  const turn = await limiter.take(FOREVER);
  await clock.until(START + 1);
  limiter.refused(turn, 0);
  assertEquals((await turnOf(clock, limiter)).at, START + 2000);
});

Deno.test("silence beyond the deadline fails at once, also behind others who wait", async () => {
  const { clock, limiter } = limiterOf(1, 1000);
  const turn = await limiter.take(FOREVER);
  limiter.refused(turn, 60_000);
  const patient = limiter.take(FOREVER, () => START + 60_000);
  const error = await assertRejects(
    () => limiter.take(FOREVER, () => START + 59_999),
    NoTimeLeftError,
    "host refuses further requests and wants 60 s of silence",
  );
  assertEquals([error.code, error.retryable, error.details.silentSeconds], [
    "rate_limited",
    true,
    60,
  ]);
  await clock.until(Infinity);
  assertEquals((await patient).at, START + 60_000);
});

Deno.test("a request that waits already fails at once when silence grows beyond the deadline", async () => {
  const { clock, limiter } = limiterOf(1, 1000);
  const turn = await limiter.take(FOREVER);
  const waiting = limiter.take(FOREVER, () => START + 5000);
  const failed = assertRejects(() => waiting, NoTimeLeftError);
  await clock.until(START + 10);
  limiter.refused(turn, 60_000);
  await clock.until(START + 1000);
  await failed;
  assertEquals(clock.now(), START + 1000);
});

Deno.test("who gives up leaves at once, wherever it stands, and the others keep their places", async () => {
  for (const quitter of [1, 2, 3]) {
    const { clock, limiter } = limiterOf(1, 1000);
    await limiter.take(FOREVER);
    const stop = new AbortController();
    const given: [number, number][] = [];
    const reason = new Error("stop");
    let left: unknown;
    for (const number of [1, 2, 3, 4]) {
      const signal = number === quitter ? stop.signal : FOREVER;
      limiter.take(signal).then(({ at }) => given.push([number, at - START]), (e) => left = e);
    }
    await clock.until(START + 500);
    stop.abort(reason);
    await settle();
    assert(left === reason);
    assertEquals(given, []);
    assertEquals(clock.sleeping, 1);
    await clock.until(Infinity);
    const others = [1, 2, 3, 4].filter((number) => number !== quitter);
    assertEquals(given, others.map((number, index) => [number, (index + 1) * 1000]));
  }
});

Deno.test("a signal that is aborted already gets no turn and takes none from others", async () => {
  const { limiter } = limiterOf(1);
  const reason = new Error("stop");
  const thrown = await assertRejects(() => limiter.take(AbortSignal.abort(reason)), Error);
  assert(thrown === reason);
  assertEquals((await limiter.take(FOREVER)).at, START);
});

Deno.test("no listener is left on the signal of those who waited", async () => {
  const { clock, limiter } = limiterOf(1);
  const signal = new AbortController().signal;
  let listening = 0;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const watched = new Proxy(signal, {
    get: (target, name) => {
      if (name === "addEventListener") listening++;
      if (name === "removeEventListener") listening--;
      if (name === "addEventListener") return addEventListener.bind(target);
      if (name === "removeEventListener") return removeEventListener.bind(target);
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const turns = [limiter.take(watched), limiter.take(watched), limiter.take(watched)];
  await clock.until(Infinity);
  await Promise.all(turns);
  // The fake clock keeps its own two.
  assertEquals(listening, 2);
});
