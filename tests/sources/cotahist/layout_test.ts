import { UsageError } from "../../../src/base/errors.ts";
import { FIELDS, wantedOf } from "../../../src/sources/cotahist/layout.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test("markets are let through once each, undocumented ones too", () => {
  assertEquals(wantedOf({ markets: ["010", "020", "010", "021", "030"] }).markets, [
    "010",
    "020",
    "021",
    "030",
  ]);
});

Deno.test("anything but three digits is no market", () => {
  for (const market of ["", "10", "0100", "abc", "01a", " 010", "٠١٠"]) {
    assertEquals(
      assertThrows(() => wantedOf({ markets: [market] }).markets, UsageError).code,
      "bad_market",
      market,
    );
  }
  assertEquals(
    assertThrows(() => wantedOf({ markets: [] }).markets, UsageError).code,
    "bad_market",
  );
});

Deno.test("offsets are the layout's positions less one", () => {
  assertEquals(FIELDS.ticker, { name: "CODNEG", start: 12, length: 12 });
  assertEquals(FIELDS.volume, { name: "QUATOT", start: 152, length: 18 });
  assertEquals(FIELDS.factor, { name: "FATCOT", start: 210, length: 7 });
});
