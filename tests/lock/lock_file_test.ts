import { isStillAt, openLockFile } from "../../src/lock/lock_file.ts";
import { encodeRecord } from "../../src/lock/holder.ts";
import { readRecord, writeRecord } from "../../src/lock/record.ts";
import { acquireTickerLock, LockError } from "../../src/lock/mod.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { needing, recordText, someRecord, test, TestLock } from "./lock_folder.ts";

const advisoryLocks = needing("advisoryLocks");

test("opening makes the file and its folders where they are missing, and truncates nothing", ({ folder }) => {
  const path = `${folder.lockDir}/a/b/X.lock`;
  // Whether the last one opened was missing decides what is tried first: both ways lead there.
  for (const content of ["", "what was there"]) {
    if (content !== "") Deno.writeTextFileSync(path, content);
    for (let time = 0; time < 2; time++) {
      const opened = openLockFile(path);
      assert(isStillAt(opened, path));
      opened.file.close();
    }
    assertEquals(Deno.readTextFileSync(path), content);
  }
  for (const name of ["NEW1", "NEW2", "NEW1"]) openLockFile(folder.file(name)).file.close();
  assertEquals(folder.names(), ["NEW1.lock", "NEW2.lock", "a"]);
});

advisoryLocks.test("a record is written in place, and nothing about it is an error", ({ folder }) => {
  const path = folder.write("A", "x".repeat(600));
  const opened = openLockFile(path);
  assertEquals(readRecord(opened.file, path), undefined);
  for (const pid of [1, 2]) {
    const record = someRecord({ pid });
    writeRecord(opened, path, encodeRecord(record));
    assertEquals(readRecord(opened.file, path), record);
    assertEquals(Deno.readTextFileSync(path), recordText(record) + "x".repeat(88));
  }
  opened.file.close();
  writeRecord(opened, path, encodeRecord(someRecord()));
  assertEquals(readRecord(opened.file, path), undefined);

  using readOnly = Deno.openSync(path, { read: true });
  writeRecord({ ...opened, file: readOnly }, path, encodeRecord(someRecord({ pid: 3 })));
  assertEquals(readRecord(readOnly, path)?.pid, 2);
  assertThrows(() => readOnly.writeSync(new Uint8Array(1)), Error);
});

test("where flock(2) itself fails, the lock file is named with a way out, at each stage", async ({ folder, lockDir }) => {
  const { prototype } = Deno.FsFile;
  const { tryLockSync } = prototype;
  // As on a share without a lock daemon: ENOLCK.
  const fails = (): never => {
    throw new Error("No locks available (os error 37)");
  };
  const looked = function (this: Deno.FsFile, exclusive?: boolean): boolean {
    return exclusive === false ? fails() : tryLockSync.call(this, exclusive);
  };
  const onWait = (): void => void (prototype.tryLockSync = fails);
  const path = folder.write("A", "");
  for (const [held, fault] of [[false, fails], [true, looked], [true, tryLockSync]] as const) {
    const other = held ? new TestLock(path) : undefined;
    prototype.tryLockSync = fault;
    try {
      const error = await assertRejects(
        () => acquireTickerLock("A", { lockDir, onWait }),
        LockError,
      );
      assertEquals(error.code, "lock_file_unusable");
      assertEquals(error.message, `lock file ${path} cannot be locked: No locks available`);
      assertStringIncludes(error.hint ?? "", "choose another folder with --lock-dir");
    } finally {
      prototype.tryLockSync = tryLockSync;
      other?.release();
    }
  }
  (await acquireTickerLock("A", { lockDir })).release();
});
