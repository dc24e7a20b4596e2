import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import {
  assert,
  assertEquals,
  assertHas,
  assertMatch,
  assertStringIncludes,
} from "../../../assert.ts";
import { sha256OfFile } from "../../../../src/files/sha256.ts";
import { db, type Documents, jsonOf } from "../../../e2e/db_tools.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { has } from "../../../system.ts";

const NEWEST = MIGRATIONS.length;

Deno.test("with --json each subcommand prints one document", async () => {
  await using space = await prepared();
  const info = await jsonOf(space, "info", ["info"]);
  assertHas(info, { path: space.db, schema_version: NEWEST });
  assertEquals(info.rows.prices, 40);
  assertEquals(info.prices, [
    { source: "cotahist", tickers: 8, first_date: "2024-01-02", last_date: "2024-01-08" },
  ]);
  assertEquals((await jsonOf(space, "info", ["info", "--compact"])).compacted_pages, 0);

  const verification = await jsonOf(space, "verify", ["verify"]);
  const { ok, findings } = verification;
  assertEquals({ ok, findings }, { ok: true, findings: [] });
  const quick = await jsonOf(space, "verify", ["verify", "--quick"]);
  assert(quick.checks.length < verification.checks.length);

  const backup = await jsonOf(space, "backup", ["backup", "--keep", "1"]);
  const second = await jsonOf(space, "backup", ["backup", "--keep", "1"]);
  assertEquals([backup.removed, second.removed], [[], [backup.path]]);
  assertEquals((await jsonOf(space, "info", ["info"])).last_backup?.path, second.path);

  const status = await jsonOf(space, "status", ["migrate", "--status"]);
  assertEquals(status.migrations.map(({ version }) => version), MIGRATIONS.map((m) => m.version));
  assertEquals((await jsonOf(space, "migrate", ["migrate"])).done, []);
  const [back] = (await jsonOf(space, "migrate", ["migrate", "--rollback"])).done;
  assertHas(back, { version: NEWEST, direction: "down" });
  const pending = await jsonOf(space, "status", ["migrate", "--status"]);
  assertEquals(pending.migrations.at(-1)?.applied_at, null);
  const { done } = await jsonOf(space, "migrate", ["migrate", "--to", String(NEWEST)]);
  assertEquals(done.map(({ version, direction }) => [version, direction]), [[NEWEST, "up"]]);

  const { migration_backups } = await jsonOf(space, "info", ["info"]);
  assertEquals(migration_backups.map((each) => each.before_version), [NEWEST, NEWEST]);

  const restored = await jsonOf(space, "restore", ["restore", second.path]);
  assertEquals([restored.file, restored.checks.sha256], [second.path, "matched"]);
  assertEquals(space.prices().length, 40);
});

Deno.test("for people each subcommand says what it did and where it is", async () => {
  await using space = await prepared();
  const said = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await db(space, ...args);
    assertEquals([code, stderr], [0, ""], args.join(" "));
    return stdout;
  };
  assertMatch(await said("info"), /^rows of prices +40$/m);
  assertMatch(await said("info"), /^backups before migrations +none\nspill file +none$/m);
  assertMatch(await said("verify"), /prices\.db: ok, 10 checks, 0 errors, 0 warnings\n$/);
  const copied = await said("backup", "--to", "copies/");
  const [, file = "", digest = ""] =
    / → (\S+): [\d.]+ kB, integrity_check passed\nSHA-256 ([0-9a-f]{64}) /.exec(copied) ?? [];
  assertEquals(digest.length, 64, copied);
  if (has("gnu")) {
    const checked = await new Deno.Command("sha256sum", {
      args: ["-c", `${file.split("/").at(-1)}.sha256`],
      cwd: `${space.path}/copies`,
    }).output();
    assert(checked.success, copied);
  }
  assertMatch(await said("migrate", "--status"), /^ +2 +views +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m);
  assertMatch(await said("migrate", "--status"), /^times in \S+\n$/m);
  assertStringIncludes(await said("migrate"), "nothing to do");
  const { version, name } = MIGRATIONS.at(-1) ?? {};
  const undone = new RegExp(`^took back migration ${version}; backup before it: \\S+`);
  assertMatch(await said("migrate", "--rollback"), undone);
  const pending = new RegExp(`^ +${version} +${name} +pending$`, "m");
  assertMatch(await said("migrate", "--status"), pending);
  const applied = new RegExp(`^applied migration ${version}; backup before it: \\S+`);
  assertMatch(await said("migrate"), applied);
  space.write("prices.db.spill.ndjson", "{}\n{}\n");
  assertMatch(
    await said("info"),
    /^backups before migrations +2, the newest is \S+before-\d+-\S+\nspill file +2 log rows .* 6 bytes: \S+ndjson$/m,
  );
  const restored = await said("restore", file);
  assertMatch(
    restored,
    /: restored; integrity_check passed, SHA-256 as in \S+\.sha256\nthe replaced database is kept as \S+\n$/,
  );
  await Deno.remove(`${space.path}/${file}.sha256`);
  assertStringIncludes(
    await said("restore", file),
    `: restored; integrity_check passed, no SHA-256 compared, for there is no ${file}.sha256\n`,
  );
  const unproven = await jsonOf(space, "restore", ["restore", file]);
  assertEquals(unproven.checks, { integrity: "integrity_check", sha256: "none" });
});

Deno.test("info: one ticker, no backup in the folder looked at, and a schema one step behind", async () => {
  await using space = await prepared();
  space.execute("DELETE FROM prices WHERE ticker <> 'EXMA3.SA'");
  assertEquals((await db(space, "backup", "--to", "elsewhere/")).code, 0);
  const said = (await db(space, "info")).stdout;
  assertMatch(said, /^prices of cotahist +1 ticker, 2024/m);
  assertStringIncludes(said, `none in ${space.path}/backups\n`);

  for (const to of [NEWEST - 1, 1]) {
    assertEquals((await db(space, "migrate", "--to", String(to))).code, 0);
    const info = await jsonOf(space, "info", ["info"]);
    assertEquals([info.schema_version, info.rows.prices], [to, 5]);
    const refused = await db(space, "info", "--compact");
    assertEquals(refused.code, 1);
    assertMatch(
      refused.stderr,
      /has schema version \d+, .*"hint":"[^"]*tickerlock db migrate --db/s,
    );
  }
  assertEquals((await db(space, "migrate", "--to", "0")).code, 0);
  assertMatch((await db(space, "info")).stderr, /has no tables yet.*"hint":"[A-Z]/s);
});

Deno.test("a backup keeps those of some time, and removes older ones", async () => {
  await using space = await prepared();
  const { path: recent } = await jsonOf(space, "backup", ["backup"]);
  const old = [1, 2].map((day) => `${space.path}/backups/prices-2020010${day}T000000000Z.db`);
  for (const path of old) await Deno.copyFile(recent, path);
  const { removed } = await jsonOf(space, "backup", ["backup", "--keep-within", "30d"]);
  assertEquals(removed.toSorted(), old);
});

Deno.test("latest is the newest good backup, and says which newer ones it has passed over", async () => {
  await using space = await prepared();
  const { path: good } = await jsonOf(space, "backup", ["backup"]);
  const { path: damaged } = await jsonOf(space, "backup", ["backup"]);
  const { path: bare } = await jsonOf(space, "backup", ["backup"]);
  const early = `${space.path}/backups/prices-29990101T000000000Z.db`;
  await Deno.copyFile(good, early);
  await Deno.copyFile(`${good}.sha256`, `${early}.sha256`);
  await Deno.writeTextFile(damaged, "x", { append: true });
  await Deno.remove(`${bare}.sha256`);
  space.write("backups/notes.db", "");
  const { backups, folder } = await jsonOf(space, "backups", ["backups"]);
  assertEquals(folder, `${space.path}/backups`);
  assertEquals(
    backups.map(({ path, has_sha256, from_future }) => [path, has_sha256, from_future]),
    [[early, true, true], [bare, false, false], [damaged, true, false], [good, true, false]],
  );
  const missing = await db(space, "restore");
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, `${early}, ${bare}, ${damaged} and 1 more`);

  space.execute("DELETE FROM prices");
  const before = space.names();
  for (const dryRun of [true, false]) {
    const args = ["restore", "latest", "--json", ...dryRun ? ["--dry-run"] : []];
    const { code, stdout, stderr } = await db(space, ...args);
    assertEquals(code, 0, stderr);
    const restored = JSON.parse(stdout) as Documents["restore"];
    assertHas(restored, { file: good, dry_run: dryRun });
    assertEquals(restored.passed_over.map(({ path }) => path), [early, bare, damaged]);
    for (const { path, reason } of restored.passed_over) {
      assertStringIncludes(stderr, `passed over ${path}: ${reason}`);
    }
    assertEquals(restored.replaced === null, dryRun);
    if (dryRun) assertEquals(space.names(), before);
    assertEquals(space.prices().length, dryRun ? 0 : 40);
  }
});

Deno.test("where no other is good, latest is one whose time is still to come, and hints name it", async () => {
  await using space = await prepared();
  const { path: made } = await jsonOf(space, "backup", ["backup"]);
  const early = `${space.path}/backups/prices-29990101T000000000Z.db`;
  await Deno.rename(made, early);
  await Deno.rename(`${made}.sha256`, `${early}.sha256`);
  const bare = `${space.path}/backups/prices-20240101T000000000Z.db`;
  await Deno.copyFile(early, bare);
  await Deno.truncate(space.db, 5000);
  const { stderr } = await db(space, "info");
  assertStringIncludes(
    stderr.replaceAll(/\s+/g, " "),
    `newest good backup (${early}, whose time is still to come): tickerlock db restore latest`,
  );
  const { code, stdout, stderr: told } = await db(space, "restore", "latest", "--json");
  assertEquals(code, 0, told);
  const restored = JSON.parse(stdout) as Documents["restore"];
  assertHas(restored, { file: early, from_future: true });
  assertEquals(restored.passed_over.map(({ path }) => path), [bare]);
  assertStringIncludes(told, `took ${early}, whose time is still to come`);
  assertEquals(space.prices().length, 40);
});

Deno.test("a dry run of a restore says what it would replace, also what cannot be read", async () => {
  await using space = await prepared();
  const { path } = await jsonOf(space, "backup", ["backup"]);
  const dryRun = async (): Promise<string> => {
    const { code, stdout, stderr } = await db(space, "restore", path, "--dry-run");
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };
  const said = await dryRun();
  assertMatch(said, /: integrity_check passed, SHA-256 as in \S+\.sha256\nit has: .* 40 prices, /);
  assertMatch(said, /^it would replace \S+prices\.db: .*, 40 prices, last success 20/m);
  // Also while a run is at work: nothing is locked.
  {
    using _job = space.hold(".job_running");
    await dryRun();
  }
  await Deno.writeTextFile(space.db, "no database".repeat(999));
  assertMatch(await dryRun(), /^it would replace \S+prices\.db: it cannot be read: /m);
  await Deno.remove(space.db);
  assertMatch(await dryRun(), /^it would replace \S+prices\.db: not there /m);
  await Deno.writeTextFile(path, "x", { append: true });
  assertEquals((await db(space, "restore", path, "--dry-run")).code, 1);
});

Deno.test("a newer backup that this release cannot read stops the search for one", async () => {
  await using space = await prepared();
  await jsonOf(space, "backup", ["backup"]);
  space.execute("INSERT INTO schema_migrations VALUES (99, 'x', 'x', 'x', 'x')");
  const to = `${space.path}/backups/prices-${new Date().toISOString().replaceAll(/[-:.]/g, "")}.db`;
  await Deno.copyFile(space.db, to);
  await Deno.writeTextFile(`${to}.sha256`, `${await sha256OfFile(to)}  x\n`);
  const { code, stderr } = await db(space, "restore", "latest");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "has schema version 99");
});
