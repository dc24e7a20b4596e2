import * as fc from "fast-check";
import { readTickersFile } from "../../../../src/cli/commands/ingest/tickers_file.ts";
import { tryCanonicalTicker } from "../../../../src/model/ticker.ts";
import { UsageError } from "../../../../src/base/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../../assert.ts";
import { Folder } from "../../../files/folder.ts";
import { has } from "../../../system.ts";

Deno.test("one ticker a line, whatever the line's end", async () => {
  await using folder = await Folder.create();
  const cases: [string, string[]][] = [
    ["PETR4.SA", ["PETR4.SA"]],
    ["petr4.sa\nVALE3.SA\n", ["petr4.sa", "VALE3.SA"]],
    ["B\r\nA\r\nB\r\n", ["B", "A", "B"]],
    ["A\rB\r", ["A", "B"]],
    ["\ufeffA\nB", ["A", "B"]],
    ["# mine\n\n  A  # the first\n\t\nB\t#x\n#C\n", ["A", "B"]],
    ["XAUUSD# # the name has one\n", ["XAUUSD#"]],
    ["^BVSP\nBRL=X\nBTC-USD\n", ["^BVSP", "BRL=X", "BTC-USD"]],
    ["M&M.NS\nBRK B\nBTC/USDT", ["M&M.NS", "BRK B", "BTC/USDT"]],
    ["A\n???\nA,B\n", ["A", "???", "A,B"]],
  ];
  for (const [text, tickers] of cases) {
    assertEquals(await readTickersFile(folder.put("t.txt", text)), tickers, JSON.stringify(text));
  }
});

Deno.test("a list that is none is refused, with the first value", async () => {
  await using folder = await Folder.create();
  const cases: [string | Uint8Array, string][] = [
    ["A,B\n", 'no line is a ticker: ticker "A,B" is invalid'],
    ["../x\r\n\r\n???\r\n", 'ticker "../x" is invalid'],
    ["A\0B", "U+0000"],
    ["", "has no ticker"],
    ["# nothing\n\n", "has no ticker"],
    [new Uint8Array([65, 10, 255, 254]), "not valid"],
    ["A\n".repeat(5 * 1024 * 1024 + 1), "it is larger than 10 MiB"],
  ];
  for (const [text, words] of cases) {
    const path = folder.put("t.txt", text);
    const error = await assertRejects(() => readTickersFile(path), UsageError);
    assertEquals([error.code, error.exitCode], ["bad_tickers_file", 2]);
    assertStringIncludes(error.message, `--tickers-file ${path}: `);
    assertStringIncludes(error.message, words);
    assert((error.hint ?? "").endsWith("."));
  }
});

Deno.test("a file of the largest size is read", async () => {
  await using folder = await Folder.create();
  const path = folder.put("t.txt", "ABC\n#" + "x".repeat(10 * 1024 * 1024 - 5));
  assertEquals(await readTickersFile(path), ["ABC"]);
});

Deno.test("what is no file, or never ends, is refused", async () => {
  await using folder = await Folder.create();
  const paths = [folder.path, folder.at("missing"), folder.at("a\0b")];
  if (has("deviceFiles")) paths.push("/dev/null", "/dev/zero");
  for (const path of paths) {
    const error = await assertRejects(() => readTickersFile(path), UsageError);
    assertEquals(error.code, "bad_tickers_file");
  }
});

Deno.test("property: any bytes have a ticker among their lines, or are refused", async () => {
  await using folder = await Folder.create();
  const path = folder.at("t.txt");
  const line = fc.oneof(fc.string(), fc.constantFrom("A", "b.sa", "#", "", "A # b", "\ufeff"));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.constantFrom("\n", "\r\n", "\r"), async (lines, end) => {
      Deno.writeTextFileSync(path, lines.join(end));
      try {
        const tickers = await readTickersFile(path);
        assert(tickers.some((each) => tryCanonicalTicker(each) !== undefined));
      } catch (error) {
        assert(error instanceof UsageError);
      }
    }),
  );
});
