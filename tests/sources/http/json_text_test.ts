import * as fc from "fast-check";
import { elementTexts, memberText } from "../../../src/sources/http/json_text.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("values are cut out as they were written", () => {
  const text = ' { "a" : [ 0.50 , "x\\"]" ,{ "b":[1,{}]}, null,12345678901234567890 ,"\\\\" ] ,' +
    ' "cursor":"c","a\\u0062":1e3 , "twice":1,"twice" :2} ';
  const list = memberText(text, "a")!;
  assertEquals(elementTexts(list), [
    "0.50",
    '"x\\"]"',
    '{ "b":[1,{}]}',
    "null",
    "12345678901234567890",
    '"\\\\"',
  ]);
  assertEquals(
    ["cursor", "ab", "twice", "none"].map((name) => memberText(text, name)),
    ['"c"', "1e3", "2", undefined],
  );
  assertEquals(elementTexts(" [ ] "), []);
  assertEquals([elementTexts("{}"), elementTexts('"["')], [[], []]);
  assertEquals([memberText("[1]", "a"), memberText(" {} ", "a"), memberText("1", "a")], [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("nesting is without a limit", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assertEquals(elementTexts(`[${deep},1]`), [deep, "1"]);
});

Deno.test("property: what is cut out of any JSON says what JSON.parse says", () => {
  const spaces = fc.constantFrom(undefined, 1, "\t", 4);
  fc.assert(fc.property(fc.array(fc.jsonValue({ maxDepth: 4 })), spaces, (values, space) => {
    const texts = elementTexts(JSON.stringify(values, null, space));
    assertEquals(
      texts.map((each) => JSON.stringify(JSON.parse(each))),
      values.map((each) => JSON.stringify(each)),
    );
  }));
  const record = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 4 }), {
    maxKeys: 6,
  });
  fc.assert(fc.property(record, spaces, (members, space) => {
    const text = JSON.stringify(members, null, space);
    const parsed: Record<string, unknown> = JSON.parse(text);
    for (const name of Object.keys(parsed)) {
      assertEquals(
        JSON.stringify(JSON.parse(memberText(text, name)!)),
        JSON.stringify(parsed[name]),
      );
    }
  }));
});
