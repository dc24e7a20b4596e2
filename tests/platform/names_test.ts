import * as fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { checkPath } from "../../src/files/place.ts";
import { foldName, isReservedName, nameProblem } from "../../src/platform/names.ts";
import { tryCanonicalTicker } from "../../src/model/ticker.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const DEVICES = ["CON", "PRN", "AUX", "NUL", "COM1", "COM9", "LPT1", "LPT9", "COM¹", "CONIN$"];

Deno.test("what Windows keeps for devices is reserved, whatever stands behind a dot", () => {
  for (const device of DEVICES) {
    for (const name of [device, device.toLowerCase(), `${device}.lock`, `${device} .tar.gz`]) {
      assert(isReservedName(name), name);
      assert(nameProblem(name, "windows") !== undefined, name);
      assertEquals([nameProblem(name, "linux"), nameProblem(name, "darwin")], [
        undefined,
        undefined,
      ]);
    }
  }
  for (const name of ["CONE", "CON1", "COM10", "XNUL", ".con.lock", "LPT", "AUX3.SA"]) {
    assert(!isReservedName(name), name);
    assertEquals(nameProblem(name, "windows"), undefined);
  }
});

Deno.test("characters and ends that Windows does not take are told", () => {
  for (
    const name of ["a:b", "a<b", 'a"b', "a|b", "a?", "*", "a\tb", "a.", "a ", "...", "a\u001f"]
  ) {
    assert(nameProblem(name, "windows") !== undefined, JSON.stringify(name));
    assertEquals(nameProblem(name, "linux"), undefined);
  }
  for (const name of ["a.json", ".a", "..a", "^BVSP.lock", "BRL=X.lock", "São Paulo.csv", ""]) {
    assertEquals(nameProblem(name, "windows"), undefined, name);
  }
  for (const os of ["linux", "darwin", "windows"] as const) {
    assert(nameProblem("a\0b", os) !== undefined);
  }
});

Deno.test("every ticker's lock can have its name on every system", () => {
  const unit = fc.constantFrom(..."ABCLMNOPRTUX019._^=-");
  fc.assert(fc.property(fc.string({ unit, minLength: 1, maxLength: 8 }), (text) => {
    const ticker = tryCanonicalTicker(text);
    if (ticker === undefined) return;
    for (const end of [".lock", ".lock.holder"]) {
      assertEquals(nameProblem(ticker + end, "windows"), undefined, ticker);
    }
  }));
  for (const device of DEVICES) assertEquals(tryCanonicalTicker(`${device}.SA`), undefined, device);
});

Deno.test("no two tickers share a file where upper and lower case are one", () => {
  const unit = fc.constantFrom(..."aAbBsS1.^=");
  const tickers = fc.string({ unit, minLength: 1, maxLength: 4 });
  fc.assert(fc.property(tickers, tickers, (one, other) => {
    const [a, b] = [tryCanonicalTicker(one), tryCanonicalTicker(other)];
    if (a === undefined || b === undefined) return;
    for (const os of ["windows", "darwin"] as const) {
      assertEquals(foldName(a, os) === foldName(b, os), a === b);
    }
  }));
});

Deno.test("spellings of one file have one key where the system takes them for one", () => {
  const [composed, decomposed] = ["Pre\u00e7os.JSON", "prec\u0327os.json"];
  assertEquals(foldName(composed, "darwin"), foldName(decomposed, "darwin"));
  assert(foldName(composed, "windows") !== foldName(decomposed, "windows"));
  assertEquals(foldName("A.lock", "windows"), "a.lock");
  assertEquals([foldName("A.lock", "linux"), foldName(decomposed, "linux")], [
    "A.lock",
    decomposed,
  ]);
});

Deno.test("a file of a name that Windows cannot have is refused there, and only there", () => {
  for (const path of ["data/CON", "nul.json", "ab:c", "data\\aux.txt", "x."]) {
    const error = assertThrows(() => checkPath(path, "windows"), UsageError);
    assertEquals(error.code, "bad_path");
    checkPath(path, "linux");
    checkPath(path, "darwin");
  }
  checkPath("C:\\data\\prices.json", "windows");
  assertThrows(() => checkPath("C:\\data\\", "windows"), UsageError);
});
