import * as fc from "fast-check";
import {
  type HostLimiter,
  HostLimiters,
  NoTimeLeftError,
} from "../../../src/sources/http/rate_limit.ts";
import { paceFileName, SharedPace } from "../../../src/sources/http/shared_pace.ts";
import type { Rate } from "../../../src/sources/network.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { makeTempFolder, removeFolder } from "../../paths.ts";
import { testNeeding } from "../../system.ts";
import { NEVER } from "./client_helpers.ts";
import { FakeClock, settle } from "./fake_clock.ts";

const START = 1_000_000_000;
const HOUR = 3_600_000;
const ORIGIN = "http://host:81";
const FILE = paceFileName("host:81");

/** A folder, a clock, and as many processes as wanted: each knows of the others through the folder alone. */
class Scene implements AsyncDisposable {
  readonly clock = new FakeClock(START);
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Scene> {
    return new Scene(await makeTempFolder("tickerlock_pace_"));
  }

  get path(): string {
    return `${this.folder}/${FILE}`;
  }

  process(rate: Rate | null): HostLimiter {
    return new HostLimiters(this.clock).limiter(ORIGIN, rate, this.folder);
  }

  shared(folder = this.folder): SharedPace {
    return new SharedPace(folder, "host:81", this.clock);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.folder);
  }
}

/** Whether requests that named a rate were, with all others, within it. */
function assertWithin(given: readonly { at: number; rate: Rate | null }[]): void {
  for (const { at, rate } of given) {
    if (rate === null) continue;
    const within = given.filter((each) => each.at <= at && each.at > at - rate.perMs);
    assert(within.length <= rate.count, `${within.length} in ${rate.perMs} ms`);
  }
}

Deno.test("processes that share a folder keep one rate and take turns", async () => {
  await using scene = await Scene.create();
  const rate = { count: 2, perMs: 1000 };
  const given: { at: number; rate: Rate; who: number }[] = [];
  for (const who of [0, 1, 2]) {
    const limiter = scene.process(rate);
    void (async () => {
      for (let i = 0; i < 8; i++) {
        const { at } = await limiter.take(NEVER);
        given.push({ at, rate, who });
      }
    })();
  }
  await scene.clock.until(Infinity);
  assertEquals(given.length, 24);
  assertWithin(given);
  // Nobody waits for more than a round of the others.
  for (const who of [0, 1, 2]) {
    const places = given.flatMap((each, place) => each.who === who ? [place] : []);
    const gaps = places.slice(1).map((place, i) => place - (places[i] ?? 0));
    assert(Math.max(...gaps) <= 3, `${who}: ${places}`);
  }
  // The rate is used up, but for the moments between two looks.
  assert((given.at(-1)?.at ?? 0) < START + 11_500, `${given.at(-1)?.at}`);
});

Deno.test("property: in any period in which a process asks, all together keep within its rate", async () => {
  const rates = fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 4 }), perMs: fc.integer({ min: 50, max: 900 }) }),
    { minLength: 2, maxLength: 3 },
  );
  const events = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: 300 }), run: fc.nat(2), stops: fc.boolean() }),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(rates, events, async (rates, events) => {
      await using scene = await Scene.create();
      const runs = rates.map((rate) => scene.process(rate));
      const given: { at: number; rate: Rate }[] = [];
      let expected = 0;
      for (const { wait, run, stops } of events) {
        await scene.clock.until(scene.clock.now() + wait);
        const at = run % runs.length;
        const stop = new AbortController();
        const taken = runs[at]!.take(stop.signal);
        taken.then((turn) => given.push({ at: turn.at, rate: rates[at]! }), () => {});
        if (stops) await settle();
        if (stops) stop.abort();
        else expected++;
      }
      await scene.clock.until(Infinity);
      assert(given.length >= expected);
      assertWithin(given);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a process that dies while it waits holds the others up for a second at most", async () => {
  await using scene = await Scene.create();
  const rate = { count: 1, perMs: 1000 };
  const [dead, living] = [scene.shared(), scene.shared()];
  assertEquals(await living.take(rate), { waitMs: 0, silentMs: 0 });
  assertEquals(await dead.take(rate), { waitMs: 1000, silentMs: 0 });
  assertEquals(await living.take(rate), { waitMs: 1000, silentMs: 0 });
  await scene.clock.until(START + 1000);
  const { waitMs } = await living.take(rate);
  assert(waitMs > 0 && waitMs <= 15, `${waitMs}`);
  await scene.clock.until(START + 2001);
  assertEquals(await living.take(rate), { waitMs: 0, silentMs: 0 });
});

Deno.test("a refusal of one process silences and slows the others, for an hour at most", async () => {
  await using scene = await Scene.create();
  const rate = { count: 4, perMs: 1000 };
  const [first, second] = [scene.process(rate), scene.process(rate)];
  first.refused(await first.take(NEVER), 60_000);
  const soon = () => START + 59_000;
  const error = await assertRejects(() => second.take(NEVER, soon), NoTimeLeftError);
  assertEquals([error.code, second.pausedMs], ["rate_limited", 60_000]);
  await scene.clock.until(START + 60_000);
  const given: number[] = [];
  const third = scene.process(rate);
  for (const limiter of [second, third, second]) {
    limiter.take(NEVER).then(({ at }) => given.push(at - START));
    await scene.clock.until(scene.clock.now());
  }
  await scene.clock.until(Infinity);
  assertEquals([given.slice(0, 2), (given[2] ?? 0) >= 61_000], [[60_000, 60_000], true]);
  first.refused(await first.take(NEVER), 400 * HOUR);
  const { silentMs } = await scene.shared().take(rate);
  assertEquals(silentMs, HOUR);
});

Deno.test("answers give the rate back in the file as well", async () => {
  await using scene = await Scene.create();
  const limiter = scene.process({ count: 1000, perMs: 1000 });
  limiter.refused(await limiter.take(NEVER), 0);
  const shareOf = (): number => JSON.parse(Deno.readTextFileSync(scene.path)).share;
  assertEquals(shareOf(), 0.5);
  for (let answers = 0; answers < 8; answers++) {
    await scene.clock.until(scene.clock.now() + 1000);
    await limiter.take(NEVER);
    limiter.answered();
  }
  assertEquals(shareOf(), 1);
});

Deno.test("what a file cannot mean is as if it were not there", async () => {
  await using scene = await Scene.create();
  const rate = { count: 1, perMs: 60_000 };
  const good = {
    version: 1,
    begun: [],
    rates: [],
    share: 1,
    refusals: 0,
    slowedAt: null,
    silence: null,
    waiting: [],
  };
  const later = START + 1;
  const cases: unknown[] = [
    "",
    "\0\0\0",
    "{",
    "null",
    "[]",
    {},
    { ...good, share: 0 },
    { ...good, begun: ["x"] },
    { ...good, begun: [later, START + 500 * HOUR] },
    { ...good, rates: [{ count: 1, perMs: 1000, until: START + HOUR }], begun: [] },
    { ...good, silence: { told: later, until: later + HOUR } },
    { ...good, silence: { told: START - 2 * HOUR, until: START + 500 * HOUR } },
    { ...good, slowedAt: later, waiting: [{ id: "x", due: START - 2000 }] },
    { ...good, waiting: [{ id: "x", due: START + 500 * HOUR }] },
  ];
  for (const each of cases) {
    Deno.writeTextFileSync(scene.path, typeof each === "string" ? each : JSON.stringify(each));
    const turn = await scene.shared().take(rate);
    assertEquals(turn, { waitMs: 0, silentMs: 0 }, JSON.stringify(each));
    assertEquals(
      JSON.parse(Deno.readTextFileSync(scene.path)).begun,
      [START],
      JSON.stringify(each),
    );
  }
  // The end of a longer text, behind the line of a writer that was killed.
  Deno.writeTextFileSync(scene.path, `${JSON.stringify({ ...good, begun: [START] })}\n,1,2]}\n`);
  assertEquals((await scene.shared().take(rate)).waitMs, 60_000);
});

Deno.test("a file of another version is left alone", async () => {
  await using scene = await Scene.create();
  const text = JSON.stringify({ version: 2, begun: "elsewhere" });
  Deno.writeTextFileSync(scene.path, text);
  const shared = scene.shared();
  for (let i = 0; i < 3; i++) {
    assertEquals((await shared.take({ count: 1, perMs: HOUR })).waitMs, 0);
  }
  assertEquals(Deno.readTextFileSync(scene.path), text);
});

Deno.test("property: no file stops a run, and none makes it wait beyond what the file's rates can mean", async () => {
  await using scene = await Scene.create();
  const time = fc.oneof(fc.integer({ min: START - 2 * HOUR, max: START + 2 * HOUR }), fc.double());
  const file = fc.record({
    version: fc.constant(1),
    begun: fc.array(time),
    rates: fc.array(fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      perMs: fc.integer({ min: 1, max: 60_000 }),
      until: time,
    })),
    share: fc.double({ min: 1 / 16, max: 1, noNaN: true }),
    refusals: fc.nat(100),
    slowedAt: fc.option(time),
    silence: fc.option(fc.record({ told: time, until: time })),
    waiting: fc.array(fc.record({ id: fc.string(), due: time })),
  });
  await fc.assert(fc.asyncProperty(file, async (file) => {
    Deno.writeTextFileSync(scene.path, JSON.stringify(file));
    const { waitMs } = await scene.shared().take({ count: 1, perMs: 60_000 });
    assert(waitMs >= 0 && waitMs <= HOUR, `${waitMs}`);
  }));
});

Deno.test("without a folder, or with one that cannot be used, each has its own rate", async () => {
  await using scene = await Scene.create();
  const rate = { count: 1, perMs: HOUR };
  for (const folder of [`${scene.folder}/none`, `${scene.folder}/file/x`]) {
    Deno.writeTextFileSync(`${scene.folder}/file`, "");
    for (const shared of [scene.shared(folder), scene.shared(folder)]) {
      assertEquals(await shared.take(rate), { waitMs: 0, silentMs: 0 });
      await shared.refused(0, 1000);
      await shared.answered();
    }
  }
  assertEquals([...Deno.readDirSync(scene.folder)].map(({ name }) => name), ["file"]);
  Deno.mkdirSync(scene.path);
  assertEquals((await scene.shared().take(rate)).waitMs, 0);
});

testNeeding("modes", "what root makes in the folder of another user is that user's", async () => {
  if (Deno.uid() !== 0) return;
  await using scene = await Scene.create();
  Deno.chownSync(scene.folder, 65534, 65534);
  await scene.shared().take({ count: 1, perMs: HOUR });
  const { uid, gid } = Deno.statSync(scene.path);
  assertEquals([uid, gid], [65534, 65534]);
});

testNeeding("links", "a link in the place of the file is not followed", async () => {
  await using scene = await Scene.create();
  Deno.writeTextFileSync(`${scene.folder}/precious`, "precious");
  Deno.symlinkSync(`${scene.folder}/precious`, scene.path);
  assertEquals((await scene.shared().take({ count: 1, perMs: HOUR })).waitMs, 0);
  assertEquals(Deno.readTextFileSync(`${scene.folder}/precious`), "precious");
});

Deno.test("a process that is stopped with the lock in hand does not stop the others", async () => {
  await using scene = await Scene.create();
  const rate = { count: 1, perMs: HOUR };
  const shared = scene.shared();
  await shared.take(rate);
  using held = Deno.openSync(scene.path, { read: true, write: true });
  held.lockSync(true);
  assertEquals(await shared.take(rate), { waitMs: 0, silentMs: 0 });
  held.unlockSync();
  assertEquals((await shared.take(rate)).waitMs, HOUR);
});

Deno.test("a run without a limit leaves no trace where there is none, and is held up where there is", async () => {
  await using scene = await Scene.create();
  const free = scene.process(null);
  for (let i = 0; i < 3; i++) await free.take(NEVER);
  assertEquals(Deno.readTextFileSync(scene.path), "");
  await scene.process({ count: 1, perMs: 1000 }).take(NEVER);
  const taken = free.take(NEVER);
  await scene.clock.until(Infinity);
  assert((await taken).at >= START + 1000);
});
