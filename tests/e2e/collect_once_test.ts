import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { CollectSpace } from "./collect_tools.ts";

/** Far away: after the initial sync nothing happens. */
const RARELY = "10h";

function task(name: string, every: string, ...tickers: readonly string[]) {
  return { name, every, tickers };
}

Deno.test("once, each task runs one time, and the exit code tells of all", async () => {
  await using live = await CollectSpace.create();
  const good = task("good", RARELY, "PETR4.SA");
  const bad = task("bad", RARELY, "NOPE.SA");
  for (const [tasks, expected] of [[[good], 0], [[good, bad], 3], [[bad], 1]] as const) {
    live.configure(tasks);
    await using running = live.start(["--once", "--json"]);
    const { code, stdout } = await running.outcome();
    assertEquals(code, expected);
    const report = JSON.parse(stdout);
    assertEquals(report.exit_code, expected);
    assertEquals(
      report.tasks.map(({ name }: { name: string }) => name),
      tasks.map(({ name }) => name),
    );
  }
  live.configure([good]);
  await using running = live.start(["--once"]);
  const { code, stdout } = await running.outcome();
  assertEquals(code, 0);
  assertMatch(stdout, /^TASK +TICKERS +NEW OR CHANGED +EXIT CODE\ngood +1 success +\d+ +0\n$/);
  assertEquals(live.collectors().at(-1)?.stop_reason, "all tasks have run once");
});

Deno.test("a dry run shows the plan of a day, and touches nothing", async () => {
  await using live = await CollectSpace.create();
  live.configure([
    task("a", "12h", "PETR4.SA"),
    { ...task("b", "1h", "VALE3.SA"), active_hours: "00:00-24:00", time_zone: "America/Sao_Paulo" },
  ]);
  const before = live.space.names();
  await using text = live.start(["--dry-run"]);
  const shown = await text.outcome();
  assertEquals([shown.code, shown.stderr], [0, ""]);
  assertStringIncludes(shown.stdout, "At once, the initial sync: a, b.");
  assertStringIncludes(shown.stdout, "Dry run: nothing was locked, asked for or written.");
  await using json = live.start(["--dry-run", "--json"]);
  const plan = JSON.parse((await json.outcome()).stdout);
  const turns = plan.tasks.map(({ name, turns }: { name: string; turns: string[] }) => [
    name,
    turns.length,
  ]);
  // A turn at the very end of the 24 hours is one of the next.
  assertEquals(turns, [["a", 1], ["b", 24]]);
  assertEquals(live.space.names(), before);
  assertEquals(live.yahoo.requests.length, 0);
});
