import * as fc from "fast-check";
import { elementTexts } from "../../../src/sources/http/json_text.ts";
import { parseEvents, parseMarkets, type Received } from "../../../src/sources/kalshi/schema.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";

function received(text: string): Received {
  return { value: JSON.parse(text), text };
}

const one = (text: string) => parseMarkets([received(text)], "/markets");

Deno.test("only the keys have to be there", () => {
  const { rows: [row], rejects } = one('{"ticker":" A ","event_ticker":"B"}');
  assertEquals(rejects, []);
  const { ticker, eventTicker, raw, ...rest } = row!;
  assertEquals([ticker, eventTicker, raw], ["A", "B", '{"ticker":" A ","event_ticker":"B"}']);
  assert(Object.values(rest).every((each) => each === null));
  const event = parseEvents([received('{"event_ticker":"B"}')], "/events").rows[0]!;
  assertEquals([event.eventTicker, event.mutuallyExclusive], ["B", null]);
});

Deno.test("a decimal is text, or a number as it is written", () => {
  const read = (value: string) => {
    const { rows, rejects } = one(
      `{"ticker":"A","event_ticker":"B","last_price_dollars":${value}}`,
    );
    return rows[0]?.lastPriceDollars ?? rejects[0]?.reason ?? null;
  };
  const good: [string, string | null][] = [
    ['"0.560000"', "0.560000"],
    ['"-1"', "-1"],
    ["0.50", "0.50"],
    ["12", "12"],
    ["12345678901234567890.10", "12345678901234567890.10"],
    ["null", null],
  ];
  for (const [value, expected] of good) {
    assertEquals(read(value), expected, value);
  }
  for (const value of ['"abc"', '""', '"1e3"', "1e-7", '" 1"', "true", "{}", '"1."', '"NaN"']) {
    assertMatch(String(read(value)), /^last_price_dollars is /, value);
  }
});

Deno.test("keys with half characters or invisible ones, empty or endless, are none", () => {
  for (
    const key of ['""', '" "', '"A\\u0000"', '"\\ud800"', '"A\\nB"', `"${"A".repeat(201)}"`, "5"]
  ) {
    const { rows, rejects } = one(`{"ticker":${key},"event_ticker":"B"}`);
    assertEquals([rows.length, rejects.length], [0, 1], key);
    assertMatch(rejects[0]!.reason, /^ticker is /);
  }
});

Deno.test("a key has the signs that keys have, and none that looks like another", () => {
  const read = (key: string) =>
    one(JSON.stringify({ ticker: key, event_ticker: "B" })).rows[0]?.ticker;
  for (const key of ["KXBTC-26SEP18-T70.5", "kx_a", "M&M-1", "A+B", "A/B:C'D%"]) {
    assertEquals(read(key), key);
  }
  for (
    const key of ["A\u202eB", "A\u200bB", "A\u00adB", "Ａ", "é", "A B", "A;B", "A<B", 'A"B', "A\\B"]
  ) {
    assertEquals(read(key), undefined, key);
  }
});

Deno.test("nesting without end is no trouble", () => {
  const deep = "[".repeat(50_000) + "]".repeat(50_000);
  const good = one(`{"ticker":"A","event_ticker":"B","of_tomorrow":${deep}}`);
  assertEquals([good.rows.length, good.rejects.length], [1, 0]);
  const bad = one(`{"ticker":${deep},"event_ticker":"B"}`);
  assertEquals([bad.rows.length, bad.rejects.length, bad.rejects[0]!.raw!.length], [0, 1, 500]);
});

Deno.test("property: what a market is does not depend on how much of the schema has to judge it", () => {
  const field = fc.oneof(
    fc.constantFrom(null, undefined, "0.50", "A", "", "1e3", " 1", "2026-01-02T03:04:05Z"),
    fc.string(),
  );
  const names = ["market_type", "close_time", "volume_fp", "no_ask_dollars", "status", "unknown"];
  const market = fc.dictionary(fc.constantFrom(...names), field);
  fc.assert(fc.property(market, fc.constantFrom("A-1.b_c", "", "é", " A "), (fields, ticker) => {
    const plain = JSON.stringify({ ticker, event_ticker: "B", ...fields });
    // A key with a space around it is for the schema alone, which takes the space away.
    const judged = JSON.stringify({ ticker, event_ticker: " B ", ...fields });
    const [one, two] = [plain, judged].map((text) => parseMarkets([received(text)], "/markets"));
    assertEquals(
      one!.rows.map(({ raw: _, ...row }) => row),
      two!.rows.map(({ raw: _, ...row }) => row),
    );
    assertEquals(
      one!.rejects.map(({ reason }) => reason),
      two!.rejects.map(({ reason }) => reason),
    );
  }));
});

Deno.test("property: any JSON in the place of an object is a row or a reject", () => {
  const names = [
    "ticker",
    "event_ticker",
    "last_price_dollars",
    "volume_fp",
    "close_time",
    "status",
  ];
  const field = fc.constantFrom(...names);
  const near = fc.dictionary(field, fc.oneof(fc.jsonValue(), fc.constantFrom("A", "0.5", 1, null)));
  fc.assert(fc.property(fc.array(fc.oneof(fc.jsonValue(), near)), (objects) => {
    const text = JSON.stringify(objects);
    const texts = elementTexts(text);
    const all = (JSON.parse(text) as unknown[]).map((value, i) => ({ value, text: texts[i]! }));
    for (const parse of [parseMarkets, parseEvents]) {
      const { rows, rejects } = parse(all, "/markets");
      assertEquals(rows.length + rejects.length, objects.length);
      for (const { raw } of rows) assert(texts.includes(raw));
      for (const { code, reason } of rejects) {
        assertEquals([code, reason.length > 0], ["bad_field", true]);
      }
    }
  }));
});

Deno.test("property: decimals are kept character by character", () => {
  fc.assert(fc.property(fc.stringMatching(/^-?(0|[1-9]\d{0,29})(\.\d{1,18})?$/), (text) => {
    for (const value of [JSON.stringify(text), text]) {
      const object = `{"ticker":"A","event_ticker":"B","volume_fp": ${value} }`;
      assertEquals(one(object).rows[0]?.volumeFp, text);
    }
  }));
});
