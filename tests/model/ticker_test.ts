import * as fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import {
  canonicalTicker,
  listedTickers,
  MAX_TICKER_LENGTH,
  tryCanonicalTicker,
} from "../../src/model/ticker.ts";
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
    "con": "CON",
    "nul.sa": "NUL.SA",
    "m&m.ns": "M&M.NS",
    "btc/usdt": "BTC/USDT",
    "btc/usdt:usdt": "BTC/USDT:USDT",
    "BVMF:petr4": "BVMF:PETR4",
    " brk b ": "BRK B",
    "AAPL  240119C00100000": "AAPL  240119C00100000",
    "a/../b": "A/../B",
    "#aapl": "#AAPL",
    "$spx": "$SPX",
    "es1!": "ES1!",
    "at&t's": "AT&T'S",
    "5%": "5%",
    "币安人生usdt": "币安人生USDT",
    "ação": "AÇÃO",
    // Decomposed.
    "ac\u0327a\u0303o": "AÇÃO",
    // They have no capital of their own.
    "ß": "ß",
    "ıx": "ıX",
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
    [",", 'no ticker has "," in it'],
    ["A,B", 'no ticker has "," in it'],
    ["A;B", 'no ticker has ";" in it'],
    ['"A"', "no ticker has"],
    ["<html>", "no ticker has"],
    ["A\\B", "no ticker has"],
    ["A\0", "it has U+0000, which cannot be seen"],
    ["A\nB", "it has U+000A,"],
    ["A\tB", "it has U+0009,"],
    ["A\u00a0B", "it has U+00A0,"],
    ["A\u202eB", "it has U+202E,"],
    ["A\u200bB", "it has U+200B,"],
    ["A\u00adB", "it has U+00AD,"],
    ["A\ufe0f", "it has U+FE0F,"],
    ["\u3164", "it has U+3164,"],
    ["A\ud800", "it has U+D800,"],
    ["???", "no letter or digit"],
    ["-", "no letter or digit"],
    ["/", "no letter or digit"],
    ["ＰＥＴＲ４", 'it has U+FF30, which stands for "P"'],
    ["ﬁ", 'it has U+FB01, which stands for "fi"'],
    ["ſ", "it has U+017F,"],
    ["\u212a", 'it has U+212A, which stands for "K"'],
    ["币".repeat(28), "its lock file would have 252 bytes"],
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
    assert(!/[A-Z]/.test(tryCanonicalTicker(text) ?? ""), text);
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

Deno.test("an odd name stops no list, but a list of none but odd names is refused", () => {
  const { tickers, refused } = listedTickers(["b", "???", "A", "B ", ".x"]);
  assertEquals(tickers, ["B", "A"]);
  assertEquals(refused.map(({ code, details }) => [code, details.ticker]), [
    ["bad_ticker", "???"],
    ["bad_ticker", ".x"],
  ]);
  assertEquals(listedTickers([]), { tickers: [], refused: [] });
  assertThrows(() => listedTickers(["???", ".x"]), UsageError, '"???"');
});

Deno.test("property: any text is a canonical ticker or a UsageError, alike in both functions", () => {
  const texts = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 70 }),
    fc.string({ unit: "binary", maxLength: 10 }),
    fc.string({ unit: fc.constantFrom(..."aZ0._^=-/ &,é"), maxLength: 66 }),
  );
  fc.assert(fc.property(texts, (text) => {
    const tried = tryCanonicalTicker(text);
    if (tried === undefined) {
      assertThrows(() => canonicalTicker(text), UsageError, "is invalid");
      return;
    }
    assertEquals(canonicalTicker(text), tried);
    assertEquals(canonicalTicker(tried), tried);
    assertEquals(tried.toLowerCase(), text.trim().normalize("NFC").toLowerCase());
    assert(tried.length <= 64 && !tried.startsWith(".") && !/[,\p{C}]/u.test(tried));
    assertEquals(tried, tried.trim().normalize("NFC"));
  }));
});
