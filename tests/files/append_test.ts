import { FileError } from "../../src/files/errors.ts";
import { appendText } from "../../src/files/mod.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { failing, FAILURES, faulty, on, stepsOf } from "./faults.ts";
import { Folder, test } from "./folder.ts";

const LINES = "new one\nnew two";

test("lines are appended whole, each with its newline", async (folder) => {
  const path = folder.at("a.jsonl");
  await appendText(path, "1");
  await appendText(path, "2\n");
  await appendText(path, "3\n4");
  assertEquals(folder.text("a.jsonl"), "1\n2\n3\n4\n");
  const { ino } = Deno.statSync(path);
  await appendText(path, "5");
  assertEquals(Deno.statSync(path).ino, ino);
  assertEquals(folder.names(), [".a.jsonl.lock", "a.jsonl"]);
});

test("an empty text appends nothing, and touches nothing", async (folder) => {
  await appendText(folder.at("x/a"), "");
  assertEquals(folder.names(), []);
});

test("the start of a line that a killed writer left is ended first", async (folder) => {
  const path = folder.put("a.jsonl", '{"run":1}\n{"ru');
  await appendText(path, '{"run":3}');
  assertEquals(folder.text("a.jsonl"), '{"run":1}\n{"ru\n{"run":3}\n');
  folder.put("a.jsonl", "\n");
  await appendText(path, "x");
  assertEquals(folder.text("a.jsonl"), "\nx\n");
});

test("an append is opened for appending, written and synced, and a new file's folder too", async (folder) => {
  const append = () => stepsOf(() => appendText(folder.at("a"), LINES), 10);
  assertEquals(await append(), ["open", "write", "write", "sync", "syncFolder"]);
  assertEquals(await append(), ["open", "write", "write", "sync"]);
  assertEquals(folder.text("a"), "new one\nnew two\n".repeat(2));
});

for (const old of ["old\n", "half a li", undefined]) {
  const what = old === undefined ? "there still is no file" : `${JSON.stringify(old)} stays`;
  Deno.test(`whichever step of an append fails, ${what}`, async () => {
    for (const number of [1, 2, 3, 4]) {
      await using folder = await Folder.create();
      const path = folder.at("a");
      if (old !== undefined) folder.put("a", old);
      const fs = failing(FAILURES.full, number, 10);
      const error = await assertRejects(() => on(fs, () => appendText(path, LINES)), FileError);
      assertEquals([error.code, error.path], ["file_disk_full", path]);
      assertEquals(folder.dataNames(), old === undefined ? [] : ["a"]);
      if (old !== undefined) assertEquals(folder.text("a"), old);
      await appendText(path, "next", { timeoutSeconds: 0 });
    }
  });
}

test("what cannot be taken back is half a line, which the next append ends", async (folder) => {
  const path = folder.put("a", "old\n");
  const fs = faulty({
    before: (step, number) => {
      if (number === 3) throw FAILURES.full();
      if (step === "truncate") throw FAILURES.broken();
    },
    mostPerWrite: 3,
  });
  const error = await assertRejects(() => on(fs, () => appendText(path, LINES)), FileError);
  assertEquals([error.code, folder.text("a")], ["file_disk_full", "old\nnew"]);
  await appendText(path, "next");
  assertEquals(folder.text("a"), "old\nnew\nnext\n");
});

test("a new file whose folder cannot be synced is there, and that is an error", async (folder) => {
  const append = () =>
    on(failing(FAILURES.broken, "syncFolder"), () => appendText(folder.at("a"), LINES));
  const error = await assertRejects(append, FileError);
  assertEquals([error.code, folder.text("a")], ["file_io", "new one\nnew two\n"]);
});
