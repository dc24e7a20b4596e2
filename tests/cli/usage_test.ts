import { assertEquals, assertMatch, assertNotMatch } from "../assert.ts";
import { logLines, SAMPLE } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";
import { inProcess } from "./in_process.ts";

/** A command line that is good but for what is added. */
const good = ["ingest", "--source", "cotahist", "--file", SAMPLE];

Deno.test("bad usage is one line of JSON where the log is to be JSON, whatever else is wrong", async () => {
  await using space = await Workspace.create();
  const env = { TICKERLOCK_LOG_FORMAT: "json" };
  const cases: readonly [args: readonly string[], env: Record<string, string>, code: string][] = [
    [[...good, "--bogus", "--log-format", "json"], {}, "unknown_option"],
    [["ingets", "--log-format=JSON"], {}, "unknown_command"],
    [["db", "frobnicate"], env, "unknown_command"],
    [[...good, "--log-level", "loud"], env, "bad_value"],
    [[...good, "--log-format", "jsn"], env, "bad_value"],
  ];
  for (const [args, env, expected] of cases) {
    const { code, stdout, stderr } = await inProcess(args, { cwd: space.path, env });
    assertEquals([code, stdout], [2, ""], stderr);
    const [line, ...more] = logLines(stderr);
    assertEquals([line?.level, line?.logger, more], ["ERROR", "tickerlock", []]);
    assertNotMatch(String(line?.message), /^Error|Try:/);
    const { code: of, hint } = line?.properties as { code?: string; hint?: string };
    assertEquals(of, expected);
    assertMatch(String(hint), /^\S.*[.?]$/);
  }
  assertEquals(space.names(), []);
});

Deno.test("help is printed for the program, a command and a subcommand, in both forms", async () => {
  const rows: [args: string[], code: number, start: string][] = [
    [[], 2, "tickerlock "],
    [["--help"], 0, "tickerlock "],
    [["-h"], 0, "tickerlock "],
    [["help"], 0, "tickerlock "],
    [["help", "logs"], 0, "tickerlock logs: "],
    [["logs", "--help"], 0, "tickerlock logs: "],
    [["help", "logs", "show"], 0, "tickerlock logs show: "],
    [["logs", "show", "--help", "--bogus"], 0, "tickerlock logs show: "],
    [["ingest", "-h"], 0, "tickerlock ingest: "],
  ];
  for (const [args, wanted, start] of rows) {
    const { code, stdout, stderr } = await inProcess(args);
    assertEquals([code, stderr, stdout.startsWith(start)], [wanted, "", true], args.join(" "));
    assertMatch(stdout, /^Usage:/m);
  }
});
