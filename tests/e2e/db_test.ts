import * as v from "valibot";
import { MIGRATIONS } from "../../src/db/migrations/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { damage, db, dbJson, inside } from "./db_tools.ts";
import { prepared } from "./prepared.ts";
import { runProgram, SAMPLE } from "./program.ts";
import { Workspace } from "./workspace.ts";

const NEWEST = MIGRATIONS.length;
const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** What each command prints with `--json`: these fields and no other. */
const SCHEMAS = {
  info: v.strictObject({
    path: text,
    size_bytes: count,
    wal_bytes: count,
    page_size: count,
    pages: count,
    free_pages: count,
    schema_version: count,
    sqlite_version: text,
    journal_mode: v.literal("wal"),
    rows: v.record(text, count),
    prices: v.array(
      v.strictObject({ source: text, tickers: count, first_date: text, last_date: text }),
    ),
    last_success_at: v.nullable(time),
    last_backup: v.nullable(v.strictObject({ path: text, made_at: time })),
    migration_backups: v.array(
      v.strictObject({ path: text, made_at: time, before_version: count }),
    ),
    spill: v.nullable(v.strictObject({ path: text, rows: count, bytes: count })),
    compacted_pages: v.optional(count),
  }),
  verify: v.strictObject({
    path: text,
    ok: v.boolean(),
    checks: v.array(text),
    findings: v.array(
      v.strictObject({
        check: text,
        level: v.picklist(["error", "warning"]),
        message: text,
        hint: text,
        code: v.optional(text),
      }),
    ),
  }),
  backup: v.strictObject({
    db: text,
    path: text,
    sha256,
    bytes: count,
    pages: count,
    removed: v.array(text),
  }),
  restore: v.strictObject({
    db: text,
    file: text,
    replaced: v.nullable(text),
    checks: v.strictObject({
      integrity: v.literal("integrity_check"),
      sha256: v.picklist(["matched", "none"]),
    }),
  }),
  migrate: v.strictObject({
    db: text,
    done: v.array(
      v.strictObject({
        version: count,
        direction: v.picklist(["up", "down"]),
        backup: v.nullable(text),
      }),
    ),
  }),
  status: v.strictObject({
    db: text,
    migrations: v.array(
      v.strictObject({ version: count, name: text, applied_at: v.nullable(time) }),
    ),
  }),
} as const;

async function jsonOf<K extends keyof typeof SCHEMAS>(
  space: Workspace,
  kind: K,
  args: readonly string[],
  code = 0,
): Promise<v.InferOutput<(typeof SCHEMAS)[K]>> {
  return v.parse(SCHEMAS[kind], await dbJson(space, args, code));
}

Deno.test("with --json each subcommand prints one document of its schema", async () => {
  await using space = await prepared();
  const info = await jsonOf(space, "info", ["info"]);
  assertEquals([info.path, info.rows.prices, info.schema_version], [space.db, 40, NEWEST]);
  assertEquals(info.prices, [
    { source: "cotahist", tickers: 8, first_date: "2024-01-02", last_date: "2024-01-08" },
  ]);
  assertEquals((await jsonOf(space, "info", ["info", "--compact"])).compacted_pages, 0);

  const verification = await jsonOf(space, "verify", ["verify"]);
  assertEquals([verification.ok, verification.findings], [true, []]);
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
  assertEquals([back?.version, back?.direction], [NEWEST, "down"]);
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
  assertMatch(await said("verify"), /prices\.db: ok, 8 checks, 0 errors, 0 warnings\n$/);
  const copied = await said("backup", "--to", "copies/");
  const [, file = "", digest = ""] =
    / → (\S+): [\d.]+ MB, integrity_check passed\nSHA-256 ([0-9a-f]{64}) /.exec(copied) ?? [];
  const checked = await new Deno.Command("sha256sum", {
    args: ["-c", `${file.split("/").at(-1)}.sha256`],
    cwd: `${space.path}/copies`,
  }).output();
  assert(checked.success && digest.length === 64, copied);
  assertMatch(await said("migrate", "--status"), /^ +2 +views +\d{4}-/m);
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

interface BadUsage {
  readonly args: readonly string[];
  readonly error: RegExp;
  readonly hint: RegExp;
}

const BAD_USAGE: readonly BadUsage[] = [
  { args: [], error: /db needs a subcommand/, hint: /migrate, verify, backup, restore, info/ },
  { args: ["verfiy"], error: /unknown command "db verfiy"/, hint: /Did you mean verify/ },
  { args: ["restore"], error: /db restore needs a file/, hint: /tickerlock db restore FILE/ },
  { args: ["restore", "a.db", "b.db"], error: /unexpected argument "b\.db"/, hint: /./ },
  { args: ["verify", "x.db"], error: /db verify takes no argument: x\.db/, hint: /--db x\.db/ },
  { args: ["backup", "--keep", "0"], error: /--keep "0"/, hint: /--keep 7/ },
  { args: ["backup", "--keep", "1.5"], error: /--keep "1\.5"/, hint: /--keep 7/ },
  { args: ["backup", "--to="], error: /--to needs a value/, hint: /--to/ },
  {
    args: ["migrate", "--to", "two"],
    error: /--to "two": is not a schema version/,
    hint: /--status/,
  },
  {
    args: ["migrate", "--rollback", "--to", "1"],
    error: /--rollback and --to exclude each other/,
    hint: /one step back/,
  },
  { args: ["info", "--compcat"], error: /unknown option --compcat/, hint: /--compact/ },
  {
    args: ["info", "--keep", "3"],
    error: /^Error: db info does not use --keep$/,
    hint: /--keep is for tickerlock db backup\.$/,
  },
  {
    args: ["--quick", "restore", "x.db"],
    error: /db restore does not use --quick/,
    hint: /tickerlock db verify\.$/,
  },
  {
    args: ["verify", "--to=x.db"],
    error: /db verify does not use --to/,
    hint: /for tickerlock db migrate, tickerlock db backup\.$/,
  },
  {
    args: ["backup", "--lock-dir", "locks"],
    error: /db backup does not use --lock-dir/,
    hint: /tickerlock db migrate, tickerlock db verify, tickerlock db restore\.$/,
  },
  { args: ["restore", "x.db", "--on-locked", "leave"], error: /"leave"/, hint: /wait, exit/ },
];

Deno.test("bad usage of db is refused by name with a remedy: exit 2, nothing made", async () => {
  await using space = await Workspace.create();
  for (const { args, error, hint } of BAD_USAGE) {
    const { code, stdout, stderr } = await space.program(["db", ...args]);
    assertEquals([code, stdout], [2, ""], `${args.join(" ")}: ${stderr}`);
    assertMatch(stderr, /^Error: .*\nTry: .*\n$/);
    assertMatch(stderr.split("\n")[0] ?? "", error);
    assertMatch(stderr.split("\n")[1] ?? "", hint);
  }
  assertEquals(space.names(), []);
});

Deno.test("what is not there is exit 1 with a remedy, and nothing is made", async () => {
  await using space = await Workspace.create();
  const commands = [
    ["info"],
    ["info", "--compact"],
    ["backup"],
    ["migrate", "--status"],
    ["restore", "none.db"],
    ["migrate", "--to", "99"],
  ];
  for (const args of commands) {
    const { code, stdout, stderr } = await db(space, ...args, "--log-format", "pretty");
    assertEquals([code, stdout], [1, ""], args.join(" "));
    assertMatch(stderr, /Error: .*(does not exist|no schema version)/);
    assertMatch(stderr, /Try: /);
  }
  assertEquals(space.names().filter((name) => name !== "locks"), []);
});

Deno.test("verify: what cannot be opened, or has a foreign schema, is in the document as well", async () => {
  await using space = await prepared();
  const edited = "UPDATE schema_migrations SET checksum = 'abc' WHERE version = 2";
  const copyOf = (name: string): string => {
    Deno.copyFileSync(space.db, `${space.path}/${name}`);
    return `${space.path}/${name}`;
  };
  const good = copyOf("good.db");
  space.execute(edited);
  const changed = copyOf("changed.db");
  Deno.copyFileSync(good, space.db);
  space.execute("INSERT INTO schema_migrations VALUES (99, 'later', 'x', '2030', '9')");
  const newer = copyOf("newer.db");
  const cases = [
    [changed, "schema", "db_schema_changed"],
    [newer, "schema", "db_schema_too_new"],
    [space.write("text.db", "no database\n".repeat(100)), "open", "db_not_a_database"],
    [`${space.path}/none.db`, "open", "db_not_found"],
    [space.path, "open", "db_is_a_folder"],
  ] as const;
  for (const [path, check, code] of cases) {
    const { ok, findings } = await jsonOf(space, "verify", ["verify", "--db", path], 1);
    const errors = findings.filter(({ level }) => level === "error");
    assertEquals([ok, errors.map((each) => [each.check, each.code])], [false, [[check, code]]]);
    const told = await db(space, "verify", "--db", path);
    assertEquals([told.code, told.stderr], [1, ""]);
    assertMatch(told.stdout, new RegExp(`^error: ${check}: .*\\n  Try: `, "m"));
    assertStringIncludes(told.stdout, `${path}: not ok, `);
  }
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
    assertMatch(refused.stderr, /has schema version \d+, .*Try: .*tickerlock db migrate --db/s);
  }
  assertEquals((await db(space, "migrate", "--to", "0")).code, 0);
  assertMatch((await db(space, "info")).stderr, /has no tables yet.*Try: /s);
});

Deno.test("verify: exit 1 where something is wrong, 0 where it is doubtful only", async () => {
  await using space = await prepared();
  space.execute("UPDATE prices SET close = close * 20 WHERE date = '2024-01-04'");
  const doubtful = await jsonOf(space, "verify", ["verify"]);
  assertEquals(doubtful.ok, true);
  assert(doubtful.findings.every(({ check }) => check === "doubtful_jumps"));
  space.execute("UPDATE prices SET high = 1, low = 2 WHERE ticker = 'EXMA3.SA'");
  const wrong = await jsonOf(space, "verify", ["verify"], 1);
  assertEquals(wrong.findings.filter(({ level }) => level === "error").length, 5);
  const { code, stdout } = await db(space, "verify");
  assertEquals(code, 1);
  assertMatch(stdout, /^error: impossible_prices: EXMA3\.SA 2024-01-02 .*\n {2}Try: /m);
  assertMatch(stdout, /prices\.db: not ok, 8 checks, 5 errors, /);
});

Deno.test("verify asks the locks: a row that says running is told of unless its lock is held", async () => {
  await using space = await prepared();
  space.execute(
    "UPDATE ingest_logs SET status = 'running', finished_at = NULL WHERE ticker = 'EXMA3.SA'",
  );
  {
    using _held = space.hold("EXMA3.SA");
    assertEquals((await jsonOf(space, "verify", ["verify", "--quick"])).findings, []);
  }
  const { findings, ok } = await jsonOf(space, "verify", ["verify", "--quick"]);
  assertEquals([ok, findings.map(({ check }) => check)], [true, ["running_rows"]]);
});

Deno.test("the drill: damaged, found, restored, brought up to date again", async () => {
  await using space = await prepared();
  const { path } = await jsonOf(space, "backup", ["backup"]);
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  const whole = space.prices().map(({ ticker, date, close }) => [ticker, date, close]);
  assertEquals(whole.length, 80);
  damage(space.db);
  const { code, stdout } = await db(space, "verify", "--quick");
  assertEquals(code, 1);
  assertMatch(stdout, /^error: integrity: /);
  const { replaced } = await jsonOf(space, "restore", ["restore", path]);
  assertEquals(space.prices().length, 40);
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  assertEquals(space.prices().map(({ ticker, date, close }) => [ticker, date, close]), whole);
  assertEquals((await jsonOf(space, "verify", ["verify"])).ok, true);
  assert((await Deno.stat(replaced ?? "")).isFile);
});

Deno.test("INGEST_LOCK_MODE and --log-level count for db as well", async () => {
  await using space = await prepared();
  const options = inside(space, { env: { INGEST_LOCK_MODE: "nonsense" } });
  assertEquals((await runProgram(["db", "restore", "x.db"], options)).code, 2);
  assertEquals((await db(space, "info", "--log-level", "debug")).code, 0);
});
