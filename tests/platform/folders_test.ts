import { FileError, readText } from "../../src/files/mod.ts";
import { inspectLock } from "../../src/lock/mod.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { temporaryFolder } from "../store/sqlite/helpers.ts";

// Windows tells less of what is in the way than others do: opening a folder is "access is denied",
// and a path below a file is one that is not there.

/** Puts a function in the place of one of Deno's, until it is disposed. */
function replaced<K extends "readFile" | "lstatSync">(name: K, by: typeof Deno[K]): Disposable {
  const before = Deno[name];
  Deno[name] = by;
  return { [Symbol.dispose]: () => void (Deno[name] = before) };
}

Deno.test("a folder that is read as a file is said to be one, also where that is access denied", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "x");
  using _windows = replaced("readFile", () => {
    return Promise.reject(new Deno.errors.PermissionDenied("Access is denied. (os error 5)"));
  });
  const codeOf = async (path: string) =>
    (await assertRejects(() => readText(path), FileError)).code;
  assertEquals(await codeOf(folder.path), "file_not_regular");
  assertEquals(await codeOf(`${folder.path}/file`), "file_permission");
});

Deno.test("a file in the place of the lock folder is told, also where the lock is just not there", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "x");
  using _windows = replaced("lstatSync", () => {
    throw new Deno.errors.NotFound("The system cannot find the path specified. (os error 3)");
  });
  const { state, problem } = inspectLock("A", { lockDir: `${folder.path}/file` });
  assertEquals(state, "unusable");
  assertStringIncludes(problem ?? "", `${folder.path}/file is not a folder`);
  for (const lockDir of [folder.path, `${folder.path}/none`]) {
    assertEquals(inspectLock("A", { lockDir }).state, "free");
  }
});
