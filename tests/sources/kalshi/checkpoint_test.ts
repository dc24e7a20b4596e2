import * as fc from "fast-check";
import { checkpointText, readCheckpoint } from "../../../src/sources/kalshi/checkpoint.ts";
import { assertEquals } from "../../assert.ts";

const NOW = Date.parse("2026-09-18T22:00:00Z");
const KEPT = {
  query: "dataset=settlements",
  list: "historical",
  cursor: "abc",
  began: NOW / 1000 - 60,
  doneBefore: NOW / 1000 - 86_400,
  savedAtMs: NOW - 1000,
} as const;

const read = (over: object = {}, query: string = KEPT.query, now = NOW) =>
  readCheckpoint(JSON.stringify({ version: 1, ...KEPT, ...over }), query, now);

Deno.test("what was noted comes back, for the same question within an hour", () => {
  const kept = { version: 1 as const, ...KEPT };
  assertEquals(readCheckpoint(checkpointText(KEPT), KEPT.query, NOW), kept);
  assertEquals(read({}, "dataset=settlements series=X"), undefined);
  const stale = { ...kept, cursor: null, list: "live" as const };
  assertEquals(read({}, KEPT.query, NOW + 3_600_000), stale);
  assertEquals(read({ savedAtMs: NOW + 1 }), { ...stale, savedAtMs: NOW + 1 });
});

Deno.test("garbage is as if there were nothing", () => {
  const garbage: (string | null | undefined)[] = [
    null,
    undefined,
    "",
    "null",
    "[]",
    "{",
    '{"version":2}',
  ];
  for (const text of garbage) assertEquals(readCheckpoint(text, "", NOW), undefined);
  const bad = [
    { version: 2 },
    { cursor: 5 },
    { cursor: undefined },
    { list: "other" },
    { began: "1" },
    { began: -1 },
    { doneBefore: 0.5 },
    { savedAtMs: null },
  ];
  for (const over of bad) assertEquals(read(over), undefined, JSON.stringify(over));
  const infinite = checkpointText(KEPT).replace(/"began":\d+/, '"began":1e999');
  assertEquals(readCheckpoint(infinite, KEPT.query, NOW), undefined);
});

Deno.test("a clock that was ahead is not believed: nothing would be asked until that day", () => {
  const ahead = NOW / 1000 + 1;
  assertEquals([read({ began: ahead }), read({ doneBefore: ahead })], [undefined, undefined]);
});

Deno.test("property: any text is read or is nothing, and what is written is read", () => {
  const text = fc.oneof(fc.string(), fc.json({ maxDepth: 3 }));
  fc.assert(fc.property(text, fc.string(), (kept, query) => {
    assertEquals(readCheckpoint(kept, query, NOW), undefined);
  }));
  const checkpoint = fc.record({
    query: fc.string({ unit: "binary" }),
    list: fc.constantFrom("live" as const, "historical" as const),
    cursor: fc.option(fc.string({ unit: fc.constantFrom(..."aZ09+/=_-.~%") })),
    began: fc.nat(NOW / 1000),
    doneBefore: fc.option(fc.nat(NOW / 1000)),
    savedAtMs: fc.integer({ min: NOW - 3_600_000, max: NOW }),
  });
  fc.assert(fc.property(checkpoint, (kept) => {
    const back = readCheckpoint(checkpointText(kept), kept.query, NOW);
    assertEquals(back, { version: 1 as const, ...kept });
  }));
});
