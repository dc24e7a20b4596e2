import { leapsIn, partedByLeaps } from "../../../../src/store/sqlite/backup/clock_leaps.ts";
import { assertEquals } from "../../../assert.ts";
import { DAY_MS } from "../../../set_clock.ts";

/** Days after some day on which something was noted, and those that follow a leap. */
const CASES: Readonly<
  Record<string, readonly [days: readonly number[], leaps: readonly number[]]>
> = {
  "nothing": [[], []],
  "one time": [[3], []],
  "every day": [[0, 1, 2, 3], []],
  "40 days ahead for a night": [[0, 40], [40]],
  "40 days ahead for three nights": [[0, 1, 2, 42, 43, 44], [42]],
  "until as much time has passed": [[0, 1, 2, 42, 52, 62, 72, 82], []],
  "on weekdays, before the second weekend": [[0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14], []],
  "every week, by then": [[0, 7, 14, 21], []],
  "a pause long ago is no measure": [
    [0, 40, ...Array.from({ length: 200 }, (_, day) => 41 + day), 270],
    [270],
  ],
  "a clock that began in the past, and one that is ahead": [[-2000, -1999, 0, 1, 2, 42], [0, 42]],
};

for (const [name, [days, leaps]] of Object.entries(CASES)) {
  Deno.test(`leaps of time: ${name}`, () => {
    const ms = (some: readonly number[]): number[] => some.map((day) => day * DAY_MS);
    assertEquals(leapsIn(ms(days).toReversed()), ms(leaps));
  });
}

Deno.test("what a leap parts keeps its order", () => {
  const all = [44, 42, 2, 1];
  assertEquals(partedByLeaps(all, (each) => each, [42]), [[44, 42], [2, 1]]);
  assertEquals(partedByLeaps(all, (each) => each, []), [all]);
});
