import {
  checkDatabaseFile,
  checkLockFolder,
  checkSpillFile,
  nearestExisting,
  writingProblem,
} from "../../src/doctor/places.ts";
import { thisUser } from "../../src/platform/owners.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { has } from "../system.ts";
import { needing, test } from "../store/sqlite/leaks.ts";

const modes = needing("modes");

const ME = thisUser();
const ANOTHER = 4711;

function levels(findings: readonly Finding[]): string[] {
  for (const { level, hint } of findings) assertEquals(hint === null, level === "ok");
  return findings.map(({ level }) => level);
}

test("a database that can be used and is private is all right, and stays as it is", async ({ path: db, folder }) => {
  await Deno.writeTextFile(db, "", { mode: 0o600 });
  const before = await Deno.stat(db);
  assertEquals(levels(checkDatabaseFile(db, ME)), ["ok"]);
  assertEquals((await Deno.stat(db)).mtime, before.mtime);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["x.db"]);
});

modes.test("a database of another user, or one that others can read, is warned about", async ({ path: db, folder }) => {
  await Deno.chmod(folder.path, 0o777);
  await Deno.writeTextFile(db, "");
  await Deno.chmod(db, 0o644);
  const found = checkDatabaseFile(db, ANOTHER);
  assertEquals(levels(found), ["warning", "warning", "warning"]);
  assertStringIncludes(found[0]?.message ?? "", `belongs to user ${ME}, and this is user 4711`);
  assertStringIncludes(
    found[1]?.message ?? "",
    "can be read by others than its owner (mode 0644)",
  );
  assertStringIncludes(found[2]?.message ?? "", "can be written by others");
});

test("what is not there is not made, and whether it could be is told", ({ folder }) => {
  const db = `${folder.path}/a/b/x.db`;
  assertEquals(levels(checkDatabaseFile(db, ME)), ["warning"]);
  assertStringIncludes(
    checkDatabaseFile(db, ME)[0]?.hint ?? "",
    `If it was there before: tickerlock db restore latest --db ${db}. If not, `,
  );
  assertEquals(levels(checkLockFolder(`${folder.path}/a/locks/`, ME)), ["ok"]);
  assertEquals(levels(checkSpillFile(db, ME)), ["ok"]);
  assertEquals([...Deno.readDirSync(folder.path)], []);
  assertEquals(nearestExisting(db), folder.path);
  assertEquals(nearestExisting("surely-not-here/x.db"), ".");
});

test("a folder in the place of a file, and the other way round, is an error", async ({ folder }) => {
  assertEquals(levels(checkDatabaseFile(folder.path, ME))[0], "error");
  await Deno.writeTextFile(`${folder.path}/locks`, "");
  assertEquals(levels(checkLockFolder(`${folder.path}/locks`, ME)), ["error"]);
  assertEquals(levels(checkLockFolder(`${folder.path}/locks/x`, ME)), ["error"]);
  if (!has("links")) return;
  await Deno.symlink(`${folder.path}/nothing/x`, `${folder.path}/dangling`);
  assertEquals(levels(checkLockFolder(`${folder.path}/dangling/`, ME)), ["error"]);
});

modes.test("a folder of locks that others can write is warned about, a shared one with t is not", async ({ folder }) => {
  await Deno.chmod(folder.path, 0o777);
  assertEquals(levels(checkLockFolder(folder.path, ME)), ["warning"]);
  await Deno.chmod(folder.path, 0o1777);
  assertEquals(levels(checkLockFolder(folder.path, ME)), ["ok"]);
  await Deno.chmod(folder.path, 0o755);
  assertEquals(levels(checkLockFolder(folder.path, ME)), ["ok"]);
  assertEquals(levels(checkLockFolder(folder.path, ANOTHER)), ["warning"]);
});

test("log rows that wait are told", async ({ path: db }) => {
  await Deno.writeTextFile(`${db}.spill.ndjson`, "", { mode: 0o600 });
  assertEquals(levels(checkSpillFile(db, ME)), ["ok"]);
  await Deno.writeTextFile(`${db}.spill.ndjson`, "{}\n");
  const found = checkSpillFile(db, ME);
  assertEquals(levels(found), ["warning"]);
  assertStringIncludes(found[0]?.message ?? "", "3 bytes");
});

Deno.test("a read-only file system is no matter of owners", () => {
  const error = Object.assign(new Error("Read-only file system (os error 30)"), { code: "EROFS" });
  const { why, hint } = writingProblem(error, "--db");
  assertStringIncludes(why, "file system is read-only");
  assert(!hint.includes("owner") && hint.includes("remount,rw") && hint.includes("--db"), hint);
  const denied = new Deno.errors.PermissionDenied("Permission denied (os error 13)");
  assertStringIncludes(writingProblem(denied, "--db").hint, "the right to write");
});
