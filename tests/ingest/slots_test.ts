import * as fc from "fast-check";
import { Slots } from "../../src/ingest/slots.ts";
import { assert, assertEquals } from "../assert.ts";

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("property: never more than the count at once, and in the order of asking", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(3), { maxLength: 20 }),
      async (count, gives) => {
        const slots = new Slots(count);
        const held: Disposable[] = [];
        const order: number[] = [];
        let most = 0;
        for (const [index, give] of gives.entries()) {
          slots.take().then((slot) => {
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
  const slots = new Slots(1);
  const first = await slots.take();
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  const second = await slots.take();
  let third = false;
  const waiting = slots.take().then((slot) => {
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

Deno.test("without a bound nobody waits", async () => {
  const slots = new Slots(Infinity);
  const taken = await Promise.all(Array.from({ length: 1000 }, () => slots.take()));
  for (const slot of taken) slot[Symbol.dispose]();
  using _slot = await slots.take();
});
