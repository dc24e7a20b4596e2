import { DatabaseSync } from "node:sqlite";
import { backupDatabase } from "../../../../src/store/sqlite/backup/backup.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { databaseInfo } from "../../../../src/store/sqlite/queries/info.ts";
import { splitPath } from "../../../../src/platform/paths.ts";
import { sha256OfFile } from "../../../../src/files/sha256.ts";
import { timestamp } from "../../../../src/base/time.ts";
import { InterruptedError, UsageError } from "../../../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../../../assert.ts";
import { addPrices, fill, filled, fillLarge, flipByte, namesIn } from "../filled.ts";
import { pragmaOf } from "../helpers.ts";
import { test } from "../leaks.ts";
import { has, modeOf, wantedMode } from "../../../system.ts";
import type { Backup, BackupOptions } from "../../../../src/store/care.ts";
import { daysOf } from "../../rows.ts";
import { DAY_MS, setClock } from "../../../set_clock.ts";

async function shaBeside(path: string): Promise<string> {
  return (await Deno.readTextFile(`${path}.sha256`)).slice(0, 64);
}

function pricesIn(path: string): unknown[] {
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare("SELECT * FROM prices ORDER BY ticker, date").all().map((row) => ({ ...row }));
}

filled.test("a backup goes beside the database, checked, with its checksum, for the user alone", async ({ path, folder }) => {
  const made = await backupDatabase(path);
  assertMatch(made.path, /\/backups\/x-\d{8}T\d{9}Z\.db$/);
  const { name } = splitPath(made.path);
  // One file: nothing of a write-ahead log, nothing temporary.
  assertEquals(namesIn(`${folder.path}/backups`), [name, `${name}.sha256`]);
  assertEquals(pricesIn(made.path), pricesIn(path));
  assertEquals(made.sha256, await sha256OfFile(made.path));
  assertEquals(await Deno.readTextFile(`${made.path}.sha256`), `${made.sha256}  ${name}\n`);
  assertEquals([made.bytes, made.removed], [(await Deno.stat(made.path)).size, []]);
  assertEquals(made.pages, databaseInfo(path).pages);
  assertEquals(
    ["backups", `backups/${name}`, `backups/${name}.sha256`]
      .map((each) => modeOf(`${folder.path}/${each}`)),
    [0o700, 0o600, 0o600].map(wantedMode),
  );
  using copy = new DatabaseSync(made.path, { readOnly: true });
  assertEquals([pragmaOf(copy, "journal_mode"), pragmaOf(copy, "auto_vacuum")], ["delete", 2]);
  assertEquals(namesIn(`${folder.path}/backups`).length, 2);
});

test("a folder or a file can be named for it; a folder is made", async ({ folder }) => {
  const path = `${folder.path}/prices.v1.db`;
  await fill(path);
  await Deno.mkdir(`${folder.path}/there`);
  const expected: Record<string, RegExp> = {
    [`${folder.path}/there`]: /\/there\/prices\.v1-\d{8}T\d{9}Z\.db$/,
    [`${folder.path}/not/yet/`]: /\/not\/yet\/prices\.v1-\d{8}T\d{9}Z\.db$/,
    [`${folder.path}/exact.copy`]: /\/exact\.copy$/,
  };
  for (const [to, pattern] of Object.entries(expected)) {
    assertMatch((await backupDatabase(path, { to })).path, pattern);
  }
  // A name that is taken gets the new copy, at once.
  using db = await Database.open(path);
  await addPrices(db, "BBAS3.SA", daysOf(2));
  await backupDatabase(path, { to: `${folder.path}/exact.copy` });
  assertEquals(pricesIn(`${folder.path}/exact.copy`), pricesIn(path));
});

filled.test("backups of the future take no place of those that are kept, stay, and are told", async ({ path }) => {
  const ahead: string[] = [];
  {
    using _clock = setClock(400 * DAY_MS);
    for (let count = 0; count < 3; count++) ahead.push((await backupDatabase(path)).path);
  }
  const real: string[] = [];
  for (let count = 0; count < 4; count++) {
    const made = await backupDatabase(path, { keep: 3 });
    assertEquals(made.from_future, ahead.toReversed());
    assertEquals(made.removed, count < 3 ? [] : real.slice(0, 1));
    real.push(made.path);
  }
  const left = new Set(namesIn(`${splitPath(real[0] ?? "").folder}`));
  for (const each of [...ahead, ...real.slice(1)]) assert(left.has(splitPath(each).name), each);
});

filled.test("a clock that is behind removes nothing that seems to be of the future", async ({ path }) => {
  const real = [await backupDatabase(path), await backupDatabase(path)].map((made) => made.path);
  using _clock = setClock(-400 * DAY_MS);
  const made = await backupDatabase(path, { keep: 1 });
  assertEquals([made.removed, made.from_future], [[], real.toReversed()]);
});

filled.test("a clock that is ahead removes none of the newest before it, on one night or on three", async ({ path }) => {
  for (const keep of [1, 3]) {
    const real: string[] = [];
    for (let count = 0; count < keep; count++) {
      real.push((await backupDatabase(path, { keep })).path);
    }
    using clock = setClock(0);
    for (let night = 0; night < keep + 1; night++) {
      clock.set((40 + night) * DAY_MS);
      const { path: made, removed, spared } = await backupDatabase(path, { keep });
      assertEquals(real.filter((each) => removed.includes(each)), []);
      assertEquals(removed.length, night < keep ? 0 : 1);
      assertEquals(spared.length, Math.min(keep, night + 1));
      assert(!spared.includes(made));
    }
    for (const each of real) assertEquals(await sha256OfFile(each), await shaBeside(each));
    await Deno.remove(splitPath(real[0] ?? "").folder, { recursive: true });
  }
});

filled.test("days of runs between two backups prove that the time has passed", async ({ path }) => {
  const { path: old } = await backupDatabase(path);
  using clock = setClock(0);
  using db = await Database.open(path);
  for (let day = 1; day <= 40; day++) {
    clock.set(day * DAY_MS);
    db.run(
      `INSERT INTO ingest_logs (job_id, run_id, source, command, status, started_at, finished_at, host,
         pid, version) VALUES (?, 'r', 'csv', 'ingest', 'failed', ?, '', 'h', 1, '1')`,
      `j${day}`,
      timestamp(),
    );
  }
  const { removed, spared } = await backupDatabase(path, { keep: 1 });
  assertEquals([removed, spared], [[old], []]);
});

filled.test("the newest are kept, with their checksums; what is not a backup of it stays", async ({ path, folder }) => {
  const backups = `${folder.path}/backups`;
  await Deno.mkdir(backups);
  const others = ["x-y-20240101T000000000Z.db", "x.db.before-2-20240101T000000000Z", "notes.txt"];
  for (const name of others) await Deno.writeTextFile(`${backups}/${name}`, "");
  const old = [1, 2, 3].map((day) => `${backups}/x-2024010${day}T000000000Z.db`);
  for (const each of old) {
    await Deno.writeTextFile(each, "");
    await Deno.writeTextFile(`${each}.sha256`, "");
  }
  const made = await backupDatabase(path, { keep: 2 });
  assertEquals([...made.removed].sort(), old.slice(0, 2));
  const kept = [old[2] ?? "", made.path].map((each) => splitPath(each).name);
  const expected = [...others, ...kept, ...kept.map((name) => `${name}.sha256`)];
  assertEquals(namesIn(backups), expected.sort());
  for (const keep of [0, -1, 1.5, NaN]) {
    await assertRejects(() => backupDatabase(path, { keep }), RangeError, "keep");
  }
});

filled.test("of the backups of db migrate the newest stays, and none goes before as many are newer as are kept", async ({ path }) => {
  const folder = path.replace(/[^/]*$/, "backups");
  Deno.mkdirSync(folder);
  const older = `${folder}/x.db.before-9-20240101T000000000Z`;
  const newest = `${folder}/x.db.before-17-20240601T000000000Z`;
  for (const each of [older, newest]) Deno.writeTextFileSync(each, "");
  const decades = { keep: 1, keepWithinMs: 30 * 365 * DAY_MS };
  for (const keeping of [{ keep: 2 }, { keep: 3 }, decades]) {
    assertEquals((await backupDatabase(path, keeping)).removed, []);
  }
  assertEquals((await backupDatabase(path, { keep: 4 })).removed, [older]);
  assertEquals((await backupDatabase(path, { keep: 1 })).removed.includes(newest), false);
});

filled.test("backups of some time are kept, and as many as are wanted, whichever says so", async ({ path }) => {
  const made = async (daysAgo: number, keep: BackupOptions): Promise<Backup> => {
    using _clock = setClock(-daysAgo * DAY_MS);
    return await backupDatabase(path, keep);
  };
  const days = [90, 60, 31, 29, 10];
  const all: string[] = [];
  for (const day of days) all.push((await made(day, {})).path);
  // Four by their number, the first of which is beyond the time.
  const both = await made(3, { keep: 4, keepWithinMs: 30 * DAY_MS });
  assertEquals(both.removed.toSorted(), all.slice(0, 2));
  const aged = await made(0, { keepWithinMs: 30 * DAY_MS });
  assertEquals(aged.removed, all.slice(2, 3));
  // Of a clock that is ahead all are old: the newest real one stays.
  const ahead = await made(-400, { keepWithinMs: 30 * DAY_MS });
  assertEquals(ahead.removed.toSorted(), [...all.slice(3), both.path].toSorted());
  assertEquals(namesIn(splitPath(ahead.path).folder).filter((name) => name.endsWith(".db")), [
    splitPath(aged.path).name,
    splitPath(ahead.path).name,
  ]);
  const wrong = [0, -1, NaN].map((keepWithinMs) => backupDatabase(path, { keepWithinMs }));
  for (const each of wrong) await assertRejects(() => each, RangeError, "keepWithinMs");
});

test("a backup beside a writer that never rests has one state, and as many steps as pages need", async ({ path }) => {
  const pages = await fillLarge(path);
  using other = new DatabaseSync(path, { timeout: 5000 });
  const change = other.prepare("UPDATE prices SET close = close + 1");
  change.run();
  const before = pricesIn(path);
  const progress: [number, number][] = [];
  const made = await backupDatabase(path, {
    onProgress: (done, total) => {
      progress.push([done, total]);
      change.run();
    },
  });
  assertEquals(pricesIn(made.path), before);
  assertEquals(progress.length, Math.ceil(pages / 1000), "begun anew");
  assertEquals(progress.at(-1), [pages, pages]);
  assertEquals(
    progress.map(([done]) => done),
    progress.map(([done]) => done).sort((a, b) => a - b),
  );
  for (const [, total] of progress) assertEquals(total, pages);
});

filled.test("what an open transaction has written is not in the backup, which does not wait for it", async ({ path }) => {
  using other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE; DELETE FROM prices");
  const made = await backupDatabase(path);
  assertEquals(pricesIn(made.path).length, 40);
  other.exec("COMMIT");
});

filled.test("the database itself is never the target, by whatever name", async ({ path, folder }) => {
  await Deno.link(path, `${folder.path}/hard`);
  if (has("links")) await Deno.symlink(path, `${folder.path}/soft`);
  else await Deno.link(path, `${folder.path}/soft`);
  const before = await Deno.readFile(path);
  for (
    const to of [path, `${folder.path}/./x.db`, `${folder.path}/hard`, `${folder.path}/soft`]
  ) {
    const error = await assertRejects(() => backupDatabase(path, { to }), UsageError);
    assertEquals(error.code, "backup_onto_itself", to);
  }
  assertEquals(await Deno.readFile(path), before);
});

test("a backup that fails leaves nothing behind and says what to do", async ({ path, folder }) => {
  await fillLarge(path);
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const blocked = await assertRejects(
    () => backupDatabase(path, { to: `${folder.path}/file/copy.db` }),
    StoreError,
  );
  assertEquals(blocked.code, "backup_failed");
  assertStringIncludes(blocked.hint ?? "", "--to");
  await Deno.writeFile(`${folder.path}/empty`, new Uint8Array());
  const empty = await assertRejects(() => backupDatabase(`${folder.path}/empty`), StoreError);
  assertEquals([empty.code, empty.path], ["db_of_another_program", `${folder.path}/empty`]);
  const none = await assertRejects(() => backupDatabase(`${folder.path}/none.db`), StoreError);
  assertEquals(none.code, "db_not_found");
  const stop = new Error("stopped by the caller");
  const stopped = await assertRejects(
    () =>
      backupDatabase(path, {
        to: `${folder.path}/stopped.db`,
        onProgress: (done, total) => {
          if (done === total) throw stop;
        },
      }),
    StoreError,
  );
  assertEquals([stopped.code, stopped.cause], ["backup_failed", stop]);
  assertEquals(namesIn(folder.path).filter((name) => !name.startsWith("x.db")), [
    "empty",
    "file",
  ]);
});

test("a damaged database makes no backup: the copy is checked before it gets its name", async ({ path, folder }) => {
  const pages = await fillLarge(path);
  flipByte(path, pages);
  flipByte(path, 4);
  const error = await assertRejects(() => backupDatabase(path), StoreError);
  assertEquals([error.code, error.path], ["db_corrupt", path]);
  assertMatch(error.message, new RegExp(`^no backup was made: .*${path}.* is damaged`));
  assertEquals(error.message.includes("tickerlock-backup"), false, error.message);
  assertStringIncludes(error.hint ?? "", `tickerlock db verify --db ${path}`);
  assertEquals(namesIn(`${folder.path}/backups`), []);
});

test("a backup that is stopped at any step ends with that error, and leaves nothing", async ({ path, folder }) => {
  await fillLarge(path);
  let asked = 0;
  await backupDatabase(path, { to: `${folder.path}/whole/`, throwIfStopped: () => asked++ });
  assert(asked > 2, `asked ${asked} times`);
  for (let step = 1; step <= asked; step++) {
    let count = 0;
    const stop = new InterruptedError("stopped", { details: { signal: "SIGTERM" } });
    const throwIfStopped = (): void => {
      if (++count === step) throw stop;
    };
    const to = `${folder.path}/stopped/`;
    const error = await assertRejects(
      () => backupDatabase(path, { to, throwIfStopped }),
      InterruptedError,
    );
    assertEquals(error, stop);
    assertEquals(namesIn(`${folder.path}/stopped`), []);
  }
});
