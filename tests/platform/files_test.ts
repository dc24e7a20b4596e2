import { fileNumber, type FileNumbers, sameFile } from "../../src/platform/files.ts";
import { assert, assertEquals } from "../assert.ts";

function numbers(over: Partial<FileNumbers>): FileNumbers {
  return { dev: 7, ino: 42, birthtime: new Date(1000), ...over };
}

Deno.test("a file is told from another by volume and index", () => {
  for (const os of ["linux", "darwin", "windows"] as const) {
    assertEquals(fileNumber(numbers({}), os), "7:42");
    assert(sameFile(numbers({}), numbers({}), os));
    assert(!sameFile(numbers({}), numbers({ ino: 43 }), os), os);
    assert(!sameFile(numbers({}), numbers({ dev: 8 }), os), os);
    // A time of creation can be set, or inherited from a file of the same name.
    assert(sameFile(numbers({}), numbers({ birthtime: new Date(2000) }), os));
  }
});

Deno.test("without an index, Windows has the time at which a file was made", () => {
  for (const ino of [null, 0]) {
    const [one, other] = [numbers({ ino }), numbers({ ino, birthtime: new Date(2000) })];
    assertEquals(fileNumber(one, "windows"), "7@1000");
    assert(sameFile(one, one, "windows"));
    assert(!sameFile(one, other, "windows"));
    const unknown = numbers({ ino, birthtime: null });
    assertEquals(fileNumber(unknown, "windows"), undefined);
    assert(sameFile(unknown, unknown, "windows"));
  }
  assertEquals(fileNumber(numbers({ ino: null }), "linux"), undefined);
});
