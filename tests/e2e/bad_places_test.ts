import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { errorOf, prepared } from "./prepared.ts";
import { SAMPLE, type StartOptions } from "./program.ts";
import { bound } from "./unprivileged.ts";
import type { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

/** Changes modes for the length of a block, so that the folder can be removed after it. */
function withModes(modes: Readonly<Record<string, number>>): Disposable {
  const before = Object.keys(modes).map((path) => [path, Deno.statSync(path).mode ?? 0] as const);
  for (const [path, mode] of Object.entries(modes)) Deno.chmodSync(path, mode);
  return {
    [Symbol.dispose](): void {
      for (const [path, mode] of before.reverse()) Deno.chmodSync(path, mode & 0o777);
    },
  };
}

/** Runs the sample into a database that cannot be used: exit 1, one error, nothing made. */
async function refusesDatabase(
  space: Workspace,
  db: string,
  code: string,
  options: StartOptions = {},
): Promise<void> {
  const names = space.names();
  const args = ["--source", "cotahist", "--file", SAMPLE, "--db", db];
  const outcome = await space.spawn(["ingest", ...args], options);
  assertEquals([outcome.code, outcome.stdout], [1, ""], outcome.stderr);
  const error = errorOf(outcome);
  assertEquals(error.code, code);
  assertStringIncludes(error.message, db);
  assertMatch(error.hint, /--db|release|newer/);
  assertEquals(space.names(), names);
}

/** Makes what stands in the place of the database, and says where that is. */
const PLACES: Readonly<
  Record<string, readonly [make: (space: Workspace) => string, code: string]>
> = {
  "that is not SQLite": [
    (space) => space.write("other.db", "ticker,date,close\nA,2024-01-01,1\n".repeat(100)),
    "db_not_a_database",
  ],
  "of another program": [({ path }) => {
    using other = new DatabaseSync(`${path}/other.db`);
    other.exec("CREATE TABLE prices (ticker TEXT, close REAL)");
    return `${path}/other.db`;
  }, "db_of_another_program"],
  "of a newer release": [({ db }) => {
    using newer = new DatabaseSync(db);
    newer.exec("INSERT INTO schema_migrations VALUES (999, 'later', 'x', 'x', '99.0.0')");
    return db;
  }, "db_schema_too_new"],
  "that is a folder": [({ path }) => {
    Deno.mkdirSync(`${path}/folder`);
    return `${path}/folder`;
  }, "db_is_a_folder"],
  "below a file": [(space) => `${space.write("file", "not a folder")}/prices.db`, "db_cannot_open"],
};

for (const [what, [make, code]] of Object.entries(PLACES)) {
  Deno.test(`a database ${what} is refused, and what is there stays as it is`, async () => {
    await using space = await prepared();
    const place = make(space);
    const path = place.replace(/(?<=file)\/prices\.db$/, "");
    const content = (): unknown => Deno.statSync(path).isFile ? Deno.readFileSync(path) : [];
    const before = content();
    await refusesDatabase(space, place, code);
    assertEquals(content(), before);
  });
}

testNeeding("modes", "a database in a folder that cannot be written is refused", async () => {
  const prefix = await bound();
  if (prefix === undefined) return;
  await using space = await prepared();
  const folder = `${space.path}/folder`;
  Deno.mkdirSync(folder);
  using _modes = withModes({ [folder]: 0o555 });
  await refusesDatabase(space, `${folder}/prices.db`, "db_permission", { prefix });
  await refusesDatabase(space, `${folder}/deep/prices.db`, "db_permission", { prefix });
  assertEquals([...Deno.readDirSync(folder)], []);
});

testNeeding("modes", "a database that can only be read is refused, and loses nothing", async () => {
  const prefix = await bound();
  if (prefix === undefined) return;
  await using space = await prepared();
  const prices = space.prices();
  const folder = `${space.path}/folder`;
  Deno.mkdirSync(folder);
  const db = `${folder}/prices.db`;
  Deno.copyFileSync(space.db, db);
  const before = Deno.readFileSync(db);
  {
    using _modes = withModes({ [db]: 0o444, [folder]: 0o555 });
    await refusesDatabase(space, db, "db_read_only", { prefix });
  }
  assertEquals(Deno.readFileSync(db), before);
  assertEquals(space.prices(), prices);
});

testNeeding("modes", "a file that may not be read is file_unreadable", async () => {
  const prefix = await bound();
  if (prefix === undefined) return;
  await using space = await prepared();
  const prices = space.prices();
  const file = space.write("COTAHIST.TXT", Deno.readFileSync(SAMPLE));
  using _modes = withModes({ [file]: 0 });
  const outcome = await space.spawn(["ingest", "--source", "cotahist", "--file", file], { prefix });
  assertEquals(outcome.code, 1);
  const error = errorOf(outcome);
  assertEquals(error.code, "file_unreadable");
  assertMatch(error.hint, /right to read/);
  assertEquals(space.prices(), prices);
  assertEquals(space.logs().at(-1)?.error_code, "file_unreadable");
});

testNeeding(
  "modes",
  "a lock folder that cannot be written ends the run, with a failed row",
  async () => {
    const prefix = await bound();
    if (prefix === undefined) return;
    await using space = await prepared();
    const prices = space.prices();
    const folder = `${space.path}/folder`;
    Deno.mkdirSync(folder);
    using _modes = withModes({ [folder]: 0o555 });
    for (const lockDir of [folder, `${folder}/locks`]) {
      const logs = space.logs().length;
      const args = ["--source", "cotahist", "--file", SAMPLE, "--lock-dir", lockDir];
      const outcome = await space.spawn(["ingest", ...args], { prefix });
      assertEquals(outcome.code, 1);
      const error = errorOf(outcome);
      assertEquals(error.code, "lock_dir_unusable");
      assertStringIncludes(error.message, folder);
      assertMatch(error.hint, /--lock-dir/);
      assertEquals(space.prices(), prices);
      assertEquals(
        space.logs().slice(logs).map((row) => [row.ticker, row.status, row.error_code]),
        [[null, "failed", "lock_dir_unusable"]],
      );
    }
  },
);

Deno.test("a file in the place of the lock folder stops a ticker, with a failed row", async () => {
  await using space = await prepared();
  const prices = space.prices();
  const file = space.write("file", "not a folder");
  for (const lockDir of [file, `${file}/locks`]) {
    const args = ["--ticker", "EXMA3.SA", "--lock-dir", lockDir];
    const outcome = await space.cotahist(SAMPLE, ...args);
    assertEquals(outcome.code, 1);
    const error = errorOf(outcome);
    assertMatch(error.code, /^lock_(dir|file)_unusable$/);
    assertMatch(error.hint, /--lock-dir/);
    assertEquals(space.prices(), prices);
    const row = space.logs().at(-1);
    assertEquals([row?.status, row?.error_code], ["failed", error.code]);
    assertEquals(Deno.readTextFileSync(file), "not a folder");
  }
});

testNeeding(
  "links",
  "a symbolic link in the place of a lock file stops its ticker alone",
  async () => {
    await using space = await prepared();
    const target = space.write("precious", "do not touch");
    Deno.mkdirSync(space.lockDir);
    Deno.symlinkSync(target, space.lockPath("EXMB4.SA"));
    const outcome = await space.cotahist(SAMPLE);
    assertEquals(outcome.code, 3);
    const error = errorOf(outcome);
    assertEquals(error.code, "lock_not_a_file");
    assertStringIncludes(error.hint, space.lockPath("EXMB4.SA"));
    assertEquals(Deno.readTextFileSync(target), "do not touch");
    assertEquals(space.prices().length, 75);
    const row = space.logs("EXMB4.SA").at(-1);
    assertHas(row, { status: "failed", error_code: "lock_not_a_file", lock_action: null });
  },
);
