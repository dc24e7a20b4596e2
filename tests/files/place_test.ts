import * as fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { FileError } from "../../src/files/errors.ts";
import { isTemporaryNameOf, temporaryName } from "../../src/files/atomic.ts";
import { checkName, checkPath, findPlace } from "../../src/files/place.ts";
import { joinPath } from "../../src/platform/paths.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { needing } from "./folder.ts";

const links = needing("links");
const linksDeviceFiles = needing(["links", "deviceFiles"]);

Deno.test("a temporary name belongs to one file only", () => {
  const name = temporaryName("a.json");
  assert(isTemporaryNameOf("a.json", name), name);
  assert(!isTemporaryNameOf("a", temporaryName("a.json")));
  assert(!isTemporaryNameOf("a", ".a.b.9f86d081.tmp"));
  for (const other of [".a.lock", "a", ".a.tmp", ".a.9f86d08.tmp", ".a.9f86d081.tmp.bak"]) {
    assert(!isTemporaryNameOf("a", other), other);
  }
  const names = fc.string({ unit: fc.constantFrom("a", ".", "0", "é"), minLength: 1 });
  fc.assert(fc.property(names, names, (one, other) => {
    assertEquals(isTemporaryNameOf(one, temporaryName(other)), one === other);
  }));
});

Deno.test("what cannot be the path of a file is refused", () => {
  for (const path of ["", "/", "data/", ".", "..", "data/.", "data/..", "a\0b"]) {
    assertEquals(assertThrows(() => checkPath(path), UsageError).code, "bad_path");
  }
  for (const path of ["a", ".a", "...", "/a", "a/b c"]) checkPath(path, "linux");
  assertThrows(() => checkPath(7 as unknown as string), TypeError, "must be a string");
});

Deno.test("a name may have 241 bytes, so that the temporary one beside it has 255", () => {
  for (const unit of ["n", "é", "价"]) {
    const bytes = new TextEncoder().encode(unit).length;
    const longest = unit.repeat(Math.floor(241 / bytes));
    checkName("x", longest);
    assert(new TextEncoder().encode(temporaryName(longest)).length <= 255);
    const error = assertThrows(() => checkName("x", longest + unit), FileError, "at most 241");
    assertEquals(error.code, "file_name_too_long");
  }
});

function placeOf(path: string): string {
  const place = findPlace(path, "write");
  assertEquals(joinPath(place.folder, place.name), place.path);
  assertEquals([place.asked, place.lockName], [path, `.${place.name}.lock`]);
  return place.path;
}

links.test("a place is where the links lead, whether a file is there or not", async (folder) => {
  await Deno.mkdir(folder.at("sub"));
  const file = folder.put("sub/file", "");
  Deno.symlinkSync("sub/file", folder.at("relative"));
  Deno.symlinkSync(file, folder.at("absolute"));
  Deno.symlinkSync("relative", folder.at("chain"));
  Deno.symlinkSync("sub/new", folder.at("dangling"));
  assertEquals(placeOf(file), file);
  assertEquals(placeOf(folder.at("none")), folder.at("none"));
  assertEquals(placeOf(folder.at("relative")), file);
  assertEquals(placeOf(folder.at("absolute")), file);
  assertEquals(placeOf(folder.at("chain")), file);
  assertEquals(placeOf(folder.at("dangling")), folder.at("sub/new"));
  assertEquals(findPlace("none", "write").path, "none");
});

linksDeviceFiles.test("folders, devices, circles of links and long names are no places", (folder) => {
  Deno.symlinkSync("two", folder.at("one"));
  Deno.symlinkSync("one", folder.at("two"));
  Deno.symlinkSync("n".repeat(242), folder.at("long"));
  Deno.symlinkSync("/dev/null", folder.at("null"));
  const file = folder.put("file", "");
  const bad: Record<string, FileError["code"]> = {
    [folder.path]: "file_not_regular",
    "/dev/null": "file_not_regular",
    [folder.at("null")]: "file_not_regular",
    [folder.at("one")]: "file_io",
    [folder.at("long")]: "file_name_too_long",
    [`${file}/below`]: "file_not_found",
  };
  for (const [path, code] of Object.entries(bad)) {
    const error = assertThrows(() => placeOf(path), FileError, JSON.stringify(path));
    assertEquals([error.code, error.path], [code, path]);
  }
});
