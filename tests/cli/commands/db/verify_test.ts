import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { db, jsonOf } from "../../../e2e/db_tools.ts";
import { prepared } from "../../../e2e/prepared.ts";

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
    ["/dev/null", "open", "db_not_a_database"],
  ] as const;
  for (const [path, check, code] of cases) {
    const { ok, findings } = await jsonOf(space, "verify", ["verify", "--db", path], 1);
    const errors = findings.filter(({ level }) => level === "error");
    assertEquals([ok, errors.map((each) => [each.check, each.code])], [false, [[check, code]]]);
    const told = await db(space, "verify", "--db", path);
    assertEquals([told.code, told.stderr], [1, ""]);
    assertMatch(told.stdout, new RegExp(`^error: ${check}: .*\\n  Try: `, "m"));
    assertStringIncludes(told.stdout, `${path}: not ok, `);
    assert(!told.stdout.includes("chmod 600 /dev"), told.stdout);
  }
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
  assertMatch(stdout, /prices\.db: not ok, 10 checks, 5 errors, /);
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

Deno.test("verify and info leave a database at rest, and its folder, as they are", async () => {
  await using space = await prepared();
  Deno.utimeSync(space.db, 1000, 1000);
  const state = (): unknown => [
    space.names().filter((name) => name !== "locks"),
    Deno.statSync(space.db).mtime,
    Deno.readFileSync(space.db).join(),
  ];
  const before = state();
  for (const args of [["verify"], ["verify", "--quick"], ["info"], ["migrate", "--status"]]) {
    assertEquals((await db(space, ...args)).code, 0);
    assertEquals(state(), before, args.join(" "));
  }
});

Deno.test("verify says of an empty file what it is", async () => {
  await using space = await prepared();
  const path = space.write("empty.db", "");
  const { code, stdout } = await db(space, "verify", "--db", path);
  assertEquals(code, 1);
  assertMatch(stdout, /^error: integrity: \S+empty\.db is an empty file \(0 bytes\)/);
  assertMatch(stdout, /Try: .*db restore FILE --db \S+empty\.db.*tickerlock ingest --db/);
  assertEquals(Deno.statSync(path).size, 0);
});
