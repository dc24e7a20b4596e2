import { UsageError } from "../../../src/base/errors.ts";
import { refuseLogFile, refuseOwnFiles } from "../../../src/cli/log/refuse_path.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";
import { SAMPLE } from "../../e2e/program.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { has } from "../../system.ts";

const LINE = '{"@timestamp":"2026-01-02T03:04:05.006Z","level":"INFO","message":"a",' +
  '"logger":"tickerlock.ingest","properties":{}}\n';

Deno.test("a log file may be new, empty or a log, and nothing else", async () => {
  await using space = await Workspace.create();
  const refuse = (name: string, count = 5): void =>
    refuseLogFile(`${space.path}/${name}`, count, space.db, null);
  refuse("new.log");
  refuse("no/folder/new.log");
  for (const good of ["", LINE, LINE + LINE.slice(0, 9), LINE.slice(0, 40), LINE.slice(0, 3)]) {
    space.write("good.log", good);
    refuse("good.log");
  }
  space.write("good.log", LINE.slice(0, 40) + LINE);
  refuse("good.log");
  const others = ["\n", "date,close\n1,2\n", "{}\n", "x", '{"@timestamp":"x","level":"INFO"}\n'];
  for (const other of [...others, LINE.replace("tickerlock.", "another."), "\0".repeat(1e5)]) {
    space.write("other.csv", other);
    assertThrows(() => refuse("other.csv"), UsageError, "is no log of tickerlock");
    assertEquals(Deno.readTextFileSync(`${space.path}/other.csv`), other);
  }
  Deno.mkdirSync(`${space.path}/folder`);
  assertThrows(() => refuse("folder"), UsageError, "is not a regular file");
  if (has("deviceFiles")) {
    assertThrows(
      () => refuseLogFile("/dev/null", 5, space.db, null),
      UsageError,
      "not a regular file",
    );
  }
});

Deno.test("a log file is not what the command writes, whatever it is called", async () => {
  await using space = await Workspace.create();
  const path = (name: string): string => `${space.path}/${name}`;
  const refuse = (name: string, out: string, count = 1): void =>
    refuseLogFile(path(name), count, space.db, out);
  space.write("there.csv", "");
  Deno.linkSync(path("there.csv"), path("same.csv"));
  for (
    const [name, out, count] of [
      ["new.csv", path("new.csv"), 1],
      ["new.csv", path("./new.csv"), 1],
      ["new.csv.sha256", path("new.csv"), 1],
      ["same.csv", path("there.csv"), 1],
      ["new", path("new.1"), 2],
    ] as const
  ) {
    const error = assertThrows(
      () => refuse(name, out, count),
      UsageError,
      "what the command writes",
    );
    assertEquals(error.code, "path_refused", name);
  }
  refuse("new.log", path("new.csv"), 5);
  refuse("new.log", "-", 5);
});

Deno.test("a file is no place for older logs unless it is one", async () => {
  await using space = await Workspace.create();
  space.write("run.log.2", "not a log\n");
  const refuse = (count: number): void =>
    refuseLogFile(`${space.path}/run.log`, count, space.db, null);
  const error = assertThrows(() => refuse(3), UsageError, "run.log.2, where older logs are put");
  assertEquals(error.code, "path_refused");
  refuse(2);
});

Deno.test("neither a log nor a file of figures is written over a database or a lock", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  const before = space.prices();
  const link = `${space.path}/link.prom`;
  await (has("links") ? Deno.symlink(space.db, link) : Deno.link(space.db, link));
  const lock = `${space.lockDir}/${[...Deno.readDirSync(space.lockDir)][0]?.name}`;
  const env = { TICKERLOCK_DB: space.db, LOCK_DIR: space.lockDir };
  for (const path of [link, lock]) {
    const stats = await space.program(["stats", "--prometheus", "--out", path], { env });
    const log = await space.cotahist(SAMPLE, "--log-file", path, "--log-file-size", "1KB");
    for (const [option, { code, stderr }] of [["--out", stats], ["--log-file", log]] as const) {
      assertEquals(code, 2, `${option} ${path}: ${stderr}`);
      assertStringIncludes(stderr, `${option} ${path}: `);
    }
  }
  assertEquals(space.prices(), before);
  const args = ["export", "--db", `${space.path}/p.csv.sha256`, "--out", `${space.path}/p.csv`];
  await Deno.copyFile(space.db, `${space.path}/p.csv.sha256`);
  const exported = await space.program(args);
  assertEquals(exported.code, 2, exported.stderr);
  assertStringIncludes(exported.stderr, "is the database itself");
});

Deno.test("a file that is not there, and any file that no database owns, may be written", async () => {
  await using space = await Workspace.create();
  refuseOwnFiles("--out", `${space.path}/new.prom`, space.db);
  refuseOwnFiles("--out", space.write("old.prom", "# HELP\n"), space.db);
  for (const path of [space.db, `${space.path}/x.db-wal`]) {
    assertEquals(assertThrows(() => refuseOwnFiles("--out", path, space.db), UsageError).details, {
      option: "--out",
      path,
    });
  }
});
