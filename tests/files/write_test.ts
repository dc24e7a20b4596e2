import * as fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { type FileSystem, realFileSystem } from "../../src/files/file_system.ts";
import {
  appendText,
  FileError,
  readJson,
  readText,
  writeJson,
  writeText,
} from "../../src/files/mod.ts";
import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "../assert.ts";
import { faulty, on } from "./faults.ts";
import { Folder } from "./folder.ts";
import { has, testNeeding } from "../system.ts";

Deno.test("what is written is what is there, with the lock beside it and nothing else", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a.json");
  await writeText(path, "first\n");
  assertEquals(folder.text("a.json"), "first\n");
  await writeJson(path, { b: 2 });
  assertEquals(folder.text("a.json"), '{\n  "b": 2\n}\n');
  await writeJson(path, { b: 2 }, { indent: 0 });
  assertEquals(folder.text("a.json"), '{"b":2}\n');
  await writeText(path, "");
  assertEquals(folder.text("a.json"), "");
  assertEquals(folder.names(), [".a.json.lock", "a.json"]);
});

Deno.test("property: any text and any JSON come back as they were", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a");
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.jsonValue(), async (text, value) => {
      await writeText(path, text);
      assertEquals(await readText(path), text);
      await writeJson(path, value);
      assertEquals(await readJson(path), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 30 },
  );
});

Deno.test("a reader that has the old file open keeps the old content", async () => {
  await using folder = await Folder.create();
  const path = folder.put("a.txt", "old");
  using open = Deno.openSync(path);
  const before = open.statSync().ino;
  await writeText(path, "new content");
  assertNotEquals(Deno.statSync(path).ino, before);
  const buffer = new Uint8Array(100);
  const count = open.readSync(buffer) ?? 0;
  assertEquals(new TextDecoder().decode(buffer.subarray(0, count)), "old");
});

testNeeding(
  "modes",
  "a new file is private, a replaced one keeps its mode, and a mode can be asked for",
  async () => {
    await using folder = await Folder.create();
    const path = folder.at("a.txt");
    await writeText(path, "1");
    assertEquals(folder.mode("a.txt"), 0o600);
    Deno.chmodSync(path, 0o640);
    await writeText(path, "2");
    assertEquals(folder.mode("a.txt"), 0o640);
    await writeJson(path, 3, { mode: 0o666 });
    assertEquals(folder.mode("a.txt"), 0o666);
    await writeText(folder.at("b.txt"), "", { mode: 0o644 });
    assertEquals(folder.mode("b.txt"), 0o644);
    await appendText(folder.at("c.txt"), "line");
    assertEquals(folder.mode("c.txt"), 0o600);
    Deno.chmodSync(path, 0o444);
    await writeText(path, "replaced all the same");
    assertEquals([folder.text("a.txt"), folder.mode("a.txt")], ["replaced all the same", 0o444]);
  },
);

Deno.test("bits beyond permissions are refused, before anything is touched", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a.txt");
  for (const mode of [-1, 0o1000, 1.5]) {
    await assertRejects(() => writeText(path, "x", { mode }), RangeError, `value is ${mode}`);
    await assertRejects(() => writeJson(path, 1, { mode }), RangeError);
  }
  await assertRejects(() => writeJson(path, 1, { indent: 11 }), RangeError);
  await assertRejects(() => writeJson(path, undefined), UsageError);
  await assertRejects(() => writeText(path, 1 as unknown as string), TypeError);
  assertEquals(folder.names(), []);
});

testNeeding("links", "a link stays a link, and the file it leads to is written", async () => {
  await using folder = await Folder.create();
  await Deno.mkdir(folder.at("real"));
  folder.put("real/a.txt", "old");
  Deno.symlinkSync("real/a.txt", folder.at("link"));
  Deno.symlinkSync("real/new.txt", folder.at("dangling"));
  await writeText(folder.at("link"), "new");
  await writeText(folder.at("dangling"), "made");
  await appendText(folder.at("link"), "more");
  assertEquals(Deno.readLinkSync(folder.at("link")), "real/a.txt");
  assertEquals([folder.text("real/a.txt"), folder.text("real/new.txt")], ["new\nmore\n", "made"]);
  assertEquals(folder.names(), ["dangling", "link", "real"]);
});

Deno.test("a missing folder is made, with the ones above it", async () => {
  await using folder = await Folder.create();
  await writeText(folder.at("x/y/a.txt"), "1");
  await appendText(folder.at("z/a.txt"), "2");
  assertEquals([folder.text("x/y/a.txt"), folder.text("z/a.txt")], ["1", "2\n"]);
});

Deno.test("what is no file is refused and left alone", async () => {
  await using folder = await Folder.create();
  const file = folder.put("file", "x");
  await Deno.mkdir(folder.at("sub"));
  const code = async (path: string): Promise<string> => {
    const one = await assertRejects(() => writeText(path, "new"), FileError);
    const two = await assertRejects(() => appendText(path, "new"), FileError);
    assertEquals(one.code, two.code);
    return one.code;
  };
  assertEquals(await code(folder.at("sub")), "file_not_regular");
  if (has("deviceFiles")) assertEquals(await code("/dev/null"), "file_not_regular");
  assertEquals(await code(`${file}/below`), "file_not_found");
  assertEquals(await code(folder.at("n".repeat(242))), "file_name_too_long");
  assertEquals(folder.names(), ["file", "sub"]);
});

Deno.test("the longest name that is let in can be written", async () => {
  await using folder = await Folder.create();
  const name = "n".repeat(241);
  await writeText(folder.at(name), "x");
  await appendText(folder.at(name), "y");
  assertEquals(folder.text(name), "x\ny\n");
});

Deno.test("a temporary file is made anew, with its mode: nobody can have put it there", async () => {
  await using folder = await Folder.create();
  const opened: Deno.OpenOptions[] = [];
  const fs: FileSystem = {
    ...realFileSystem,
    open: (path, options) => {
      opened.push(options);
      assertMatch(path, /\/\.a\.[0-9a-f]{8}\.tmp$/);
      return realFileSystem.open(path, options);
    },
  };
  await on(fs, () => writeText(folder.at("a"), "abc", { mode: 0o644 }));
  assertEquals(opened, [{ write: true, createNew: true, mode: 0o644 }]);
});

Deno.test("a write that takes no bytes is an error, not an endless loop", async () => {
  await using folder = await Folder.create();
  const write = () => on(faulty({ mostPerWrite: 0 }), () => writeText(folder.at("a"), "abc"));
  const error = await assertRejects(write, FileError, "took no bytes");
  assertEquals(error.code, "file_io");
  assertEquals(folder.dataNames(), []);
});

Deno.test("what a killed writer left is removed by the next write, and nothing else", async () => {
  await using folder = await Folder.create();
  folder.put(".a.9f86d081.tmp", "half");
  folder.put(".a.00000000.tmp", "half");
  const others = [".a.b.9f86d081.tmp", ".a.mine.tmp", ".b.9f86d081.tmp", "a.9f86d081.tmp"];
  for (const name of others) folder.put(name, "");
  await writeText(folder.at("a"), "whole");
  assertEquals(folder.dataNames(), [...others, "a"].sort());
});

Deno.test("the lock file's own troubles are told in terms of the file", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a.txt");
  await Deno.mkdir(folder.at(".a.txt.lock"));
  const error = await assertRejects(() => writeText(path, "x"), Error, ".a.txt.lock");
  assertEquals((error as { code?: string }).code, "lock_not_a_file");
  assertEquals(folder.dataNames(), []);
});
