import * as fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { canonicalTicker, MAX_TICKER_LENGTH, tryCanonicalTicker } from "../../src/model/ticker.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";

Deno.test("a ticker is trimmed and upper-cased, and nothing else", () => {
  const cases: Record<string, string> = {
    "petr4.sa": "PETR4.SA",
    "  VALE3.SA\t\r\n": "VALE3.SA",
    "^bvsp": "^BVSP",
    "brl=x": "BRL=X",
    "BRK-B": "BRK-B",
    "_a.": "_A.",
    "-5": "-5",
    "a..b": "A..B",
    "7": "7",
    "con1": "CON1",
    "console": "CONSOLE",
    "x.con": "X.CON",
    "com": "COM",
    "com10": "COM10",
  };
  for (const [given, expected] of Object.entries(cases)) {
    assertEquals(canonicalTicker(given), expected);
    assertEquals(tryCanonicalTicker(given), expected);
  }
});

Deno.test("what is no ticker is refused with its reason, and never rewritten", () => {
  const cases: [string, string][] = [
    ["", "it is empty"],
    [" \t\n", "it is empty"],
    [".PETR4", "starts with a dot"],
    ["..", "starts with a dot"],
    ["../PETR4", "starts with a dot"],
    ["A/B", "only letters"],
    ["A\\B", "only letters"],
    ["A B", "only letters"],
    ["A\0", "only letters"],
    ["A\nB", "only letters"],
    ["A:B", "only letters"],
    ["Ação", "only letters"],
    ["ＰＥＴＲ４", "only letters"],
    ["CON", "Windows reserves"],
    ["nul.sa", "Windows reserves"],
    ["prn", "Windows reserves"],
    ["aux.x.y", "Windows reserves"],
    ["com1", "Windows reserves"],
    ["LPT0.SA", "Windows reserves"],
  ];
  for (const [given, reason] of cases) {
    const error = assertThrows(() => canonicalTicker(given), UsageError, reason);
    assertEquals([error.code, error.exitCode], ["bad_ticker", 2]);
    assertStringIncludes(error.message, JSON.stringify(given));
    assertEquals(error.details.ticker, given);
    assert(error.hint !== undefined);
    assertEquals(tryCanonicalTicker(given), undefined);
  }
});

Deno.test("letters whose upper case is ASCII do not become another ticker", () => {
  // toUpperCase() makes "SS", "I", "S", "FI" and "K" of them, or leaves the Kelvin sign as it is.
  for (const text of ["ß", "ı", "ſ", "ﬁ", "\u212a"]) {
    assertEquals(tryCanonicalTicker(text), undefined);
    assertThrows(() => canonicalTicker(text), UsageError, "only letters");
  }
});

Deno.test("the longest ticker fits, one more character does not, and a long one is shown cut", () => {
  const longest = "A".repeat(MAX_TICKER_LENGTH);
  assertEquals(canonicalTicker(` ${longest} `), longest);
  const error = assertThrows(() => canonicalTicker(`${longest}B`), UsageError, "65 characters");
  assertStringIncludes(error.message, "64 at most");
  const huge = assertThrows(() => canonicalTicker("X".repeat(10_000)), UsageError);
  assert(huge.message.length < 200);
});

Deno.test("property: any text is a canonical ticker or a UsageError, alike in both functions", () => {
  const texts = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 70 }),
    fc.string({ unit: fc.constantFrom(..."aZ0._^=-/ "), maxLength: 66 }),
  );
  fc.assert(fc.property(texts, (text) => {
    const tried = tryCanonicalTicker(text);
    if (tried === undefined) {
      assertThrows(() => canonicalTicker(text), UsageError, "is invalid");
      return;
    }
    assertEquals(canonicalTicker(text), tried);
    assertEquals(canonicalTicker(tried), tried);
    assertEquals(tried.toLowerCase(), text.trim().toLowerCase());
    assert(/^[A-Z0-9._^=-]{1,64}$/.test(tried) && !tried.startsWith("."));
  }));
});
