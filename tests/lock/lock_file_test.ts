import { isStillAt, openLockFile } from "../../src/lock/lock_file.ts";
import { encodeRecord } from "../../src/lock/holder.ts";
import { readRecord, writeRecord } from "../../src/lock/record.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { needing, recordText, someRecord, test } from "./lock_folder.ts";

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
