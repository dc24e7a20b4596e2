import { backupDatabase } from "../../../../src/store/sqlite/backup/backup.ts";
import { restoreDatabase } from "../../../../src/store/sqlite/backup/restore.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { TraceFreeReader } from "../../../../src/store/sqlite/connection/trace_free_read.ts";
import { writer } from "../../../../src/store/sqlite/connection/writer.ts";
import { FileLocks } from "../../../../src/store/sqlite/locks.ts";
import { lockFolders, OwnLockFolder } from "../../../../src/store/sqlite/tables/lock_folders.ts";
import { rollBack } from "../../../../src/store/sqlite/connection/migrate.ts";
import { DatabaseSync } from "node:sqlite";
import { UsageError } from "../../../../src/base/errors.ts";
import { hostName } from "../../../../src/platform/host.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../../assert.ts";
import { testNeeding } from "../../../system.ts";
import { test, withoutLeaks } from "../leaks.ts";
import { temporaryFolder } from "../helpers.ts";

const JOB = { wait: false, timeoutSeconds: 0, command: "test" };

async function remember(path: string, lockDir: string): Promise<void> {
  using db = await writer(path);
  await db.transaction("remember", () => new OwnLockFolder(lockDir).remember(db));
}

async function pathsIn(path: string): Promise<string[]> {
  using db = await Database.open(path);
  return lockFolders(db).map(({ path }) => path);
}

test("a copy, and a restored backup, is a database of its own", async ({ folder, path }) => {
  const locks = `${folder.path}/locks`;
  await remember(path, locks);
  const [copy = "", backup = ""] = ["copy", "backup"].map((name) => `${folder.path}/${name}.db`);
  for (const to of [copy, backup]) await backupDatabase(path, { to });
  assertEquals([await pathsIn(path), await pathsIn(copy)], [[locks], []]);
  await remember(copy, `${folder.path}/other`);
  assertEquals(await pathsIn(copy), [`${folder.path}/other`]);
  await restoreDatabase(backup, path);
  assertEquals(await pathsIn(path), []);
  await remember(path, `${folder.path}/third`);
  assertEquals(await pathsIn(path), [`${folder.path}/third`]);
});

test("a file with the inode of a removed one is another file", async ({ folder, path }) => {
  await remember(path, `${folder.path}/locks`);
  using db = await Database.open(path);
  const born = "substr(db_inode, 1, instr(db_inode, '@')) || '1'";
  await db.transaction("forge", () => db.run(`UPDATE lock_folders SET db_inode = ${born}`));
  assertEquals(lockFolders(db), []);
});

test("a database that was moved remembers, with the new place", async ({ folder, path }) => {
  const locks = `${folder.path}/locks`;
  await remember(path, locks);
  const moved = `${folder.path}/moved.db`;
  await Deno.rename(path, moved);
  assertEquals(await pathsIn(moved), [locks]);
  await assertRejects(() => remember(moved, `${folder.path}/other`), UsageError);
  await remember(moved, locks);
  using db = await Database.open(moved);
  assertEquals(db.get("SELECT db_path FROM lock_folders")?.db_path, moved);
});

test("machines have a folder each; the oldest of many are forgotten", async ({ folder, path }) => {
  await remember(path, `${folder.path}/locks`);
  using db = await Database.open(path);
  for (let number = 10; number < 40; number++) {
    db.run(
      "UPDATE lock_folders SET host = ?, since = ? WHERE host = ?",
      `vm${number}`,
      "2024",
      hostName(),
    );
    await remember(path, `${folder.path}/${number}`);
  }
  const hosts = lockFolders(db).map(({ host }) => host);
  assertEquals(hosts.length, 20);
  assert(hosts.includes(hostName()));
});

test("a relative path counts from the working folder of the run", async ({ path }) => {
  await remember(path, "no/such/folder/");
  assertEquals(await pathsIn(path), [`${Deno.realPathSync(Deno.cwd())}/no/such/folder`]);
});

test("a job's lock is not taken in another folder, nor that folder made", async ({ folder, path }) => {
  const [locks, other] = ["locks", "other"].map((name) => `${folder.path}/${name}`);
  await remember(path, locks ?? "");
  const elsewhere = new FileLocks(path, other ?? "");
  await assertRejects(() => elsewhere.holdJob(".job_running", JOB), UsageError);
  assertThrows(() => Deno.statSync(other ?? ""), Deno.errors.NotFound);
  {
    // What cannot be read is not judged: a restore replaces it.
    Deno.writeTextFileSync(path, "x".repeat(5000));
    using _job = await elsewhere.holdJob(".job_running", JOB);
  }
});

test("a schema without the table remembers nothing", async ({ folder, path }) => {
  await remember(path, `${folder.path}/locks`);
  using db = new DatabaseSync(path);
  rollBack(db, path, 8);
  using reading = TraceFreeReader.open(path, { anySchema: true });
  assertEquals(lockFolders(reading), []);
  assertEquals(new OwnLockFolder("x").remembered(reading), { folder: null, isOther: false });
});

testNeeding(
  "links",
  "a link to the folder is the folder",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await Deno.mkdir(`${folder.path}/real`);
    await Deno.symlink("real", `${folder.path}/link`);
    await remember(path, `${folder.path}/real/locks`);
    await remember(path, `${folder.path}/link/locks`);
    assertEquals(await pathsIn(path), [`${folder.path}/real/locks`]);
  }),
);
