import fc from "fast-check";
import {
  bytesText,
  causeFirst,
  countsText,
  factsText,
  forTerminal,
  grouped,
  lengthOf,
  oneLine,
  percentText,
  plural,
  shellWord,
  spanText,
  visibleLines,
  wrapWords,
} from "../../src/base/text.ts";
import { assertEquals } from "../assert.ts";

Deno.test("whole numbers are grouped as the language's own formatter does", () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (number) => {
    assertEquals(grouped(number), number.toLocaleString("en"));
  }));
  for (const number of [0, 7, 999, 1000, 12_345, 1_234_567, -1000]) {
    assertEquals(grouped(number), number.toLocaleString("en"));
  }
});

Deno.test("a noun is in the plural unless there is one", () => {
  assertEquals([0, 1, 2, 1200].map((number) => plural(number, "row")), [
    "0 rows",
    "1 row",
    "2 rows",
    "1,200 rows",
  ]);
  assertEquals(countsText({ failed: 2, success: 1234 }), "2 failed, 1,234 success");
  assertEquals(countsText({}), "");
});

Deno.test("lengths of time have the units that tell most", () => {
  const cases: [ms: number | null, text: string, span?: string][] = [
    [null, "-"],
    [-5, "0 ms", "0 s"],
    [0, "0 ms", "0 s"],
    [999, "999 ms", "1 s"],
    [999.6, "1.0 s", "1 s"],
    [1000, "1.0 s", "1 s"],
    [59_499, "59.5 s", "59 s"],
    [59_949, "59.9 s", "1 min"],
    [59_950, "1 min", "1 min"],
    [125_000, "2 min 5 s"],
    [3_600_000, "1 h"],
    [11_040_000, "3 h 4 min"],
    [47 * 3_600_000, "47 h"],
    [48 * 3_600_000, "2 days"],
    [53 * 3_600_000, "2 days 5 h"],
  ];
  for (const [ms, text, span = text] of cases) {
    assertEquals(lengthOf(ms), text);
    if (ms !== null) assertEquals(spanText(ms), span);
  }
});

Deno.test("sizes and percentages have one form each", () => {
  const sizes: [bytes: number, text: string][] = [
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [999_949_999, "999.9 MB"],
    [999_950_000, "1.0 GB"],
    [2_500_000_000_000, "2500.0 GB"],
  ];
  for (const [bytes, text] of sizes) assertEquals(bytesText(bytes), text);
  const shares: [share: number, text: string][] = [[0, "0.0 %"], [0.29, "29.0 %"], [
    1 / 3,
    "33.3 %",
  ]];
  for (const [share, text] of shares) assertEquals(percentText(share), text);
  assertEquals(percentText(0.29, 0), "29 %");
  assertEquals([percentText(1), percentText(0.9999), percentText(0.0001)], [
    ...["100.0 %", "99.9 %", "0.1 %"],
  ]);
});

Deno.test("a record is told without the marks of JSON", () => {
  assertEquals(factsText({ "010": 8000, "020": 3 }), "010: 8,000, 020: 3");
  assertEquals(
    factsText([{ path: "a.txt", rows: 1 }, "b.txt", null]),
    "path: a.txt, rows: 1; b.txt; -",
  );
  assertEquals(factsText({ first: "2024-01-02", read: true }), "first: 2024-01-02, read: true");
});

Deno.test("no text can break a line or steer a terminal", () => {
  assertEquals(oneLine("a\r\n  b\tc\x1b[2J\x07\u202e!"), "a b c\ufffd[2J\ufffd!");
  assertEquals(oneLine("São Paulo 東京"), "São Paulo 東京");
});

Deno.test("what nobody can see is shown, in a cell, in lines, on a terminal", () => {
  // The marks of direction, what has no width, tags, blanks that are letters, other ends of lines.
  const hidden =
    "\u00ad\u061c\u200b\u200d\u200e\u202a\u202e\u2028\u2029\u2060\u2066\u2069\u3164\ufeff";
  for (const sign of [...hidden, "\u{e0041}"]) {
    const what = `U+${sign.codePointAt(0)?.toString(16)}`;
    for (const show of [oneLine, visibleLines, forTerminal]) {
      assertEquals(show(`a${sign}b`), "a\ufffdb", what);
    }
  }
  assertEquals(visibleLines("a\n\tb\x1b[31m\x9b\r"), "a\n\tb\ufffd[31m\ufffd\ufffd");
  assertEquals(forTerminal("\r\x1b[Ka\n\x9b31m"), "\r\x1b[Ka\n\ufffd31m");
});

Deno.test("a cause stands before what it is about, and a name of the row is left out", () => {
  const cases: [message: string, subject: string | null, text: string][] = [
    [
      "could not claim W1.SA in x.db: no space left",
      "W1.SA",
      "no space left (could not claim W1.SA in x.db)",
    ],
    ['cannot read "a": it is a folder', null, 'it is a folder (cannot read "a")'],
    ["bad.csv: the record on line 2: open", null, "the record on line 2: open (bad.csv)"],
    ["/data/a.txt has no column date", "A", "has no column date (/data/a.txt)"],
    [
      "C:\\a.txt cannot be read: it is a folder",
      null,
      "cannot be read: it is a folder (C:\\a.txt)",
    ],
    ['file "my data.csv" does not exist', null, 'does not exist (file "my data.csv")'],
    ['ZIP file "a b" is damaged: no end', null, 'is damaged: no end (ZIP file "a b")'],
    ["PETR4.SA is still locked by pid 1", "PETR4.SA", "still locked by pid 1"],
    ["A: HTTP 404: no such page", "A", "HTTP 404: no such page"],
    ["the files have no rows of A", "A", "the files have no rows of A"],
    ["AB has none", "A", "AB has none"],
    ["", null, ""],
  ];
  for (const [message, subject, text] of cases) assertEquals(causeFirst(message, subject), text);
});

Deno.test("words are put on lines of a width, and one that is wider stays whole", () => {
  const words = "one two three seventeen four".split(" ");
  assertEquals(wrapWords(words, 7), ["one two", "three", "seventeen", "four"]);
  assertEquals(wrapWords(words, 9, 4), ["one two", "    three", "    seventeen", "    four"]);
  assertEquals(wrapWords([], 7), [""]);
});

Deno.test("a word of a command line is quoted where a shell would read it otherwise", () => {
  for (const plain of ["PETR4.SA", "^BVSP", "BRL=X", "BTC/USDT", "BVMF:PETR4", "50%"]) {
    assertEquals(shellWord(plain), plain);
  }
  assertEquals(shellWord("M&M.NS"), "'M&M.NS'");
  assertEquals(shellWord("BRK B"), "'BRK B'");
  assertEquals(shellWord("O'NEIL"), "'O'\\''NEIL'");
  assertEquals(shellWord(""), "''");
});
