import { db } from "../../../e2e/db_tools.ts";
import { assert, assertEquals, assertStringIncludes } from "../../../assert.ts";
import { prepared } from "../../../e2e/prepared.ts";

Deno.test("a backup never takes the place of what is no backup", async () => {
  await using space = await prepared();
  space.write("important.csv", "1,2\n");
  for (const name of ["important.csv", "prices.db-wal", "locks/EXMA3.SA.lock", "x.spill.ndjson"]) {
    const to = `${space.path}/${name}`;
    const { code, stderr } = await db(space, "backup", "--to", to);
    assertEquals(code, 2, name);
    assertStringIncludes(stderr, "Name another file or a folder with --to");
  }
  assertEquals(Deno.readTextFileSync(`${space.path}/important.csv`), "1,2\n");
  const to = `${space.path}/same.db`;
  for (let i = 0; i < 2; i++) {
    const { code } = await db(space, "backup", "--to", to);
    assertEquals(code, 0, "a backup may replace a backup");
  }
});

Deno.test("a backup whose checksum is gone is replaced, a database that is at work is not", async () => {
  await using space = await prepared();
  const to = `${space.path}/same.db`;
  assertEquals((await db(space, "backup", "--to", to)).code, 0);
  Deno.removeSync(`${to}.sha256`);
  assertEquals((await db(space, "backup", "--to", to)).code, 0);
  assert(Deno.readTextFileSync(`${to}.sha256`).includes("same.db"));

  const other = `${space.path}/other.db`;
  assertEquals((await db(space, "restore", to, "--db", other)).code, 0);
  const args = [
    "--source",
    "csv",
    "--file",
    space.write("b.csv", "date,ticker,close\n2024-01-02,B,1\n"),
  ];
  assertEquals((await space.ingest([...args, "--db", other])).code, 0);
  const before = Deno.readFileSync(other);
  const { code, stderr } = await db(space, "backup", "--to", other);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "is there already, and is no backup");
  assertEquals(Deno.readFileSync(other), before);
});

Deno.test("a file whose write-ahead log would be left out is not restored", async () => {
  await using space = await prepared();
  const copy = space.write("hot.db", Deno.readFileSync(space.db));
  space.write("hot.db-wal", "not empty");
  const before = space.prices();
  for (
    const [file, says, exitCode] of [
      [copy, "hot.db-wal", 1],
      [space.db, "itself", 2],
      ["none.db", "does not exist", 1],
    ] as const
  ) {
    const { code, stderr } = await db(space, "restore", file);
    assertEquals(code, exitCode, file);
    assertStringIncludes(stderr, says);
  }
  assertEquals(space.prices(), before);
});

Deno.test("tables are not taken away under a run", async () => {
  await using space = await prepared();
  using held = space.hold("EXMA3.SA");
  const { code, stderr } = await db(space, "migrate", "--rollback");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "EXMA3.SA");
  held.release();
  assertEquals((await db(space, "migrate", "--rollback")).code, 0);
});

Deno.test("the job lock is released where the lock folder cannot be read", async () => {
  await using space = await prepared();
  const { readDirSync } = Deno;
  Deno.readDirSync = (path) => {
    if (path === space.lockDir) throw new Deno.errors.PermissionDenied("as without a right");
    return readDirSync(path);
  };
  try {
    const { code, stderr } = await db(space, "migrate", "--rollback");
    assertEquals(code, 1);
    assertStringIncludes(stderr, `lock folder ${space.lockDir} cannot be read`);
  } finally {
    Deno.readDirSync = readDirSync;
  }
  assertEquals((await db(space, "migrate", "--rollback", "--on-locked", "exit")).code, 0);
});
