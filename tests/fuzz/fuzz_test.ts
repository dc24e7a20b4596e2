import { assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { fuzz, randomOf } from "./fuzz.ts";
import { PARSERS } from "./parsers.ts";

/** Inputs of a parser, of which `deno task fuzz` has 100,000: all of them take less than a minute. */
const INPUTS = 10_000;
const INPUTS_OF_SLOW = 200;

for (const [name, parser] of Object.entries(PARSERS)) {
  Deno.test(`any text is read, or is an error of the program's own: ${name}`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    await fuzz(name, parser, seed, parser.isSlow === true ? INPUTS_OF_SLOW : INPUTS);
  });
}

Deno.test("a fault is told with seed, number and text, and the seed makes it again", async () => {
  const seen: string[] = [];
  const broken = {
    seeds: ["abc"],
    read: (text: string) => {
      seen.push(text);
      if (text.length > 20) throw new TypeError("too long for it");
    },
  };
  const first = await assertRejects(() => fuzz("broken", broken, 7, 1000), Error);
  const count = seen.length;
  assertStringIncludes(first.message, `broken, seed 7, input ${count - 1}: `);
  assertStringIncludes(first.message, "TypeError: too long for it");
  const again = await assertRejects(() => fuzz("broken", broken, 7, 1000), Error);
  assertEquals(again.message.split("\n")[0], first.message.split("\n")[0]);
  assertEquals(seen.slice(count), seen.slice(0, count));
});

Deno.test("a seed stands for its numbers", () => {
  const [one, two, other] = [randomOf(1), randomOf(1), randomOf(2)];
  const numbers = Array.from({ length: 100 }, one);
  assertEquals(Array.from({ length: 100 }, two), numbers);
  assertEquals(numbers.every((each) => each >= 0 && each < 1), true);
  assertEquals(new Set([...numbers, ...Array.from({ length: 100 }, other)]).size, 200);
});
