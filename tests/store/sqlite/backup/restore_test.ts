import { DatabaseSync } from "node:sqlite";
import { backupDatabase } from "../../../../src/store/sqlite/backup/backup.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { migrateTo } from "../../../../src/store/sqlite/queries/migration_command.ts";
import { restoreDatabase } from "../../../../src/store/sqlite/backup/restore.ts";
import { verifyDatabase } from "../../../../src/store/sqlite/queries/verify.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../../../assert.ts";
import { addPrices, fill, flipByte, namesIn, overwrite } from "../filled.ts";
import { needing, test } from "../leaks.ts";
import { UsageError } from "../../../../src/base/errors.ts";
import { modeOf, wantedMode } from "../../../system.ts";
import { whoHasOpen } from "../../../../src/platform/services.ts";
import { daysOf } from "../../rows.ts";

function tickersIn(path: string): unknown[] {
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare("SELECT DISTINCT ticker FROM prices ORDER BY ticker").all()
    .map(({ ticker }) => ticker);
}

const BEFORE = ["PETR4.SA", "VALE3.SA"];
const AFTER = ["BBAS3.SA", ...BEFORE];

/** A database with a ticker more than its backup has. */
async function withBackup(folder: string): Promise<{ path: string; copy: string }> {
  const path = `${folder}/x.db`;
  await fill(path);
  const copy = `${folder}/copy.db`;
  await backupDatabase(path, { to: copy });
  using db = await Database.open(path);
  await addPrices(db, "BBAS3.SA", daysOf(5));
  return { path, copy };
}

needing("links").test(
  "through a link the file behind it is restored and backed up, and the link stays",
  async ({ folder }) => {
    const real = `${folder.path}/disk`;
    await Deno.mkdir(real);
    const { path: file, copy } = await withBackup(real);
    const [link, linkedCopy] = [`${folder.path}/t.db`, `${folder.path}/newest.db`];
    await Deno.symlink("disk/x.db", link);
    await Deno.symlink(copy, linkedCopy);
    await Deno.chmod(file, 0o640);
    const { path, replaced } = await restoreDatabase(linkedCopy, link);
    assertEquals(path, file);
    assertMatch(replaced ?? "", /\/disk\/x\.db\.replaced-/);
    assert(Deno.lstatSync(link).isSymlink);
    assertEquals([tickersIn(link), tickersIn(file)], [BEFORE, BEFORE]);
    assertEquals([modeOf(file), Deno.lstatSync(replaced ?? "").isFile], [wantedMode(0o640), true]);

    using db = await Database.open(link);
    await addPrices(db, "BBAS3.SA", daysOf(5));
    const made = await backupDatabase(link, { to: linkedCopy });
    assertEquals(made.path, copy);
    assert(Deno.lstatSync(linkedCopy).isSymlink);
    assertEquals(tickersIn(copy), AFTER);
    // What is in the write-ahead log beside the file is not lost, as where a link is a backup.
    await assertRejects(() => restoreDatabase(link, `${folder.path}/n.db`), StoreError, "in use");
  },
);

needing("links").test("a link that leads to nothing is not replaced", async ({ folder }) => {
  const { path, copy } = await withBackup(folder.path);
  const link = `${folder.path}/link.db`;
  await Deno.symlink("nothing/there.db", link);
  await assertRejects(() => backupDatabase(path, { to: link }), UsageError, "leads to nothing");
  await assertRejects(() => restoreDatabase(copy, link), StoreError, "leads to nothing");
  assert(Deno.lstatSync(link).isSymlink);
});

test("a backup comes back; the database that it replaces is kept whole", async ({ folder }) => {
  const { path, copy } = await withBackup(folder.path);
  const { replaced, checks } = await restoreDatabase(copy, path);
  assertEquals(checks, { integrity: "integrity_check", sha256: "matched" });
  assertMatch(replaced ?? "", /\/x\.db\.replaced-\d{8}T\d{9}Z$/);
  assertEquals([tickersIn(path), tickersIn(replaced ?? "")], [BEFORE, AFTER]);
  assertEquals(modeOf(path), wantedMode(0o600));
  // It is written to as before.
  {
    using db = await Database.open(path);
    await addPrices(db, "ITUB4.SA", daysOf(5));
    assertEquals(db.get("PRAGMA journal_mode")?.journal_mode, "wal");
    assertEquals(db.get("PRAGMA auto_vacuum")?.auto_vacuum, 2);
  }
  assert(verifyDatabase(path).ok);
  // Back again: what was replaced is a backup as good as any.
  const again = await restoreDatabase(replaced ?? "", path);
  assertEquals(again.checks, { integrity: "integrity_check", sha256: "none" });
  assertEquals(tickersIn(path), AFTER);
});

test("what is in the write-ahead log only is in the file that is kept", async ({ folder }) => {
  const { path, copy } = await withBackup(folder.path);
  // As a killed process leaves them: the files as they are while it works.
  {
    using db = await Database.open(path);
    await addPrices(db, "ITUB4.SA", daysOf(5));
    for (const suffix of ["", "-wal"]) {
      await Deno.copyFile(path + suffix, `${folder.path}/killed.db${suffix}`);
    }
  }
  const killed = `${folder.path}/killed.db`;
  const { replaced } = await restoreDatabase(copy, killed);
  assertEquals(tickersIn(killed), BEFORE);
  assertEquals(tickersIn(replaced ?? "").includes("ITUB4.SA"), true);
  assertEquals(namesIn(folder.path).filter((name) => /killed.*-(wal|shm)/.test(name)), []);
});

test("where there is no database, the backup becomes it", async ({ folder }) => {
  const { copy } = await withBackup(folder.path);
  const path = `${folder.path}/new/folder/x.db`;
  const { replaced } = await restoreDatabase(copy, path);
  assertEquals([replaced, tickersIn(path)], [null, BEFORE]);
  assertEquals(namesIn(`${folder.path}/new/folder`), ["x.db"]);
});

interface Refusal {
  readonly code: string;
  readonly spoil: (copy: string) => void | Promise<void>;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "is not what its checksum says": {
    code: "backup_checksum",
    spoil: async (copy) => {
      await fill(copy, { "ABEV3.SA": daysOf(3) });
    },
  },
  "is damaged": {
    code: "db_corrupt",
    spoil: async (copy) => {
      await Deno.remove(`${copy}.sha256`);
      flipByte(copy, 4);
    },
  },
  "is cut off": {
    code: "db_corrupt",
    spoil: async (copy) => {
      await Deno.remove(`${copy}.sha256`);
      await Deno.truncate(copy, 3 * 4096);
    },
  },
  "is no database": {
    code: "db_not_a_database",
    spoil: async (copy) => {
      await Deno.remove(`${copy}.sha256`);
      overwrite(copy, 0, new TextEncoder().encode("date,close\n"));
    },
  },
  "is of another program": {
    code: "db_of_another_program",
    spoil: async (copy) => {
      for (const file of [copy, `${copy}.sha256`]) await Deno.remove(file);
      const db = new DatabaseSync(copy);
      db.exec("CREATE TABLE notes (x)");
      db.close();
    },
  },
  "is an empty database": {
    code: "db_of_another_program",
    spoil: async (copy) => {
      await Deno.remove(`${copy}.sha256`);
      await Deno.writeFile(copy, new Uint8Array());
    },
  },
  "is of a newer program": {
    code: "db_schema_too_new",
    spoil: async (copy) => {
      await Deno.remove(`${copy}.sha256`);
      const db = new DatabaseSync(copy);
      db.exec("INSERT INTO schema_migrations VALUES (99, 'later', 'x', '2030', '9')");
      db.close();
    },
  },
  "is not there": { code: "db_not_found", spoil: (copy) => Deno.remove(copy) },
};

for (const [what, { code, spoil }] of Object.entries(REFUSALS)) {
  test(`a backup that ${what} is refused, and the database stays as it is`, async ({ folder }) => {
    const { path, copy } = await withBackup(folder.path);
    await spoil(copy);
    const before = [await Deno.readFile(path), namesIn(folder.path)];
    const error = await assertRejects(() => restoreDatabase(copy, path), StoreError);
    assertEquals([error.code, error.path], [code, copy]);
    assertMatch(
      error.hint ?? "",
      /^(Choose another backup|Check the path).*nothing was changed\.$/,
    );
    assertStringIncludes(error.message, copy);
    const names = namesIn(folder.path).filter((name) => !/copy\.db-(wal|shm)$/.test(name));
    assertEquals([await Deno.readFile(path), names], before);
  });
}

test("a database that another connection has open is refused, idle or at work", async ({ folder }) => {
  const { path, copy } = await withBackup(folder.path);
  for (const work of ["SELECT count(*) FROM prices", "BEGIN IMMEDIATE"]) {
    using other = new DatabaseSync(path);
    other.prepare(work).get();
    const error = await assertRejects(() => restoreDatabase(copy, path), StoreError);
    assertEquals([error.code, error.retryable], ["db_in_use", true], work);
    assertStringIncludes(error.hint ?? "", whoHasOpen(path));
    assertEquals(namesIn(folder.path).filter((name) => /tmp|replaced/.test(name)), []);
  }
  assertEquals(tickersIn(path), AFTER);
  await restoreDatabase(copy, path);
  assertEquals(tickersIn(path), BEFORE);
});

test("a database that is beyond repair is replaced, and kept as it was", async ({ folder }) => {
  const { path, copy } = await withBackup(folder.path);
  for (const damage of ["a flipped byte", "a text"]) {
    if (damage === "a text") await Deno.writeTextFile(path, "no database any more");
    else flipByte(path, 4);
    const { replaced } = await restoreDatabase(copy, path);
    assertEquals(tickersIn(path), BEFORE, damage);
    if (damage === "a text") {
      assertEquals(await Deno.readTextFile(replaced ?? ""), "no database any more");
    } else {
      assertEquals(verifyDatabase(replaced ?? "").ok, false);
    }
  }
});

test("a backup with an older schema comes back, and is brought up when it is next written to", async ({ folder }) => {
  const { path, copy } = await withBackup(folder.path);
  const [step] = await migrateTo(path, "back");
  await migrateTo(path, "newest");
  await restoreDatabase(step?.backup ?? copy, path);
  assertEquals(tickersIn(path), AFTER);
  const old = `${folder.path}/old.db`;
  await migrateTo(path, 1);
  await backupDatabase(path, { to: old });
  await restoreDatabase(old, path);
  using db = await Database.open(path);
  assertEquals(db.get("SELECT count(*) AS n FROM prices_latest")?.n, 3);
});
