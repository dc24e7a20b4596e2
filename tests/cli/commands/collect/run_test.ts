import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { logLines } from "../../../e2e/program.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { inSpace } from "../../in_process.ts";

function configure(space: Workspace, tasks: readonly Readonly<Record<string, unknown>>[]): void {
  const all = tasks.map((each, at) => ({ name: `t${at}`, tickers: ["A"], every: "6h", ...each }));
  space.write("tickerlock.json", JSON.stringify({ tasks: all }));
}

const PRETTY = { env: { TICKERLOCK_LOG_FORMAT: "pretty" } };

Deno.test("a configuration that lies there starts nothing: it is told, and how to start it", async () => {
  await using space = await Workspace.create();
  configure(space, [{}, {}]);
  const before = space.names();
  for (const args of [[], ["--once"], ["--dry-run"]]) {
    const { code, stdout, stderr } = await inSpace(space, ["collect", ...args], PRETTY);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "here is tickerlock.json with 2 tasks: t0, t1\n");
    assertStringIncludes(
      stderr,
      "\nTry: To start that: tickerlock collect --config tickerlock.json",
    );
  }
  assertEquals(space.names(), before);
  const json = await inSpace(space, ["collect", "--log-format=json"]);
  const { code } = logLines(json.stderr)[0]?.properties as Record<string, unknown>;
  assertEquals(code, "missing_task");
  configure(space, Array.from({ length: 12 }, () => ({})));
  const many = await inSpace(space, ["collect"], PRETTY);
  assertStringIncludes(many.stderr, "with 12 tasks: t0, t1,");
  assertStringIncludes(many.stderr, "t9 and 2 more\n");
  // A file that is no configuration is told as such.
  space.write("tickerlock.json", "{}");
  const bad = await inSpace(space, ["collect"], PRETTY);
  assertEquals(bad.code, 2);
  assertStringIncludes(bad.stderr, "tickerlock.json: tasks: is missing");
});

Deno.test("a dry run shows for each task whose time decides, and whose time is shown", async () => {
  await using space = await Workspace.create();
  configure(space, [
    { name: "b3", active_hours: "00:00-24:00", time_zone: "America/Sao_Paulo" },
    { name: "any" },
  ]);
  const args = ["collect", "--config", "tickerlock.json", "--dry-run"];
  const { code, stdout } = await inSpace(space, args, { env: { TZ: "Asia/Tokyo" } });
  assertEquals(code, 0);
  assertMatch(stdout, /^b3 .* -03:00 .* -03:00 +America\/Sao_Paulo +\d+$/m);
  assertMatch(stdout, /^any .* \+09:00 .* \+09:00 +- +\d+$/m);
  assertMatch(stdout, /^\S+ \S+ -03:00 +America\/Sao_Paulo +b3$/m);
  assertMatch(stdout, /^\S+ \S+ \+09:00 +- +any$/m);
  assertStringIncludes(
    stdout,
    "No zone counts for any, without active hours or days: times shown in",
  );
  const json = await inSpace(space, [...args, "--json"]);
  const { tasks } = JSON.parse(json.stdout) as { tasks: { time_zone: string | null }[] };
  assertEquals(tasks.map(({ time_zone }) => time_zone), ["America/Sao_Paulo", null]);
  configure(space, [{ active_days: "mon-sun", time_zone: "America/Sao_Paulo" }]);
  assert(!(await inSpace(space, args)).stdout.includes("No zone counts"));
});

Deno.test("a zone that nothing goes by is refused where the task itself names it", async () => {
  await using space = await Workspace.create();
  configure(space, [{ time_zone: "UTC" }]);
  const args = ["collect", "--config", "tickerlock.json", "--dry-run"];
  const { code, stderr } = await inSpace(space, args, PRETTY);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "tasks[0].time_zone: counts only with active hours or days");
  // For all tasks at once it is a default.
  const tasks = [{ name: "a", tickers: ["A"], every: "1h" }];
  space.write("tickerlock.json", JSON.stringify({ time_zone: "UTC", tasks }));
  assertEquals((await inSpace(space, args)).code, 0);
});
