import * as v from "valibot";
import { UsageError } from "../../src/base/errors.ts";
import {
  appendText,
  FileError,
  type LockedFile,
  readJson,
  withLockedFile,
  type WritableLockedFile,
  writeJson,
  writeText,
} from "../../src/files/mod.ts";
import { LockError, LockTimeoutError } from "../../src/lock/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, fail } from "../assert.ts";
import { Folder, needing, test } from "./folder.ts";
import { wantedMode } from "../system.ts";

const links = needing("links");

/** True only where a reader's type has no way to write. */
const READERS_CANNOT_WRITE: Exclude<keyof WritableLockedFile, keyof LockedFile> extends
  "writeText" | "writeJson" | "appendText" ? true : false = true;

test("a file is read, changed and written under its lock", async (folder) => {
  const path = folder.at("a.json");
  const schema = v.object({ count: v.number() });
  for (let expected = 1; expected <= 3; expected++) {
    const count = await withLockedFile(path, "write", async (file) => {
      assertEquals([file.path, await file.exists()], [path, expected > 1]);
      const before = await file.readJson({ schema, default: { count: 0 } });
      await file.writeJson({ count: before.count + 1 }, { indent: 0, mode: 0o644 });
      return (await file.readJson({ schema })).count;
    });
    assertEquals(count, expected);
  }
  assertEquals([folder.text("a.json"), folder.mode("a.json")], [
    '{"count":3}\n',
    wantedMode(0o644),
  ]);
});

test("who locks to read is handed nothing to write with", async (folder) => {
  const path = folder.put("a.txt", "text");
  assert(READERS_CANNOT_WRITE);
  const text = await withLockedFile(path, "read", async (file) => {
    for (const name of ["writeText", "writeJson", "appendText"]) assert(!(name in file), name);
    return [await file.readText(), await file.readText({ default: "x" }), await file.exists()];
  });
  assertEquals(text, ["text", "text", true]);
  const missing = await withLockedFile(
    folder.at("b"),
    "read",
    (file) => file.readJson({ default: 7 }),
  );
  assertEquals(missing, 7);
});

test("what the function throws comes out, and the lock is free", async (folder) => {
  const path = folder.at("a");
  const mine = new Error("mine");
  const thrown = await assertRejects(
    () =>
      withLockedFile(path, "write", () => {
        throw mine;
      }),
    Error,
  );
  assertEquals(thrown, mine);
  await writeText(path, "x", { timeoutSeconds: 0 });
});

test("calls are carried out one after the other, in their order", async (folder) => {
  const path = folder.at("a");
  const read = await withLockedFile(path, "write", async (file) => {
    const done = await Promise.all([
      file.writeText("1"),
      file.appendText("2"),
      file.readText(),
      file.writeText("3"),
      file.readText(),
    ]);
    return [done[2], done[4]];
  });
  assertEquals(read, ["1\n2\n", "3"]);
});

test("a call that fails does not keep the next one from its work", async (folder) => {
  const path = folder.put("a", "{");
  await withLockedFile(path, "write", async (file) => {
    const bad = assertRejects(() => file.readJson(), FileError);
    await file.writeJson(1);
    assertEquals((await bad).code, "file_corrupt_json");
    await assertRejects(() => file.writeJson(undefined), UsageError);
    await assertRejects(() => file.writeText("", { mode: -1 }), RangeError);
    await file.appendText("");
    assertEquals(await file.readJson(), 1);
  });
});

test("a write that was not waited for is done before the lock is released", async (folder) => {
  const path = folder.at("a");
  await withLockedFile(path, "write", (file) => {
    void file.writeText("x".repeat(100_000));
    void file.appendText("end");
  });
  assertStringIncludes(folder.text("a"), "x\nend\n");
});

test("afterwards nothing can be done any more", async (folder) => {
  let kept: WritableLockedFile | undefined;
  await withLockedFile(folder.at("a"), "write", (file) => void (kept = file));
  const late = kept ?? fail("it was not called");
  for (const work of [() => late.readText(), () => late.writeText("x"), () => late.exists()]) {
    const error = await assertRejects<UsageError>(work, UsageError, "no longer locked");
    assertEquals(error.code, "file_not_locked");
  }
  assertEquals(folder.dataNames(), []);
});

links.test("the same file in the same task is refused at once, under any of its names", async (folder) => {
  const path = folder.put("a", "1");
  Deno.symlinkSync("a", folder.at("link"));
  await withLockedFile(path, "write", async (file) => {
    const works = [
      () => writeText(path, "x"),
      () => appendText(folder.at("link"), "x"),
      () => withLockedFile(`${folder.path}/./a`, "read", () => {}),
    ];
    for (const work of works) {
      const error = await assertRejects<LockError>(work, LockError, "holds");
      assertEquals(error.code, "lock_nested");
      assertStringIncludes(error.hint ?? "", "withLockedFile");
    }
    // Reading needs no lock, and another file has another.
    assertEquals(await readJson(path), 1);
    await writeJson(folder.at("b"), 2);
    await file.writeText("3");
  });
  assertEquals([folder.text("a"), folder.text("b")], ["3", "2\n"]);
});

test("tasks of one process take turns in the order of their arrival", async (folder) => {
  const path = folder.at("a");
  const order: number[] = [];
  await Promise.all([1, 2, 3, 4].map((task) =>
    withLockedFile(path, "write", async (file) => {
      const before = await file.readText({ default: "" });
      order.push(task);
      await file.writeText(`${before}${task}`);
    })
  ));
  assertEquals([order, folder.text("a")], [[1, 2, 3, 4], "1234"]);
});

test("a call that was begun and not waited for is no nested one for the next", async (folder) => {
  const path = folder.at("a");
  const gate = Promise.withResolvers<void>();
  const first = withLockedFile(path, "write", async (file) => {
    await gate.promise;
    await file.writeText("first");
  });
  await writeText(folder.at("b"), "another file in between");
  const second = appendText(path, "second");
  gate.resolve();
  await Promise.all([first, second]);
  assertEquals(folder.text("a"), "first\nsecond\n");
});

/** Holds a file's lock as any other program would. */
function holdLock(folder: Folder, name: string): Disposable {
  const options = { read: true, write: true, create: true };
  const file = Deno.openSync(folder.at(`.${name}.lock`), options);
  assert(file.tryLockSync(true));
  return { [Symbol.dispose]: () => file.close() };
}

test("a lock that another holds is waited for no longer than asked", async (folder) => {
  const path = folder.put("a", "old");
  using _held = holdLock(folder, "a");
  const none = { timeoutSeconds: 0 };
  const works = [
    () => writeText(path, "x", none),
    () => writeJson(path, 1, none),
    () => appendText(path, "x", none),
    () => withLockedFile(path, "read", () => fail("it must not run"), none),
    () => withLockedFile(path, "write", () => fail("it must not run"), { timeoutSeconds: 0.01 }),
  ];
  for (const work of works) {
    const error = await assertRejects<LockTimeoutError>(work, LockTimeoutError);
    assertEquals([error.code, error.lockName, error.exitCode], ["lock_timeout", path, 75]);
  }
  assertEquals([folder.text("a"), folder.dataNames()], ["old", ["a"]]);
  // Readers do not wait.
  assertEquals(await readJson(folder.put("b", "1")), 1);
});

test("a wait ends when its signal does, with the signal's reason", async (folder) => {
  const path = folder.put("a", "old");
  using _held = holdLock(folder, "a");
  const reason = new Error("enough");
  const ended = await assertRejects(
    () => writeText(path, "x", { signal: AbortSignal.abort(reason) }),
    Error,
  );
  assertEquals(ended, reason);
  const controller = new AbortController();
  const waiting = withLockedFile(path, "write", () => fail("it must not run"), {
    timeoutSeconds: Infinity,
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(reason), 1);
  assertEquals(await assertRejects(() => waiting, Error), reason);
});

Deno.test("a lock file that is removed or replaced keeps the rest from being written", async () => {
  for (const spoil of ["remove", "replace"]) {
    await using folder = await Folder.create();
    const path = folder.put("a", "old");
    await withLockedFile(path, "write", async (file) => {
      Deno.removeSync(folder.at(".a.lock"));
      if (spoil === "replace") folder.put(".a.lock", "");
      for (const work of [() => file.writeText("x"), () => file.appendText("x")]) {
        const error = await assertRejects(work, FileError, "its lock file was removed");
        assertEquals([error.code, error.path, error.retryable], ["file_lock_lost", path, true]);
      }
      assertEquals(await file.readText(), "old");
    });
    assertEquals(folder.dataNames(), ["a"]);
    await writeText(path, "new");
  }
});

test("a mode that is none is refused", async (folder) => {
  const mode = "append" as "write";
  await assertRejects(() => withLockedFile(folder.at("a"), mode, () => {}), TypeError, "append");
  assertEquals(folder.names(), []);
});
