import * as fc from "fast-check";
import {
  type HostLimiter,
  HostLimiters,
  NoTimeLeftError,
} from "../../../src/sources/http/rate_limit.ts";
import { Pace } from "../../../src/sources/http/pace.ts";
import { HttpClient } from "../../../src/sources/http/client.ts";
import type { Rate } from "../../../src/sources/network.ts";
import { SourceError } from "../../../src/base/errors.ts";
import { Deadline } from "../../../src/sources/http/retry.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../../assert.ts";
import { startHttpServer } from "../../fake/http_server.ts";
import { clientOf, NEVER, SERVICE } from "./client_helpers.ts";
import { FakeClock, settle } from "./fake_clock.ts";

const START = 1_000_000;
const HOUR = 3_600_000;
const HOST = "http://host:80";

function limitersOf() {
  const clock = new FakeClock(START);
  return { clock, limiters: new HostLimiters(clock) };
}

/** Takes a turn, letting as much time go by as it needs; when it came, counted from the start. */
async function takeTurn(clock: FakeClock, limiter: HostLimiter): Promise<number> {
  const turn = limiter.take(NEVER);
  await clock.until(Infinity);
  return (await turn).at - START;
}

Deno.test("the runs of a process share one bucket per host, at once and one after the other", async () => {
  const { clock, limiters } = limitersOf();
  const rate = { count: 2, perMs: 1000 };
  const [first, second, third] = [0, 1, 2].map(() => limiters.limiter(HOST, rate));
  const other = limiters.limiter("http://other:80", rate);
  const given: [string, number][] = [];
  const take = (name: string, limiter: HostLimiter) =>
    limiter.take(NEVER).then(({ at }) => given.push([name, at - START]));
  for (const [name, limiter] of Object.entries({ first, second, other })) take(name, limiter!);
  for (const [name, limiter] of Object.entries({ first, second, third })) take(name, limiter!);
  await clock.until(Infinity);
  assertEquals(given.filter(([name]) => name !== "other"), [
    ["first", 0],
    ["second", 0],
    ["first", 1000],
    ["second", 1000],
    ["third", 2000],
  ]);
  assertEquals(given.filter(([name]) => name === "other"), [["other", 0]]);
  // A run that begins only now.
  assertEquals(await takeTurn(clock, limiters.limiter(HOST, rate)), 2000);
  assertEquals(await takeTurn(clock, limiters.limiter(HOST, rate)), 3000);
});

Deno.test("a refusal of one run silences and slows the others and those that come later", async () => {
  const { clock, limiters } = limitersOf();
  const rate = { count: 4, perMs: 1000 };
  const [first, second] = [limiters.limiter(HOST, rate), limiters.limiter(HOST, rate)];
  first.refused(await first.take(NEVER), 60_000);
  const later = limiters.limiter(HOST, rate);
  assertEquals([second.pausedMs, later.pausedMs], [60_000, 60_000]);
  for (const limiter of [second, later]) {
    const latest = () => START + 59_999;
    const error = await assertRejects(() => limiter.take(NEVER, latest), NoTimeLeftError);
    assertEquals(error.code, "rate_limited");
  }
  assertEquals(limiters.limiter("http://other:80", rate).pausedMs, 0);
  // Half the rate is left to all of them together.
  const times: number[] = [];
  for (const limiter of [later, second, first]) times.push(await takeTurn(clock, limiter));
  assertEquals(times, [60_000, 60_000, 61_000]);
});

Deno.test("the refusals of a burst of several runs count once", async () => {
  const { limiters } = limitersOf();
  const runs = [1, 2, 3].map(() => limiters.limiter(HOST, null));
  const turns = await Promise.all(runs.map((run) => run.take(NEVER)));
  for (const [index, run] of runs.entries()) run.refused(turns[index]!, null);
  assertEquals(runs.map(({ pausedMs }) => pausedMs), [2000, 2000, 2000]);
});

Deno.test("of two rates both are kept while both are in use, then the one alone", async () => {
  const { clock, limiters } = limitersOf();
  const strict = limiters.limiter(HOST, { count: 1, perMs: 60_000 });
  const fast = limiters.limiter(HOST, { count: 10, perMs: 1000 });
  const none = limiters.limiter(HOST, null);
  assertEquals(await takeTurn(clock, strict), 0);
  assertEquals(await takeTurn(clock, fast), 60_000);
  // The strict one has not asked for its minute: it does not count any more.
  assertEquals(await takeTurn(clock, none), 60_000);
  assertEquals(await takeTurn(clock, none), 60_000);
  // What the others have asked counts for the strict one too.
  assertEquals(await takeTurn(clock, strict), 120_000);
});

Deno.test("property: in any period in which a run asks, all together keep within its rate", async () => {
  const rates = fc.array(
    fc.option(
      fc.record({ count: fc.integer({ min: 1, max: 4 }), perMs: fc.integer({ min: 1, max: 900 }) }),
    ),
    { minLength: 2, maxLength: 3 },
  );
  const events = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: 300 }), run: fc.nat(2), stops: fc.boolean() }),
    { maxLength: 25 },
  );
  await fc.assert(fc.asyncProperty(rates, events, async (rates, events) => {
    const { clock, limiters } = limitersOf();
    const runs = rates.map((rate) => limiters.limiter(HOST, rate));
    const given: { at: number; rate: Rate | null }[] = [];
    let expected = 0;
    for (const { wait, run, stops } of events) {
      await clock.until(clock.now() + wait);
      const at = run % runs.length;
      const stop = new AbortController();
      const taken = runs[at]!.take(stop.signal);
      taken.then((turn) => given.push({ at: turn.at, rate: rates[at]! }), () => {});
      // One request gives up, wherever it stands; or has its turn already.
      if (stops) await settle();
      if (stops) stop.abort();
      else expected++;
    }
    await clock.until(Infinity);
    assert(given.length >= expected);
    for (const { at, rate } of given) {
      if (rate === null) continue;
      const near = given.filter((each) => Math.abs(each.at - at) < rate.perMs);
      for (const { at: end } of near.filter((each) => each.at >= at)) {
        const within = near.filter((each) => each.at <= end && each.at > end - rate.perMs);
        assert(within.length <= rate.count, `${within.length} in ${rate.perMs} ms`);
      }
    }
  }));
});

Deno.test("a run that is cancelled while it waits in front does not hold up the one behind", async () => {
  const { clock, limiters } = limitersOf();
  const fast = limiters.limiter(HOST, { count: 1, perMs: 1000 });
  const strict = limiters.limiter(HOST, { count: 1, perMs: HOUR });
  await fast.take(NEVER);
  const [front, back] = [new AbortController(), new AbortController()];
  const refusals = [strict.take(front.signal), strict.take(back.signal)].map((taken) =>
    taken.catch((error) => error)
  );
  const behind = fast.take(NEVER);
  await clock.until(START + 2000);
  const reason = new Error("stop");
  front.abort(reason);
  back.abort(reason);
  assertEquals(await Promise.all(refusals), [reason, reason]);
  assertEquals((await behind).at, START + 2000);
});

Deno.test("a host is forgotten an hour after it was asked, or after the silence that it wanted", async () => {
  const { clock, limiters } = limitersOf();
  const limiter = limiters.limiter(HOST, { count: 2, perMs: 1000 });
  assertEquals(limiter.pausedMs, 0);
  limiter.refused(await limiter.take(NEVER), 2 * HOUR);
  await clock.until(START + HOUR);
  assertEquals(limiter.pausedMs, HOUR);
  // Half the rate is still known when the silence is over.
  assertEquals([await takeTurn(clock, limiter), await takeTurn(clock, limiter)], [
    2 * HOUR,
    2 * HOUR + 1000,
  ]);
  await clock.until(START + 3 * HOUR);
  assertEquals([await takeTurn(clock, limiter), await takeTurn(clock, limiter)], [
    3 * HOUR,
    3 * HOUR + 1000,
  ]);
  await clock.until(START + 4 * HOUR + 1000);
  const times = [await takeTurn(clock, limiter), await takeTurn(clock, limiter)];
  assertEquals(times, [4 * HOUR + 1000, 4 * HOUR + 1000]);
});

Deno.test("a rate whose period is longer than an hour is kept, also for a request that waits", async () => {
  const { clock, limiters } = limitersOf();
  const daily = limiters.limiter(HOST, { count: 1, perMs: 24 * HOUR });
  await daily.take(NEVER);
  const waiting = daily.take(NEVER);
  await clock.until(Infinity);
  assertEquals((await waiting).at, START + 24 * HOUR);
});

Deno.test("what is kept of a host does not grow with its requests", () => {
  const pace = new Pace();
  for (let request = 0; request < 50_000; request++) pace.note(null, START);
  assert(pace.kept <= 20_000, `${pace.kept} moments`);
  // And yet a run with a rate knows what was asked before it came.
  assertEquals(pace.next({ count: 10_000, perMs: 60_000 }, START), START + 60_000);
});

Deno.test("clients of one origin share, whatever their paths; a clock of one's own keeps apart", async () => {
  const came: string[] = [];
  await using server = await startHttpServer(({ path }, reply) => {
    came.push(path);
    return reply.send({ status: 429, headers: { "retry-after": "3600" } });
  });
  const rate = { count: 1, perMs: 1000 };
  const { clock, limiters } = limitersOf();
  const first = clientOf(`${server.url}/a`, { rate }, { clock, limiters });
  const second = clientOf(`${server.url}/b/`, { rate }, { clock, limiters });
  const apart = clientOf(server.url, { rate }, { clock });
  assertEquals((await first.get("/x", {}, { signal: NEVER })).status, 429);
  const request = { signal: NEVER, deadline: { at: START + 120_000 } };
  await assertRejects(() => second.get("/x", {}, request), NoTimeLeftError, "3600 s of silence");
  assertEquals((await apart.get("/x", {}, { signal: NEVER })).status, 429);
  assertEquals(came, ["/a/x", "/x"]);
});

Deno.test("by the machine's clock the clients of a process share one pace", async () => {
  await using server = await startHttpServer((_, reply) =>
    reply.send({ status: 429, headers: { "retry-after": "3600" } })
  );
  const [client, other] = [1, 2].map(() => new HttpClient(SERVICE, { baseUrl: server.url }));
  assertEquals(other?.limiter.pausedMs, 0);
  await client!.get("/x", {}, { signal: NEVER });
  assert((other?.limiter.pausedMs ?? 0) > 3_500_000);
});

Deno.test("a ticker that has not begun does not wait out a silence longer than its patience", async () => {
  let now = 0;
  const clock = {
    now: () => now,
    elapsed: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const limiter = new HostLimiters(clock).limiter("http://example.com", null);
  const { signal } = new AbortController();
  const deadline = new Deadline(120, clock.elapsed);
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
