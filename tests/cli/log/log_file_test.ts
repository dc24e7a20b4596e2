import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { CollectSpace } from "../../e2e/collect_tools.ts";
import { logLines, SAMPLE } from "../../e2e/program.ts";
import { waitFor } from "../../e2e/wait_for.ts";
import { Workspace } from "../../e2e/workspace.ts";

const BUSY = ["--source", "cotahist", "--file", SAMPLE, "--ticker", "EXMA3.SA", "--on-locked=exit"];

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function linesOf(space: Workspace, name: string): Record<string, unknown>[] {
  return logLines(Deno.readTextFileSync(`${space.path}/${name}`));
}

Deno.test("--log-file has the log and the errors as JSON Lines, whatever standard error has", async () => {
  await using space = await Workspace.create();
  using _held = space.hold("EXMA3.SA");
  for (const format of ["pretty", "json"]) {
    const args = [...BUSY, "--log-file", `${format}/run.log`, "--log-format", format, "-v"];
    const { code, stderr } = await space.ingest(args);
    assertEquals(code, 75);
    const lines = linesOf(space, `${format}/run.log`);
    const errors = lines.filter(({ level }) => level === "ERROR");
    assertEquals(errors.length, 1, format);
    assertStringIncludes(JSON.stringify(errors[0]), "EXMA3.SA");
    if (format === "pretty") assertStringIncludes(stderr, "Error: EXMA3.SA");
    else assertEquals(logLines(stderr).length, lines.length);
  }
});

Deno.test("-q leaves errors on standard error, the results, and the log file as it is", async () => {
  await using space = await Workspace.create();
  const args = ["--ticker", "EXMA3.SA", "--ticker", "NONE3.SA", "--log-file", "run.log"];
  {
    using held = space.hold("EXMA3.SA");
    const quiet = space.ingest(["--source", "cotahist", "--file", SAMPLE, "-q", ...args]);
    const log = `${space.path}/run.log`;
    const waits = () => exists(log) && Deno.readTextFileSync(log).includes("waiting for EXMA3.SA");
    await waitFor("the wait in the log file", waits);
    held.release();
    const { code, stdout, stderr } = await quiet;
    assertEquals(code, 3);
    assertEquals(logLines(stderr).map(({ level }) => level), ["ERROR"]);
    assertStringIncludes(stdout, "EXMA3.SA");
    const levels = new Set(linesOf(space, "run.log").map(({ level }) => level));
    assertEquals(levels, new Set(["INFO", "ERROR"]));
  }
  const good = await space.ingest(["--source", "cotahist", "--file", SAMPLE, "--quiet"]);
  assertEquals([good.code, good.stderr], [0, ""]);
  assertStringIncludes(good.stdout, "EXMA3.SA");
});

Deno.test("a log file that cannot be written is told once, and the work is done", async () => {
  await using space = await Workspace.create();
  space.write("file", "");
  const args = ["--source", "cotahist", "--file", SAMPLE, "--verbose", "--log-file=file/run.log"];
  const { code, stderr } = await space.ingest([...args, "--log-format", "json"]);
  assertEquals(code, 0);
  const told = logLines(stderr).filter(({ message }) => String(message).includes("log file"));
  assertEquals(told.map(({ level }) => level), ["ERROR"]);
  assertStringIncludes(String(told[0]?.message), "the log file file/run.log cannot be written");
  assertEquals(space.value("SELECT count(*) FROM prices"), 80);
  const pretty = await space.ingest([...args, "--log-format", "pretty"]);
  assertMatch(
    pretty.stderr,
    /cannot be written: file is not a folder; the work goes on\nTry: Check the path, or/,
  );
});

Deno.test("a collector puts its log files aside", async () => {
  await using space = await CollectSpace.create();
  space.configure(["a", "b", "c", "d", "e", "f"].map((name) => ({
    name,
    tickers: ["PETR4.SA"],
    every: "1h",
  })));
  const args = ["--once", "-v", "--log-file", "c.log", "--log-file-size=1kB", "--log-file-count=2"];
  const { code } = await space.start(args).outcome();
  assertEquals(code, 0);
  assertEquals(space.space.names().filter((name) => name.startsWith("c.log")), [
    "c.log",
    "c.log.1",
  ]);
  for (const name of ["c.log", "c.log.1"]) assert(linesOf(space.space, name).length > 0, name);
});
