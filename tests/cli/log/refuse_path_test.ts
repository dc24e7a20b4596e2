import { UsageError } from "../../../src/base/errors.ts";
import { refuseLogFile } from "../../../src/cli/log/refuse_path.ts";
import { givenFiles } from "../../../src/cli/log/given_files.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";
import { logLines, SAMPLE } from "../../e2e/program.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { has } from "../../system.ts";

const LINE = '{"@timestamp":"2026-01-02T03:04:05.006Z","level":"INFO","message":"a",' +
  '"logger":"tickerlock.ingest","properties":{}}\n';

Deno.test("a log file may be new, empty or a log, and nothing else", async () => {
  await using space = await Workspace.create();
  const refuse = (name: string, count = 5): void =>
    refuseLogFile(`${space.path}/${name}`, count, space.db, []);
  refuse("new.log");
  refuse("no/folder/new.log");
  for (const good of ["", LINE, LINE + LINE.slice(0, 9), LINE.slice(0, 40), LINE.slice(0, 3)]) {
    space.write("good.log", good);
    refuse("good.log");
  }
  space.write("good.log", `${LINE.slice(0, 40)}\n${LINE}`);
  refuse("good.log");
  const others = ["\n", "date,close\n1,2\n", "{}\n", "x", '{"@timestamp":"x","level":"INFO"}\n'];
  for (const other of [...others, LINE.replace("tickerlock.", "another."), "\0".repeat(1e5)]) {
    space.write("other.csv", other);
    assertThrows(() => refuse("other.csv"), UsageError, "is no log of tickerlock");
    assertEquals(Deno.readTextFileSync(`${space.path}/other.csv`), other);
  }
  space.write("run.log.2", "somebody's\n");
  assertThrows(() => refuse("run.log"), UsageError, "run.log.2, where older logs are put");
  refuse("run.log", 2);
});

Deno.test("a log file is no file that the command was given, whatever leads to it", async () => {
  await using space = await Workspace.create();
  Deno.mkdirSync(`${space.path}/in`);
  space.write("in/a.csv", LINE);
  Deno.linkSync(`${space.path}/in/a.csv`, `${space.path}/hard.log`);
  const links = has("links") ? ["in.log", "not-there.log"] : [];
  if (links.length > 0) {
    Deno.symlinkSync("in/a.csv", `${space.path}/in.log`);
    Deno.symlinkSync("in/../new.csv", `${space.path}/not-there.log`);
  }
  const refuse = (log: string, other: string): void =>
    refuseLogFile(`${space.path}/${log}`, 3, space.db, [
      { option: "--file", path: `${space.path}/${other}` },
    ]);
  const clashes = [
    ["in/a.csv", "in/a.csv"],
    ["in/a.csv", "in/../in/a.csv"],
    ["in/a.csv", "in"],
    ["in/a.csv", "in/?.csv"],
    ["in/b.csv", "in"],
    ["hard.log", "in/a.csv"],
    ["hard.log", "in"],
    ["new.csv", "in/../new.csv"],
    ["run.log", "run.log.2"],
    ...(links.length > 0 ? [["in.log", "in/*.csv"], ["not-there.log", "new.csv"]] : []),
  ];
  for (const [log = "", other = ""] of clashes) {
    const error = assertThrows(() => refuse(log, other), UsageError);
    assertEquals(error.code, "path_refused", `${log} ${other}`);
    assertStringIncludes(error.message, "--file");
  }
  for (
    const [log = "", other = ""] of [["in/run.log", "in"], ["b.csv", "in"], ["in/b.csv", "a*"]]
  ) {
    refuse(log, other);
  }
});

Deno.test("the files that a command line names", () => {
  const paths = (command: string, values: Record<string, unknown>, operands: string[] = []) =>
    givenFiles(command, values, operands).map(({ path }) => path);
  assertEquals(paths("ingest", { file: ["a", "b"], to: "2024-01-01", tickersFile: "t" }), [
    "a",
    "b",
    "t",
  ]);
  assertEquals(paths("export", { out: "o.csv" }), ["o.csv", "o.csv.sha256"]);
  assertEquals(paths("export", { out: "-" }, ["verify", "f"]), ["f"]);
  assertEquals(paths("db restore", { toVersion: null }, ["restore", "f"]), ["f"]);
  assertEquals(paths("db backup", { toVersion: "b.db" }, ["backup"]), ["b.db", "b.db.sha256"]);
  assertEquals(paths("logs show", {}, ["show", "job"]), []);
  assertEquals(paths("collect", { config: "c.json" }), ["c.json"]);
});

Deno.test("commands refuse a log file that they would spoil something with", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE, "--log-file", "run.log")).code, 0);
  const env = { TICKERLOCK_DB: space.db, LOCK_DIR: space.lockDir };
  const csv = "ticker,date,close\nA.SA,2024-01-02,1\n";
  const task = { name: "a", source: "csv", file: ["in.csv"], every: "1h" };
  const config = JSON.stringify({ tasks: [task] });
  const kept = { "in.csv": csv, "t.txt": "PETR4.SA\n", "tickerlock.json": config };
  for (const [name, text] of Object.entries(kept)) space.write(name, text);
  const commands = [
    ["ingest", "--source", "csv", "--file", "in.csv", "--log-file", "in.csv", "-v"],
    ["ingest", "--tickers-file", "t.txt", "--log-file", "t.txt", "-v"],
    ["collect", "--once", "--log-file", "tickerlock.json"],
    ["collect", "--once", "--log-file", "in.csv"],
    ["export", "--out", "new.csv", "--log-file", "new.csv"],
    ["export", "verify", "in.csv", "--log-file", "in.csv"],
    ["db", "restore", "in.csv", "--log-file", "in.csv"],
    ["db", "backup", "--to", "new.db", "--log-file", "new.db"],
    ["stats", "--prometheus", "--out", "new.prom", "--log-file", "new.prom"],
    ["logs", "--log-file", "in.csv", "--log-file-size", "1kB", "-v"],
  ];
  const before = space.names();
  for (const args of commands) {
    const { code, stderr, stdout } = await space.program([...args, "--log-format=json"], { env });
    assertEquals([code, stdout], [2, ""], `${args.join(" ")}: ${stderr}`);
    const [line] = logLines(stderr);
    assertStringIncludes(JSON.stringify(line), "path_refused", args.join(" "));
    assertStringIncludes(String(line?.message), "--log-file ");
  }
  assertEquals(space.names(), before);
  for (const [name, text] of Object.entries(kept)) {
    assertEquals(Deno.readTextFileSync(`${space.path}/${name}`), text);
  }
  const linesBefore = Deno.readTextFileSync(`${space.path}/run.log`).split("\n").length;
  const again = await space.program(["logs", "-v", "--log-file", "run.log"], { env });
  assertEquals(again.code, 0);
  assert(logLines(Deno.readTextFileSync(`${space.path}/run.log`)).length > linesBefore);
});
