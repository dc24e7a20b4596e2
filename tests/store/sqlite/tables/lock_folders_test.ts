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
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../../../assert.ts";
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

test("a copy is written without a journal, which a kill would leave", async ({ folder, path }) => {
  const locks = `${folder.path}/locks`;
  await remember(path, locks);
  const copy = `${folder.path}/copy.db`;
  await backupDatabase(path, { to: copy });
  let names: string[] = [];
  class Watching extends OwnLockFolder {
    override remember(
      ...args: Parameters<OwnLockFolder["remember"]>
    ): ReturnType<OwnLockFolder["remember"]> {
      const remembered = super.remember(...args);
      names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
      return remembered;
    }
  }
  new Watching(locks).rememberInCopy(copy, copy);
  assertEquals(names.filter((name) => name.startsWith("copy.db-")), []);
  assertEquals(await pathsIn(copy), [locks]);
});

test("a copy is a database of its own", async ({ folder, path }) => {
  const locks = `${folder.path}/locks`;
  await remember(path, locks);
  const copy = `${folder.path}/copy.db`;
  await backupDatabase(path, { to: copy });
  assertEquals([await pathsIn(path), await pathsIn(copy)], [[locks], []]);
  await remember(copy, `${folder.path}/other`);
  assertEquals(await pathsIn(copy), [`${folder.path}/other`]);
});

test("what takes the place of a database remembers: a backup, a copy", async ({ folder, path }) => {
  const locks = `${folder.path}/locks`;
  await remember(path, locks);
  const backup = `${folder.path}/backup.db`;
  await backupDatabase(path, { to: backup });
  await restoreDatabase(backup, path);
  assertEquals(await pathsIn(path), [locks]);
  await assertRejects(() => remember(path, `${folder.path}/other`), UsageError);
  await remember(path, locks);
  // Also one of another database, or of a time with another folder.
  const newer = `${folder.path}/newer`;
  const foreign = `${folder.path}/foreign.db`;
  await remember(foreign, `${folder.path}/far`);
  for (const from of [backup, foreign]) {
    await restoreDatabase(from, path, { lockDir: newer });
    assertEquals(await pathsIn(path), [newer]);
    await assertRejects(() => remember(path, locks), UsageError);
    await remember(path, newer);
  }
  await restoreDatabase(backup, path);
  await Deno.copyFile(path, `${path}.new`);
  await Deno.rename(`${path}.new`, path);
  await assertRejects(() => remember(path, `${folder.path}/other`), UsageError);
  // Its numbers are those of the copy from then on: it can be moved.
  await remember(path, locks);
  await Deno.rename(path, `${folder.path}/moved.db`);
  assertEquals(await pathsIn(`${folder.path}/moved.db`), [locks]);
});

test("a file with the inode of a removed one is another file", async ({ folder, path }) => {
  await remember(path, `${folder.path}/locks`);
  using db = await Database.open(path);
  const born = "substr(db_inode, 1, instr(db_inode, '@')) || '1'";
  await db.transaction(
    "forge",
    () => db.run(`UPDATE lock_folders SET db_inode = ${born}, db_path = '/elsewhere/x.db'`),
  );
  assertEquals(lockFolders(db), []);
});

/** Takes the right to ask for the name of the machine away. */
function withoutHostName(): Disposable {
  const { hostname } = Deno;
  Deno.hostname = () => {
    throw new Deno.errors.NotCapable("Requires sys access");
  };
  return { [Symbol.dispose]: () => void (Deno.hostname = hostname) };
}

async function refusal(path: string, lockDir: string): Promise<UsageError> {
  return await assertRejects(() => remember(path, lockDir), UsageError);
}

test("a run that may not ask for the machine's name may be on any", async ({ folder, path }) => {
  const [locks, other] = [`${folder.path}/locks`, `${folder.path}/other`];
  await remember(path, locks);
  {
    using _unnamed = withoutHostName();
    const { message, hint } = await refusal(path, other);
    assertStringIncludes(message, `have their locks in ${locks}`);
    assertStringIncludes(hint ?? "", "--allow-sys=hostname");
    await remember(path, locks);
  }
  using db = await Database.open(path);
  assertEquals(lockFolders(db).map(({ host, path }) => [host, path]), [[hostName(), locks]]);
});

test("a machine without a name comes before one with a name", async ({ folder, path }) => {
  const [locks, other] = [`${folder.path}/locks`, `${folder.path}/other`];
  {
    using _unnamed = withoutHostName();
    await remember(path, locks);
    const { message } = await refusal(path, other);
    assertStringIncludes(message, ": its runs have their locks in ");
  }
  assertStringIncludes((await refusal(path, other)).message, ": its runs have their locks in ");
  await remember(path, locks);
  using db = await Database.open(path);
  assertEquals(lockFolders(db).map(({ host, path }) => [host, path]), [[hostName(), locks]]);
});

test("another folder is adopted in place of all that it contradicts", async ({ folder, path }) => {
  const other = `${folder.path}/other`;
  {
    using _unnamed = withoutHostName();
    await remember(path, `${folder.path}/locks`);
  }
  using db = await Database.open(path);
  await db.transaction("adopt", () => new OwnLockFolder(other).remember(db, true));
  assertEquals(lockFolders(db).map(({ host, path }) => [host, path]), [[hostName(), other]]);
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
  const elsewhere = new FileLocks(path, { lockDir: other ?? "" });
  await assertRejects(() => elsewhere.holdJob(".job_running", JOB), UsageError);
  assertThrows(() => Deno.statSync(other ?? ""), Deno.errors.NotFound);
  {
    // What cannot be read is not judged: a restore replaces it.
    Deno.writeTextFileSync(path, "x".repeat(5000));
    await using _job = await elsewhere.holdJob(".job_running", JOB);
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
