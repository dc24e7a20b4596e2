import { TickerlockError, UsageError } from "../../src/base/errors.ts";
import { FileError, fileError } from "../../src/files/errors.ts";
import { systemCode } from "../../src/platform/errors.ts";
import { assert, assertEquals, assertInstanceOf, assertStringIncludes, fail } from "../assert.ts";
import { Folder } from "./folder.ts";
import { SYSTEM, type System, testNeeding } from "../system.ts";

async function thrownBy(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return fail("nothing was thrown");
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  const error = fileError("read", "x", await thrownBy(work));
  assertInstanceOf(error, FileError);
  assert(error.hint !== undefined && error.hint.length > 10);
  assertEquals(error.exitCode, 1);
  assertEquals(error.path, "x");
  assertEquals(error.details.path, "x");
  assertStringIncludes(error.message, 'cannot read "x": ');
  return error.code;
}

testNeeding("links", "what the runtime really throws gets its own code", async () => {
  await using folder = await Folder.create();
  const file = folder.put("file", "");
  Deno.symlinkSync("loop", folder.at("loop"));
  assertEquals(await codeOf(() => Deno.readFile(folder.at("none"))), "file_not_found");
  assertEquals(await codeOf(() => Deno.readFile(`${file}/below`)), "file_not_found");
  assertEquals(await codeOf(() => Deno.readFile(folder.path)), "file_not_regular");
  assertEquals(await codeOf(() => Deno.readFile(folder.at("loop"))), "file_io");
  const long = folder.at("n".repeat(256));
  assertEquals(await codeOf(() => Deno.readFile(long)), "file_name_too_long");
});

Deno.test({
  name: "a right that the program does not have is a matter of permission",
  permissions: { read: false },
  fn: async () => {
    assertEquals(await codeOf(() => Deno.readFile("/etc/passwd")), "file_permission");
    const error = fileError("write", "x", await thrownBy(() => Deno.readFile("/etc/passwd")));
    assertStringIncludes(error.hint ?? "", "--allow-write");
  },
});

// Numbers as errno(3) and winerror.h have them.
const NUMBERS: Readonly<Record<string, Readonly<Partial<Record<System, number>>>>> = {
  ENOSPC: { linux: 28, darwin: 28, windows: 112 },
  EDQUOT: { linux: 122, darwin: 69, windows: 1295 },
  EFBIG: { linux: 27, darwin: 27 },
  EROFS: { linux: 30, darwin: 30, windows: 19 },
  ENAMETOOLONG: { linux: 36, darwin: 63, windows: 206 },
};

Deno.test("failures are told apart by code, and by number where Deno gives no code", () => {
  const coded = (code: string) => Object.assign(new Error("Something"), { code });
  const codes: Record<string, FileError["code"]> = {
    ENOSPC: "file_disk_full",
    EDQUOT: "file_disk_full",
    EFBIG: "file_disk_full",
    EROFS: "file_permission",
    ENAMETOOLONG: "file_name_too_long",
  };
  for (const [system, code] of Object.entries(codes)) {
    const here = NUMBERS[system]?.[SYSTEM];
    const numbered = here === undefined ? [] : [new Error(`Something (os error ${here})`)];
    for (const error of [coded(system), ...numbered]) {
      assertEquals(systemCode(error), system);
      const found = fileError("write", "a.json", error);
      assertEquals([found.code, found.cause], [code, error]);
      assertStringIncludes(found.message, 'cannot write "a.json": ');
    }
    for (const os of ["linux", "darwin", "windows"] as const) {
      const number = NUMBERS[system]?.[os];
      if (number === undefined) continue;
      assertEquals(systemCode(new Error(`Something (os error ${number})`), os), system, os);
    }
  }
  for (const [code, expected] of [["EPERM", "file_permission"], ["EACCES", "file_permission"]]) {
    assertEquals(fileError("write", "a", coded(code ?? "")).code, expected ?? "");
  }
});

Deno.test("what nobody foresaw is file_io with the system's own words", () => {
  const found = fileError("write", "a.json", new Error("Input/output error (os error 5)"));
  assertEquals(found.code, "file_io");
  assertStringIncludes(found.message, "Input/output error");
  assertEquals(fileError("write", "a.json", "words").message, 'cannot write "a.json": words');
  assertEquals(systemCode("ENOSPC"), undefined);
});

Deno.test("an error of this project stays what it is", () => {
  const error = new UsageError("bad_path", "x");
  assertEquals(fileError("write", "a", error), error as TickerlockError);
});
