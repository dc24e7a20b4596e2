import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import {
  migrateTo,
  migrationStatus,
} from "../../../../src/store/sqlite/queries/migration_command.ts";
import type { MigrationStatus } from "../../../../src/store/care.ts";
import { verifyDatabase } from "../../../../src/store/sqlite/queries/verify.ts";
import { splitPath } from "../../../../src/platform/paths.ts";
import { appliedMigrations } from "../../../../src/store/sqlite/connection/migrate.ts";
import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import { assert, assertEquals, assertHas, assertMatch, assertRejects } from "../../../assert.ts";
import { filled, namesIn } from "../filled.ts";
import { test } from "../leaks.ts";

const NEWEST = MIGRATIONS.length;

function appliedIn(status: readonly MigrationStatus[]): number[] {
  return status.filter(({ appliedAt }) => appliedAt !== null).map(({ version }) => version);
}

function versionOf(path: string): number {
  using db = new DatabaseSync(path, { readOnly: true });
  return appliedMigrations(db).at(-1)?.version ?? 0;
}

test("a database that is not there is made and brought up, without a backup of nothing", async ({ folder }) => {
  const path = `${folder.path}/new/x.db`;
  const steps = await migrateTo(path, "newest");
  assertEquals(
    steps,
    MIGRATIONS.map(({ version }) => ({ version, direction: "up", backup: null })),
  );
  assertEquals(namesIn(`${folder.path}/new`), ["x.db"]);
  assertEquals(appliedIn(migrationStatus(path)), MIGRATIONS.map(({ version }) => version));
  assertEquals(await migrateTo(path, "newest"), []);
  assert(verifyDatabase(path).ok);
});

filled.test("each step has a backup of what was there before it", async ({ path, folder }) => {
  const [down, ...more] = await migrateTo(path, "back");
  assertHas(down, { version: NEWEST, direction: "down" });
  assertEquals(more, []);
  assertEquals(versionOf(path), NEWEST - 1);
  const [up] = await migrateTo(path, "newest");
  assertEquals([up?.version, up?.direction], [NEWEST, "up"]);
  const backups: [string | null | undefined, number][] = [
    [down?.backup, NEWEST],
    [up?.backup, NEWEST - 1],
  ];
  for (const [backup, version] of backups) {
    assertMatch(backup ?? "", /\/backups\/x\.db\.before-\d+-\d{8}T\d{9}Z$/);
    assertEquals(versionOf(backup ?? ""), version);
    using db = new DatabaseSync(backup ?? "", { readOnly: true });
    assertEquals(db.prepare("SELECT count(*) AS n FROM prices").get()?.n, 40);
  }
  assertEquals(namesIn(`${folder.path}/backups`).length, 4);
});

filled.test("to a version and back to none, a backup before the first step", async ({ path }) => {
  const steps = await migrateTo(path, 0);
  assertEquals(
    steps.map(({ version, direction }) => [version, direction]),
    MIGRATIONS.map(({ version }) => [version, "down"]).reverse(),
  );
  assertEquals(new Set(steps.map(({ backup }) => backup)).size, 1);
  assertEquals(versionOf(path), 0);
  assertEquals(await migrateTo(path, "back"), []);
  assertEquals((await migrateTo(path, 1)).map(({ version }) => version), [1]);
  // What has no schema yet gets it from the first that opens it to write.
  (await Database.open(path)).close();
  assertEquals(versionOf(path), NEWEST);
});

filled.test("a backup that cannot be made stops the migration before it", async ({ path, folder }) => {
  await Deno.writeTextFile(`${folder.path}/backups`, "a file in the place of the folder");
  const error = await assertRejects(() => migrateTo(path, "back"), StoreError);
  assertEquals(error.code, "backup_failed");
  assertEquals(versionOf(path), NEWEST);
});

test("several that migrate at once all succeed, and each step is made once", async ({ path }) => {
  const up = await Promise.all(Array.from({ length: 5 }, () => migrateTo(path, "newest")));
  assertEquals(
    up.flat().map(({ version }) => version).sort((a, b) => a - b),
    MIGRATIONS.map(({ version }) => version),
  );
  const down = await Promise.all(Array.from({ length: 5 }, () => migrateTo(path, 1)));
  assertEquals(
    down.flat().map(({ version }) => version).sort((a, b) => a - b),
    MIGRATIONS.map(({ version }) => version).slice(1),
  );
  assertEquals(versionOf(path), 1);
});

filled.test("of several that migrate at once only the one that makes the step makes a backup", async ({ path, folder }) => {
  await migrateTo(path, "back");
  await Deno.remove(`${folder.path}/backups`, { recursive: true });
  const up = (await Promise.all(Array.from({ length: 4 }, () => migrateTo(path, "newest"))))
    .flat();
  assertEquals(up.length, 1);
  const name = splitPath(up[0]?.backup ?? "").name;
  assertEquals(namesIn(`${folder.path}/backups`), [name, `${name}.sha256`]);
  assertEquals(namesIn(folder.path).filter((each) => each.startsWith(".")), []);
});
