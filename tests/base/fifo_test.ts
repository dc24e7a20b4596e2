import * as fc from "fast-check";
import { Fifo, KeyedFifo, serial, type Slot } from "../../src/base/fifo.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../assert.ts";

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("property: never more than the count at once, and in the order of asking", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(3), { maxLength: 20 }),
      async (count, gives) => {
        const fifo = new Fifo(count);
        const held: Slot[] = [];
        const order: number[] = [];
        let most = 0;
        for (const [index, give] of gives.entries()) {
          fifo.take().then((slot) => {
            order.push(index);
            held.push(slot);
            most = Math.max(most, held.length);
          });
          await settle();
          for (let i = 0; i < give; i++) held.shift()?.[Symbol.dispose]();
          await settle();
        }
        while (held.length > 0) {
          held.shift()?.[Symbol.dispose]();
          await settle();
        }
        assert(most <= count);
        assertEquals(order, gives.map((_, index) => index));
      },
    ),
  );
});

Deno.test("a slot that is given back twice is one", async () => {
  const fifo = new Fifo(1);
  const first = await fifo.take();
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  const second = await fifo.take();
  let third = false;
  const waiting = fifo.take().then((slot) => {
    third = true;
    return slot;
  });
  first[Symbol.dispose]();
  await settle();
  assertEquals(third, false);
  second[Symbol.dispose]();
  (await waiting)[Symbol.dispose]();
  assertEquals(third, true);
});

Deno.test("without a bound no task waits", async () => {
  const fifo = new Fifo(Infinity);
  const taken = await Promise.all(Array.from({ length: 1000 }, () => fifo.take()));
  for (const slot of taken) slot[Symbol.dispose]();
  using _slot = await fifo.take();
});

Deno.test("each key has a slot of its own, which is gone when no task has or awaits it", async () => {
  const fifo = new KeyedFifo();
  const first = fifo.tryTake("a");
  assert(first !== undefined);
  assertEquals(fifo.tryTake("a"), undefined);
  using _other = fifo.tryTake("b");
  const second = fifo.take("a", {});
  first[Symbol.dispose]();
  assertEquals(fifo.tryTake("a"), undefined);
  (await second)?.[Symbol.dispose]();
  using again = fifo.tryTake("a");
  assert(again !== undefined);
});

Deno.test("who gives up leaves the line to the others", async () => {
  const fifo = new Fifo(1);
  const first = await fifo.take();
  const controller = new AbortController();
  const reason = { why: "enough" };
  const aborted = fifo.take({ signal: controller.signal }).catch((error) => error);
  const late = fifo.take({ timeoutMs: 0 });
  const patient = fifo.take({ timeoutMs: 1e300 });
  controller.abort(reason);
  assertStrictEquals(await aborted, reason);
  assertEquals(await late, undefined);
  first[Symbol.dispose]();
  using turn = await patient;
  assert(turn !== undefined);
  await assertRejects(() => fifo.take({ signal: AbortSignal.abort() }), DOMException);
});

Deno.test("one thing after the other, also after one that failed", async () => {
  const inTurn = serial();
  const first = Promise.withResolvers<string>();
  const order: string[] = [];
  const results = [
    inTurn(() => {
      order.push("first");
      return first.promise;
    }),
    inTurn(() => {
      order.push("second");
      throw new RangeError("second");
    }),
    inTurn(() => {
      order.push("third");
      return "third";
    }),
  ];
  const settled = Promise.allSettled(results);
  await settle();
  assertEquals(order, ["first"]);
  first.resolve("first");
  assertEquals((await settled).map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assertEquals(order, ["first", "second", "third"]);
});
