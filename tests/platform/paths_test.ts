import * as fc from "fast-check";
import { parseDatabase, parsePath } from "../../src/cli/args/parsers.ts";
import { UsageError } from "../../src/base/errors.ts";
import {
  absolutePath,
  configFolder,
  configFolderIn,
  endsInSeparator,
  isAbsolute,
  joinPath,
  pathKey,
  pathProblem,
  splitPath,
  trimFolder,
} from "../../src/platform/paths.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

Deno.test("a file has one key however its real path is spelled", () => {
  // Before it is made, and after.
  assertEquals(pathKey(joinPath("C:\\data", "x.db", "windows"), "windows"), "c:/data/x.db");
  assertEquals(pathKey("C:\\Data\\X.db", "windows"), "c:/data/x.db");
  assertEquals(pathKey("/data/e\u0301.DB", "darwin"), "/data/\u00e9.db");
  assertEquals(pathKey("/data/A\\b.db", "linux"), "/data/A\\b.db");
});

Deno.test("paths of Windows are taken apart at either separator", () => {
  const cases: Record<string, [string, string]> = {
    "prices.db": [".", "prices.db"],
    "data\\prices.db": ["data", "prices.db"],
    "data/prices.db": ["data", "prices.db"],
    "data/x\\prices.db": ["data/x", "prices.db"],
    "C:\\prices.db": ["C:\\", "prices.db"],
    "C:/data/prices.db": ["C:/data", "prices.db"],
    "C:prices.db": ["C:.", "prices.db"],
    "C:data\\prices.db": ["C:data", "prices.db"],
    "\\prices.db": ["\\", "prices.db"],
    "\\\\server\\share\\prices.db": ["\\\\server\\share", "prices.db"],
    "\\\\server\\share\\data\\prices.db": ["\\\\server\\share\\data", "prices.db"],
    "\\\\?\\C:\\data\\prices.db": ["\\\\?\\C:\\data", "prices.db"],
    "C:\\": ["C:\\", ""],
    "data\\": ["data", ""],
  };
  for (const [path, [folder, name]] of Object.entries(cases)) {
    assertEquals(splitPath(path, "windows"), { folder, name }, path);
  }
});

Deno.test("elsewhere a backslash and a colon are characters of a name", () => {
  for (const os of ["linux", "darwin"] as const) {
    assertEquals(splitPath("C:\\prices.db", os), { folder: ".", name: "C:\\prices.db" });
    assertEquals(splitPath("a\\b/c\\d", os), { folder: "a\\b", name: "c\\d" });
    assert(!isAbsolute("C:\\prices.db", os));
    assert(!isAbsolute("\\prices.db", os));
    assertEquals(absolutePath("C:x", os, "/home/ana"), "/home/ana/C:x");
    assert(!endsInSeparator("a\\", os));
  }
});

Deno.test("a path put together again leads to the same file", () => {
  const part = fc.stringMatching(/^[a-z]{1,4}$/);
  const roots = fc.constantFrom("", "C:\\", "C:/", "\\\\server\\share\\", "\\", "\\\\?\\C:\\");
  fc.assert(fc.property(roots, fc.array(part, { minLength: 1 }), (root, parts) => {
    const path = root + parts.join("\\");
    const { folder, name } = splitPath(path, "windows");
    const again = joinPath(folder, name, "windows");
    const plain = (text: string): string => text.replaceAll("/", "\\").replace(/^\.\\/, "");
    assertEquals(plain(again), plain(path));
    if (root.startsWith("\\\\?")) assert(!again.includes("/"), again);
  }));
  fc.assert(fc.property(fc.constantFrom("", "/"), fc.array(part, { minLength: 1 }), (root, all) => {
    const path = root + all.join("/");
    const { folder, name } = splitPath(path, "linux");
    assertEquals(joinPath(folder, name, "linux").replace(/^\.\//, ""), path);
  }));
});

Deno.test("folders lose their last separators, roots do not", () => {
  const windows = ["C:\\", "C:\\data\\\\", "data/", "\\\\server\\share\\", "\\"];
  assertEquals(windows.map((path) => trimFolder(path, "windows")), [
    "C:\\",
    "C:\\data",
    "data",
    "\\\\server\\share",
    "\\",
  ]);
  assertEquals(["/", "/a//", "a/", "a\\"].map((path) => trimFolder(path, "linux")), [
    "/",
    "/a",
    "a",
    "a\\",
  ]);
});

Deno.test("what counts from the working folder is told from what does not", () => {
  assertEquals(absolutePath("data\\x.db", "windows", "C:\\srv"), "C:\\srv/data\\x.db");
  for (const path of ["C:\\x.db", "c:/x.db", "\\\\server\\share\\x.db", "/x.db", "C:x.db"]) {
    assertEquals(absolutePath(path, "windows", "D:\\srv"), path);
  }
  assert(!isAbsolute("C:x.db", "windows"));
  assertEquals(absolutePath("/x.db", "linux", "/srv"), "/x.db");
});

Deno.test("options take paths of Windows, and refuse its devices there", () => {
  const good = [
    "C:\\data\\prices.db",
    "\\\\server\\share\\prices.db",
    "\\\\?\\C:\\very\\long\\prices.db",
    "data\\prices.db",
    "..\\prices.db",
    ".\\prices.db",
    "C:prices.db",
    "cotahist\\*.zip",
    "-",
  ];
  for (const path of good) {
    assertEquals(parsePath(path, "--db", "windows"), path);
    assertEquals(parseDatabase(path, "--db"), path);
  }
  for (
    const path of ["NUL", "data\\con.db", "C:\\aux\\prices.db", "prices.db:stream", "data.\\x"]
  ) {
    assert(pathProblem(path, "windows") !== undefined, path);
    const error = assertThrows(() => parsePath(path, "--db", "windows"), UsageError);
    assertEquals(error.code, "bad_value");
    assertEquals(parsePath(path, "--db", "linux"), path);
  }
  assertThrows(() => parseDatabase("file:C:/data/prices.db", "--db"), UsageError);
});

Deno.test("a user's folder of configuration is that of the variable where it is absolute", () => {
  assertEquals(configFolder("/home/me", "/srv/conf/"), "/srv/conf");
  for (const given of [undefined, "", "conf"]) {
    assertEquals(configFolder("/home/me", given), "/home/me/.config");
  }
  const folder = (os: "linux" | "darwin" | "windows", env: Readonly<Record<string, string>>) =>
    configFolderIn((name) => env[name], os);
  for (const os of ["linux", "darwin"] as const) {
    assertEquals(folder(os, { HOME: "/home/me" }), "/home/me/.config");
    assertEquals(folder(os, { HOME: "/home/me", XDG_CONFIG_HOME: "/srv/conf" }), "/srv/conf");
    assertEquals(folder(os, { XDG_CONFIG_HOME: "/srv/conf" }), "/srv/conf");
    assertEquals(folder(os, {}), undefined);
    assertEquals(folder(os, { HOME: "", XDG_CONFIG_HOME: "conf" }), undefined);
  }
  assertEquals(folder("windows", { APPDATA: "C:\\Me", HOME: "/x" }), "C:\\Me");
  assertEquals(folder("windows", { HOME: "/x" }), undefined);
});
