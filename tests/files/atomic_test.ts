import { PendingFile, replaceFile } from "../../src/files/atomic.ts";
import { realFileSystem } from "../../src/files/file_system.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { wantedMode } from "../system.ts";
import { needing, test } from "./folder.ts";

const links = needing("links");

const bytes = (text: string) => new TextEncoder().encode(text);

test("a file is written piece by piece, and appears when it is whole", async (folder) => {
  const path = folder.put("a", "old");
  await replaceFile(path, async (write) => {
    await write(bytes("one, "));
    assertEquals(folder.text("a"), "old");
    await write(bytes("two"));
  }, { mode: 0o640 });
  assertEquals([folder.text("a"), folder.mode("a")], ["one, two", wantedMode(0o640)]);
  assertEquals(folder.names(), ["a"]);
});

test("what the content throws leaves everything as it was", async (folder) => {
  const path = folder.put("a", "old");
  const reason = new Error("enough");
  const failing = replaceFile(path, async (write) => {
    await write(bytes("half"));
    throw reason;
  });
  assertEquals(await assertRejects(() => failing, Error), reason);
  assertEquals([folder.text("a"), folder.names()], ["old", ["a"]]);
});

test("an exclusive write makes a file, and never replaces one", async (folder) => {
  const path = folder.at("a");
  await replaceFile(path, bytes("first"), { exclusive: true });
  const again = () => replaceFile(path, bytes("second"), { exclusive: true });
  await assertRejects(again, Deno.errors.AlreadyExists);
  assertEquals([folder.text("a"), folder.names()], ["first", ["a"]]);
});

test("a hidden file that another has taken the place of is not renamed", async (folder) => {
  const path = folder.put("a", "old");
  {
    await using file = await PendingFile.create(path);
    await file.write(bytes("new"));
    await file.finish();
    Deno.renameSync(file.temporary, folder.at("aside"));
    Deno.writeTextFileSync(file.temporary, "forged");
    await assertRejects(() => file.place(), Error, "was replaced while it was written");
  }
  assertEquals([folder.text("a"), folder.names()], ["old", ["a", "aside"]]);
});

test("a file that was not finished is not renamed", async (folder) => {
  await using file = await PendingFile.create(folder.at("a"));
  await assertRejects(() => file.place(), Error);
});

links.test("modes and owners are set on the file that was made, never on another", (folder) => {
  const path = folder.put("a", "a");
  const made = Deno.statSync(folder.put("b", "b"));
  const { mode } = Deno.statSync(path);
  Deno.symlinkSync("a", folder.at("link"));
  for (const name of ["a", "link"]) {
    assertThrows(() => realFileSystem.chmod(folder.at(name), made, 0o777), Error);
    assertThrows(() => realFileSystem.chown(folder.at(name), made, made), Error);
  }
  assertEquals(Deno.statSync(path).mode, mode);
  realFileSystem.chmod(folder.at("b"), made, 0o640);
  realFileSystem.chown(folder.at("b"), made, { uid: null, gid: made.gid });
  const { uid, gid, mode: now } = Deno.statSync(folder.at("b"));
  assertEquals([uid, gid], [made.uid, made.gid]);
  assert(((now ?? 0) & 0o777) === 0o640);
});
