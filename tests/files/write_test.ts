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
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { faulty, on } from "./faults.ts";
import { needing, test } from "./folder.ts";

const modes = needing("modes");
const links = needing("links");

test("what is written is what is there, with the lock beside it and nothing else", async (folder) => {
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

test("property: any text and any JSON come back as they were", async (folder) => {
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

modes.test("a new file is private, a replaced one keeps its mode, and a mode can be asked for", async (folder) => {
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
});

test("bits beyond permissions are refused, before anything is touched", async (folder) => {
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

links.test("a link stays a link, and the file it leads to is written", async (folder) => {
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

test("a missing folder is made, with the ones above it", async (folder) => {
  await writeText(folder.at("x/y/a.txt"), "1");
  await appendText(folder.at("z/a.txt"), "2");
  assertEquals([folder.text("x/y/a.txt"), folder.text("z/a.txt")], ["1", "2\n"]);
});

test("the longest name that is let in can be written", async (folder) => {
  const name = "n".repeat(241);
  await writeText(folder.at(name), "x");
  await appendText(folder.at(name), "y");
  assertEquals(folder.text(name), "x\ny\n");
});

test("a temporary file is made anew, with its mode: no other can have put it there", async (folder) => {
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

test("a write that takes no bytes is an error, not an endless loop", async (folder) => {
  const write = () => on(faulty({ mostPerWrite: 0 }), () => writeText(folder.at("a"), "abc"));
  const error = await assertRejects(write, FileError, "took no bytes");
  assertEquals(error.code, "file_io");
  assertEquals(folder.dataNames(), []);
});

test("what a killed writer left is removed by the next write, and nothing else", async (folder) => {
  folder.put(".a.9f86d081.tmp", "half");
  folder.put(".a.00000000.tmp", "half");
  const others = [".a.b.9f86d081.tmp", ".a.mine.tmp", ".b.9f86d081.tmp", "a.9f86d081.tmp"];
  for (const name of others) folder.put(name, "");
  await writeText(folder.at("a"), "whole");
  assertEquals(folder.dataNames(), [...others, "a"].sort());
});

test("the lock file's own troubles are told in terms of the file", async (folder) => {
  const path = folder.at("a.txt");
  await Deno.mkdir(folder.at(".a.txt.lock"));
  const error = await assertRejects(() => writeText(path, "x"), Error, ".a.txt.lock");
  assertEquals((error as { code?: string }).code, "lock_not_a_file");
  assertEquals(folder.dataNames(), []);
});
