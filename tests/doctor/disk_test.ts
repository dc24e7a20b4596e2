import { checkDisk, fileSystemOf, type Statfs } from "../../src/doctor/disk.ts";
import { assert, assertEquals, assertHas, assertStringIncludes } from "../assert.ts";
import { testNeeding } from "../system.ts";

function disk(over: Partial<Statfs>): (path: string) => Statfs {
  return () => ({ type: 0xef53, bsize: 4096, bavail: 1e9, files: 1e6, ffree: 1e6, ...over });
}

function levels(what: "database" | "lock folder", over: Partial<Statfs>): string[] {
  return checkDisk(what, "x", "/", disk(over)).map(({ check, level }) => `${check} ${level}`);
}

Deno.test("the numbers of statfs(2) are known, also where they come sign-extended", () => {
  assertEquals(fileSystemOf(0x6969)?.name, "NFS");
  assertEquals(fileSystemOf(0xff534d42 | 0)?.name, "CIFS");
  assertEquals(fileSystemOf(BigInt.asUintN(64, BigInt(0x9123683e | 0)))?.name, "Btrfs");
  assertEquals(fileSystemOf(1), undefined);
});

testNeeding(
  "fileSystemKinds",
  "network file systems are warned about, with why: locks, and shared memory",
  () => {
    for (const type of [0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x01021997, 0x65735546]) {
      const [db] = checkDisk("database", "data/x.db", "/", disk({ type }));
      assertHas(db, { check: "file_system", level: "warning" });
      assertStringIncludes(db?.message ?? "", "memory that all processes share");
      assertStringIncludes(db?.hint ?? "", "--db");
      const [locks] = checkDisk("lock folder", "locks/", "/", disk({ type }));
      assertStringIncludes(locks?.message ?? "", "flock(2)");
      assertStringIncludes(locks?.hint ?? "", "--lock-dir");
    }
  },
);

testNeeding(
  "fileSystemKinds",
  "locks may be in memory, a database had better not, and an unknown kind is told",
  () => {
    const tmpfs = 0x01021994;
    assertEquals(levels("database", { type: tmpfs }), ["file_system warning", "free_space ok"]);
    assertEquals(levels("lock folder", { type: tmpfs }), ["file_system ok"]);
    const [unknown] = checkDisk("database", "x", "/", disk({ type: 0xabc }));
    assertEquals(unknown?.level, "warning");
    assertStringIncludes(unknown?.message ?? "", "0xabc");
  },
);

Deno.test("little space is a warning, none an error, and so is a lack of inodes", () => {
  const bsize = 1000;
  const space = (over: Partial<Statfs>) => levels("database", { bsize, ...over })[1];
  assertEquals(space({ bavail: 1e6 }), "free_space ok");
  assertEquals(space({ bavail: 999_999 }), "free_space warning");
  assertEquals(space({ bavail: 99_999 }), "free_space error");
  assertEquals(space({ bavail: 1e9, ffree: 999 }), "free_space error");
  assertEquals(space({ bavail: 1e9, files: 0, ffree: 0 }), "free_space ok");
});

Deno.test("where it cannot be told, that is said with the right that is missing", () => {
  const [finding, ...more] = checkDisk("database", "x", "/", () => {
    throw new Deno.errors.NotCapable("no");
  });
  assertEquals(more, []);
  assertEquals(finding?.level, "warning");
  assertStringIncludes(finding?.hint ?? "", "--allow-sys=statfs");
});

testNeeding("fileSystemKinds", "this machine's own root can be told", () => {
  assert(
    checkDisk("database", "/", "/").every(({ message }) => !message.includes("cannot be told")),
  );
});
