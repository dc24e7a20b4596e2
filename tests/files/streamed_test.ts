import { LockTimeoutError } from "../../src/lock/mod.ts";
import { underFileLock } from "../../src/files/streamed.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { Folder } from "./folder.ts";

const SOON = { timeoutSeconds: 5 };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("a file is there when it is committed, and not before", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a.bin");
  await underFileLock(path, SOON, async (file) => {
    {
      await using writer = await file.begin();
      await writer.write(bytes("one "));
      await writer.write(bytes("two"));
      assertEquals(folder.names().includes("a.bin"), false);
      await writer.commit();
    }
    assertEquals(folder.text("a.bin"), "one two");
    // Given up in the middle: the old content stays, and nothing is left.
    {
      await using writer = await file.begin();
      await writer.write(bytes("half"));
    }
    await file.replaceBeside(".a.bin.json", "{}");
  });
  assertEquals(folder.text("a.bin"), "one two");
  assertEquals(folder.names(), [".a.bin.json", ".a.bin.lock", "a.bin"]);
});

Deno.test("what a writer that was killed has left is in nobody's way", async () => {
  await using folder = await Folder.create();
  folder.put(".a.bin.part", "half of it");
  await underFileLock(folder.at("a.bin"), SOON, async (file) => {
    await using writer = await file.begin();
    await writer.write(bytes("whole"));
    await writer.commit();
  });
  assertEquals(folder.names(), [".a.bin.lock", "a.bin"]);
  await underFileLock(folder.at("a.bin"), SOON, (file) => file.remove());
  await underFileLock(folder.at("a.bin"), SOON, (file) => file.remove());
  assertEquals(folder.names(), [".a.bin.lock"]);
});

Deno.test("a link in the place of a file is replaced, and what it leads to stays", async () => {
  await using folder = await Folder.create();
  folder.put("other.txt", "of another program");
  Deno.symlinkSync(folder.at("other.txt"), folder.at("a.bin"));
  await underFileLock(folder.at("a.bin"), SOON, async (file) => {
    await using writer = await file.begin();
    await writer.write(bytes("fetched"));
    await writer.commit();
  });
  assertEquals([folder.text("a.bin"), folder.text("other.txt")], ["fetched", "of another program"]);
  assertEquals(Deno.lstatSync(folder.at("a.bin")).isSymlink, false);
  await Deno.remove(folder.at("a.bin"));
  Deno.symlinkSync(folder.at("other.txt"), folder.at("a.bin"));
  await underFileLock(folder.at("a.bin"), SOON, (file) => file.remove());
  assertEquals(folder.names(), [".a.bin.lock", "other.txt"]);
});

Deno.test("writers take turns, and one that waits too long is told", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a.bin");
  const order: string[] = [];
  const held = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const first = underFileLock(path, SOON, async () => {
    going.resolve();
    await held.promise;
    order.push("first");
  });
  await going.promise;
  await assertRejects(
    () => underFileLock(path, { timeoutSeconds: 0 }, () => Promise.resolve()),
    LockTimeoutError,
  );
  const second = underFileLock(path, SOON, () => Promise.resolve(void order.push("second")));
  held.resolve();
  await Promise.all([first, second]);
  assertEquals(order, ["first", "second"]);
});
