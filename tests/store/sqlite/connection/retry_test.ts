import * as fc from "fast-check";
import { retryOnBusy } from "../../../../src/store/sqlite/connection/retry.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { InterruptedError } from "../../../../src/base/errors.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../../../assert.ts";
import { ALL_PAUSES, fakePatience } from "../helpers.ts";

const BUSY = Object.assign(new Error("database is locked"), {
  code: "ERR_SQLITE_ERROR",
  errcode: 5,
});

function busy(): never {
  throw BUSY;
}

Deno.test("pauses double from half a second to five, thirty seconds in all", async () => {
  const fake = fakePatience();
  let tries = 0;
  const error = await assertRejects(
    () =>
      retryOnBusy(() => {
        tries++;
        return busy();
      }, fake.options),
    Error,
  );
  assertStrictEquals(error, BUSY);
  assertEquals(fake.pauses, [...ALL_PAUSES]);
  assertEquals(fake.pauses.reduce((sum, each) => sum + each, 0), 30_000);
  assertEquals(tries, 10);
});

Deno.test("the time that the work itself takes counts", async () => {
  const fake = fakePatience();
  let tries = 0;
  await assertRejects(() =>
    retryOnBusy(() => {
      tries++;
      fake.now += 5000;
      return busy();
    }, fake.options), Error);
  // 5 + 0.5 + 5 + 1 + 5 + 2 + 5 + 4 seconds, then 2.5 that are left, and a last try.
  assertEquals(fake.pauses, [500, 1000, 2000, 4000]);
  assertEquals(tries, 5);
});

Deno.test("work that succeeds at last is done once, and its value comes back", async () => {
  const fake = fakePatience();
  const told: number[] = [];
  let tries = 0;
  const value = await retryOnBusy(() => ++tries < 4 ? busy() : "done", {
    ...fake.options,
    onRetry: (count) => told.push(count),
  });
  assertEquals([value, tries], ["done", 4]);
  assertEquals(told, [1, 2, 3]);
  assertEquals(fake.pauses, [500, 1000, 2000]);
  const first = fakePatience();
  assertEquals(await retryOnBusy(() => undefined, first.options), undefined);
  assertEquals(first.pauses, []);
});

Deno.test("an error that is not busy comes through at once, also after busy ones", async () => {
  const others = [
    new Error("database is locked"),
    Object.assign(new Error("full"), { code: "ERR_SQLITE_ERROR", errcode: 13 }),
    new StoreError("db_full", "m", "x.db", { retryable: true, details: { result_code: 13 } }),
    new InterruptedError("stopped"),
  ];
  for (const other of others) {
    const fake = fakePatience();
    let tries = 0;
    const error = await assertRejects(() =>
      retryOnBusy(() => {
        tries++;
        throw tries === 1 ? other : BUSY;
      }, fake.options), Error);
    assertStrictEquals(error, other);
    assertEquals([tries, fake.pauses], [1, []]);
    const later = await assertRejects(() =>
      retryOnBusy(() => {
        tries++;
        throw tries === 2 ? BUSY : other;
      }, fake.options), Error);
    assertStrictEquals(later, other);
    assertEquals(fake.pauses, [500]);
  }
});

Deno.test("an abort ends the waiting with its own reason, before and in a pause", async () => {
  const reason = new InterruptedError("stopped by SIGTERM");
  const before = fakePatience({ signal: AbortSignal.abort(reason) });
  assertStrictEquals(
    await assertRejects(() => retryOnBusy(busy, before.options), InterruptedError),
    reason,
  );
  assertEquals(before.pauses, []);
  const controller = new AbortController();
  const between = fakePatience({ signal: controller.signal });
  between.onPause = (count) => {
    if (count === 2) controller.abort(reason);
  };
  assertStrictEquals(
    await assertRejects(() => retryOnBusy(busy, between.options), InterruptedError),
    reason,
  );
  assertEquals(between.pauses, [500, 1000]);
});

Deno.test("an abort matters to waiting only: work that succeeds is done", async () => {
  const signal = AbortSignal.abort(new InterruptedError("stopped"));
  assertEquals(await retryOnBusy(() => 7, { signal }), 7);
});

Deno.test("property: never longer than the total, never a pause out of its bounds", async () => {
  const inputs = fc.record({
    totalMs: fc.nat(60_000),
    randoms: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }),
  });
  await fc.assert(fc.asyncProperty(inputs, async ({ totalMs, randoms }) => {
    let next = 0;
    const fake = fakePatience({
      totalMs,
      random: () => randoms[next++ % randoms.length] ?? 0,
    });
    await assertRejects(() => retryOnBusy(busy, fake.options), Error);
    assertEquals(Math.round(fake.now - 1000), totalMs);
    for (const [index, pause] of fake.pauses.slice(0, -1).entries()) {
      const longest = Math.min(5000, 500 * 2 ** index);
      assert(pause >= longest / 2 && pause <= longest);
    }
  }));
});
