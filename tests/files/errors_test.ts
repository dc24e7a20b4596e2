import { TickerlockError, UsageError } from "../../src/base/errors.ts";
import { FileError, fileError, ordinary } from "../../src/files/errors.ts";
import { systemCode } from "../../src/platform/errors.ts";
import { assert, assertEquals, assertInstanceOf, assertStringIncludes, fail } from "../assert.ts";
import { needing } from "./folder.ts";

const links = needing("links");

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

links.test("what the runtime really throws gets its own code", async (folder) => {
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

Deno.test("failures are told apart by the system's code", () => {
  const codes: Record<string, FileError["code"]> = {
    ENOSPC: "file_disk_full",
    EDQUOT: "file_quota",
    EBUSY: "file_mounted",
    EXDEV: "file_mounted",
    EFBIG: "file_disk_full",
    EROFS: "file_permission",
    EPERM: "file_permission",
    EACCES: "file_permission",
    ENAMETOOLONG: "file_name_too_long",
  };
  for (const [system, code] of Object.entries(codes)) {
    const error = Object.assign(new Error("Something"), { code: system });
    const found = fileError("write", "a.json", error);
    assertEquals([found.code, found.cause], [code, error]);
    assertStringIncludes(found.message, 'cannot write "a.json": ');
  }
});

Deno.test("what was not foreseen is file_io with the system's own words", () => {
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

Deno.test("what the system refuses is no bug, wherever it was met", () => {
  const refused = (name: string, message: string): Error =>
    Object.assign(new Error(message), { name });
  const cases: [unknown, string | undefined][] = [
    [
      new Deno.errors.PermissionDenied("Permission denied (os error 13): open '/x'"),
      "file_permission",
    ],
    [new Deno.errors.PermissionDenied("Permission denied (os error 13)"), "file_permission"],
    // Of flock(2), on a disk that fails or a share that is gone.
    [refused("Error", "Input/output error (os error 5)"), "file_io"],
    [refused("Error", "No locks available (os error 37)"), "file_io"],
    [refused("ConnectionRefused", "Connection refused (os error 111)"), undefined],
    [new TypeError("undefined is not a function"), undefined],
  ];
  for (const [thrown, code] of cases) {
    const told = ordinary(thrown);
    assertEquals(told instanceof FileError ? told.code : undefined, code, String(thrown));
    if (code === undefined) assertEquals(told, thrown);
  }
});
