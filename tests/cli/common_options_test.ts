import { COMMANDS } from "../../src/cli/registry.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { inProcess, type Outcome } from "./in_process.ts";
import { logLines, SAMPLE } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";

const INGEST = "ingest --source cotahist --file SAMPLE --ticker EXMA3.SA";

/** A good line of every command, and of every subcommand that goes ways of its own. */
const LINES: readonly string[] = [
  INGEST,
  "collect --ticker PETR4.SA --every 15m --dry-run",
  "sources list",
  "sources test csv",
  "db info",
  "db backup --to copies/",
  "export --out out.csv",
  "export verify out.csv",
  "locks list",
  "locks status EXMA3.SA",
  "doctor --offline",
  "config show",
  "systemd print",
  "systemd cron --ticker PETR4.SA",
  "logs",
  "logs --ticker NOBODY",
  "logs prune --older-than 90d",
  "stats",
  "gaps",
  "report --out report.html",
  "completions bash",
];

async function run(space: Workspace, line: string, ...more: readonly string[]): Promise<Outcome> {
  // A checkout may be in a folder with blanks in its name.
  const words = line.split(" ").map((word) => word === "SAMPLE" ? SAMPLE : word);
  return await inProcess([...words, ...more], {
    cwd: space.path,
    env: { TICKERLOCK_DB: "prices.db", LOCK_DIR: "locks", TICKERLOCK_LOG_FORMAT: "pretty" },
  });
}

Deno.test("every command takes -q, -v and a log file: less, more, and the same in the file", async () => {
  // A server does not end: tests/e2e/serve_test.ts has it quiet.
  assertEquals(
    Object.keys(COMMANDS).filter((name) => !LINES.some((line) => line.startsWith(name))),
    ["serve"],
  );
  await using space = await Workspace.create();
  for (const [at, line] of LINES.entries()) {
    const plain = await run(space, line);
    const quiet = await run(space, line, "-q");
    assertEquals([quiet.code, quiet.stderr], [plain.code, ""], line);
    // What was asked for is there, quiet or not.
    assertEquals(quiet.stdout === "", plain.stdout === "", line);
    const file = `${at}.log`;
    const loud = await run(space, line, "-v", "--log-file", file);
    assertEquals(loud.code, plain.code, line);
    assert(loud.stderr.length > plain.stderr.length, line);
    assertMatch(loud.stderr, /\[DBG\] tickerlock·program: tickerlock [a-z]+( [a-z]+)? \d/, line);
    assertMatch(loud.stderr, /ended with exit code \d+ after [\d.]+ ms/, line);
    const lines = logLines(Deno.readTextFileSync(`${space.path}/${file}`));
    assert(lines.filter(({ level }) => level === "DEBUG").length >= 2, line);
  }
});

Deno.test("-v shows each step of a run", async () => {
  await using space = await Workspace.create();
  const { stderr } = await run(space, INGEST, "-v");
  for (
    const step of [
      "database prices.db: opened for writing, schema version",
      "source cotahist: opened after",
      "lock EXMA3.SA: asked for at locks/EXMA3.SA.lock",
      "lock EXMA3.SA: acquired after",
      "10 rows parsed",
      "write the prices of EXMA3.SA to prices.db",
      "lock EXMA3.SA: released after",
    ]
  ) assertStringIncludes(stderr, step);
});

Deno.test("notes of a command are lines of JSON where the log is, and stay in the file with -q", async () => {
  await using space = await Workspace.create();
  const line = "systemd cron --ticker PETR4.SA";
  const json = await run(space, line, "--log-format", "json");
  const levels = logLines(json.stderr).map(({ level }) => level);
  assert(levels.length >= 1);
  assertEquals(new Set(levels), new Set(["INFO"]));
  const quiet = await run(space, line, "-q", "--log-file", "x.log");
  assertEquals(quiet.stderr, "");
  assertStringIncludes(Deno.readTextFileSync(`${space.path}/x.log`), "home folder");
});

Deno.test("an error of any command is in its log file", async () => {
  await using space = await Workspace.create();
  for (const line of ["stats", "logs", "db info", "export"]) {
    const { code, stderr } = await run(
      space,
      `${line} --db nowhere.db --log-file ${line.slice(0, 2)}.log`,
    );
    assertEquals(code, 1);
    assertMatch(stderr, /^Error: .*nowhere\.db.*\nTry: .*\n$/);
    const lines = logLines(Deno.readTextFileSync(`${space.path}/${line.slice(0, 2)}.log`));
    assertEquals(lines.map(({ level }) => level), ["ERROR"], line);
    assertStringIncludes(String(lines[0]?.message), "nowhere.db");
  }
});
