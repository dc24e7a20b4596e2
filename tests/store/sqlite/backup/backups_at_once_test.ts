import { backupDatabase } from "../../../../src/store/sqlite/backup/backup.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { splitPath } from "../../../../src/platform/paths.ts";
import { sha256OfFile } from "../../../../src/files/sha256.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../../assert.ts";
import { filled, fillLarge, namesIn } from "../filled.ts";
import { HeldBackup } from "./held_backup.ts";
import { test } from "../leaks.ts";

/** What a backup has hidden in a folder, with its size. */
function hiddenIn(folder: string): { name: string; size: number }[] {
  return namesIn(folder).filter((name) => name.startsWith("."))
    .map((name) => ({ name, size: Deno.statSync(`${folder}/${name}`).size }));
}

function pathOf(made: unknown): string {
  assert(typeof made === "object" && made !== null && "path" in made, JSON.stringify(made));
  return String(made.path);
}

async function assertWhole(path: string): Promise<void> {
  const { name } = splitPath(path);
  assertEquals(await Deno.readTextFile(`${path}.sha256`), `${await sha256OfFile(path)}  ${name}\n`);
}

test("what a killed backup has left is removed by the next one; what a living one is writing stays", async ({ path, folder }) => {
  await fillLarge(path);
  const backups = `${folder.path}/backups`;
  await using killed = await HeldBackup.start(path);
  assert(hiddenIn(backups).some(({ name, size }) => name.endsWith(".tmp") && size > 0));
  await killed.kill();
  const left = hiddenIn(backups);
  assert(left.some(({ name, size }) => name.endsWith(".tmp") && size > 0));
  // What looks alike and is not ours, or is of no use for telling.
  const others = [".x.db.tmp", ".job_running.lock", `.x.db.${crypto.randomUUID()}.tmp`];
  for (const name of others) await Deno.writeTextFile(`${backups}/${name}`, "");
  await using living = await HeldBackup.start(path, { to: `${backups}/living.db` });
  const { path: made } = await backupDatabase(path);
  const there = hiddenIn(backups).map(({ name }) => name);
  assertEquals(there.filter((name) => left.some((each) => each.name === name)), []);
  assertEquals(there.filter((name) => others.includes(name)), others.toSorted());
  assertEquals(pathOf(await living.finish()), `${backups}/living.db`);
  await assertWhole(made);
  await assertWhole(`${backups}/living.db`);
  assertEquals(hiddenIn(backups).map(({ name }) => name), others.toSorted());
});

filled.test("a checksum that a killed backup has left without its copy goes as well", async ({ path, folder }) => {
  const copy = `${folder.path}/backups/killed.db`;
  await Deno.mkdir(`${folder.path}/backups`);
  await Deno.writeTextFile(`${copy}.sha256`, "");
  await Deno.writeTextFile(`${folder.path}/backups/.killed.db.tickerlock-backup.tmp`, "");
  const { path: made } = await backupDatabase(path);
  const { name } = splitPath(made);
  assertEquals(namesIn(`${folder.path}/backups`), [name, `${name}.sha256`]);
});

test("two processes that keep one backup each remove neither what the other writes nor the newest", async ({ path, folder }) => {
  await fillLarge(path);
  const backups = `${folder.path}/backups`;
  await using early = await HeldBackup.start(path, { keep: 1 });
  // Begun later, done earlier: the newer of the two.
  const late = await backupDatabase(path, { keep: 1 });
  assertEquals(late.removed, []);
  const made = pathOf(await early.finish());
  assert(made < late.path);
  await assertWhole(made);
  await assertWhole(late.path);
  assertEquals(hiddenIn(backups), []);
  // The next one keeps one.
  const next = await backupDatabase(path, { keep: 1 });
  assertEquals(next.removed, [late.path, made]);
  const { name } = splitPath(next.path);
  assertEquals(namesIn(backups), [name, `${name}.sha256`]);
});

filled.test("backups that begin in the same moment have a file each", async ({ path, folder }) => {
  const made = await Promise.all(Array.from({ length: 12 }, () => backupDatabase(path)));
  const paths = made.map((each) => each.path).sort();
  assertEquals(new Set(paths).size, 12, paths.join("\n"));
  for (const each of paths) {
    assertMatch(each, /\/x-\d{8}T\d{9}Z\.db$/);
    await assertWhole(each);
  }
  assertEquals(namesIn(`${folder.path}/backups`).length, 24);
});

filled.test("backups at once that keep one do not fail over what another has removed already", async ({ path }) => {
  for (let round = 0; round < 3; round++) {
    const made = await Promise.all(
      Array.from({ length: 8 }, () => backupDatabase(path, { keep: 1 })),
    );
    const newest = made.map((each) => each.path).sort().at(-1) ?? "";
    await assertWhole(newest);
    // Nothing was removed twice.
    const removed = made.flatMap((each) => each.removed);
    assertEquals(new Set(removed).size, removed.length);
  }
});

test("a name that another process is writing is refused, and its backup comes to a good end", async ({ path, folder }) => {
  await fillLarge(path);
  const to = `${folder.path}/copy.db`;
  await using first = await HeldBackup.start(path, { to });
  const error = await assertRejects(() => backupDatabase(path, { to }), StoreError);
  assertEquals([error.code, error.retryable], ["backup_running", true]);
  assertEquals(pathOf(await first.finish()), to);
  await assertWhole(to);
  await backupDatabase(path, { to });
  await assertWhole(to);
  assertEquals(hiddenIn(folder.path), []);
});
