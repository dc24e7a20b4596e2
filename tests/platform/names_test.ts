import * as fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { checkPath } from "../../src/files/place.ts";
import {
  escapeName,
  foldName,
  isReservedName,
  nameProblem,
  unescapeName,
} from "../../src/platform/names.ts";
import { tickerTarget } from "../../src/lock/target.ts";
import { lockNameOf } from "../../src/lock/inspect.ts";
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
  const unit = fc.constantFrom(..."ABCLMNOPRTUX019._^=-&/: %$");
  const device = fc.constantFrom(...DEVICES);
  const end = fc.constantFrom("", ".SA", ".", " .X", ":X");
  const texts = fc.oneof(
    fc.string({ unit, minLength: 1, maxLength: 8 }),
    fc.tuple(device, end).map((parts) => parts.join("")),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  );
  fc.assert(fc.property(texts, (text) => {
    const ticker = tryCanonicalTicker(text);
    if (ticker === undefined) return;
    for (const suffix of [".lock", ".lock.holder"]) {
      const name = tickerTarget(ticker).fileName.replace(".lock", suffix);
      assertEquals(nameProblem(name, "windows"), undefined, ticker);
      assert(!/[/\\]/.test(name) && new TextEncoder().encode(name).length <= 255, name);
    }
  }));
});

Deno.test("no two tickers share a file, also where upper and lower case are one", () => {
  // Few characters, so that many pairs nearly meet: what is escaped, and what an escape looks like.
  const unit = fc.constantFrom(..."aAbB26sS1.^=%&/ é", "É", "e\u0301", "ß", "ı", "I", "币");
  const near = fc.string({ unit, minLength: 1, maxLength: 4 });
  const device = fc.constantFrom(
    "CON",
    "%43ON",
    "con.x",
    "%43on.x",
    "CON ",
    "NUL",
    "%4EUL",
    "4EUL",
  );
  const names = fc.oneof(near, device, fc.string({ unit: "grapheme", maxLength: 4 }));
  fc.assert(
    fc.property(names, names, (one, other) => {
      const [a, b] = [tryCanonicalTicker(one), tryCanonicalTicker(other)];
      if (a === undefined || b === undefined) return;
      const [fileOfA, fileOfB] = [a, b].map((name) => tickerTarget(name).fileName);
      for (const os of ["linux", "windows", "darwin"] as const) {
        assertEquals(foldName(fileOfA ?? "", os) === foldName(fileOfB ?? "", os), a === b);
        // The name can be told from the file.
        assertEquals(lockNameOf(fileOfA ?? "", os), a);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a name that is plain is its own file's", () => {
  for (const plain of ["PETR4.SA", "^BVSP", "BRL=X", "BRK-B", "_A.", "007"]) {
    assertEquals([escapeName(plain), unescapeName(plain)], [plain, plain]);
  }
  assertEquals(unescapeName("%"), undefined);
  assertEquals(unescapeName("%FF"), undefined);
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
