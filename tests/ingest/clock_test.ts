import { assertEquals, assertStringIncludes } from "../assert.ts";
import { logLines } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";
import { inSpace } from "../cli/in_process.ts";
import { Scene } from "../e2e/yahoo_scene.ts";
import { DAY_MS, setClock } from "../set_clock.ts";

const PETR4 = ["--ticker", "PETR4.SA"];

/** The warnings of a run on standard error, each with its code. */
function warned(stderr: string): string[] {
  return logLines(stderr).filter(({ level }) => level === "WARN").map(({ message, properties }) =>
    `${(properties as { code?: string }).code}: ${message}`
  );
}

Deno.test("what a run noted while the clock was ahead makes no later run skip, and is told", async () => {
  await using scene = await Scene.create();
  await scene.good(PETR4);
  {
    using _ahead = setClock(40 * DAY_MS);
    assertEquals((await scene.here(PETR4)).report.tickers[0]?.status, "success");
  }
  scene.yahoo.setToday("2024-06-06");
  const { code, stderr, report } = await scene.here(PETR4);
  assertEquals([code, report.tickers[0]?.status], [0, "success"]);
  assertEquals(report.totals.rows_inserted, 2);
  const [warning, ...others] = warned(stderr);
  assertStringIncludes(warning ?? "", "clock: the clock says ");
  assertStringIncludes(warning ?? "", "the newest row is 40 days later");
  assertEquals([others, report.warnings.length], [[], 1]);
  await scene.assertSame("PETR4.SA");
});

Deno.test("a clock from before the first release is told", async () => {
  await using scene = await Scene.create();
  using _behind = setClock(-Date.now());
  const { stderr } = await scene.here(PETR4);
  assertStringIncludes(warned(stderr)[0] ?? "", "1970-01-01T00:0");
});

Deno.test("a clock that is set forward while a run works: nothing counts as done meanwhile", async () => {
  // A board without a clock of its own: NTP sets it when the run has begun.
  let arrive = (): void => {};
  await using scene = await Scene.create({ onRequest: () => arrive() });
  const both = [...PETR4, "--ticker", "VALE3.SA", "--concurrency", "1"];
  await scene.good(both);
  using clock = setClock(-300 * DAY_MS);
  arrive = () => clock.set(0);
  const { report } = await scene.here(both);
  assertEquals(report.tickers.map(({ status }) => status), ["success", "success"]);
});

Deno.test("a ticker that was said in the future not to be known is asked for", async () => {
  await using scene = await Scene.create();
  const { yahoo } = scene;
  await scene.good(PETR4);
  yahoo.setFault("PETR4.SA", "NOPE");
  const codes = async (): Promise<unknown[]> =>
    (await scene.here(["--all"])).report.tickers.map(({ error, status }) => error?.code ?? status);
  {
    using _ahead = setClock(40 * DAY_MS);
    assertEquals(await codes(), ["ticker_unknown"]);
    assertEquals(await codes(), ["skipped"]);
  }
  assertEquals(await codes(), ["ticker_unknown"]);
});

Deno.test("the turns of a collector tell of a clock once, and each run of its own again", async () => {
  await using space = await Workspace.create();
  const file = space.write("a.csv", "date,ticker,close\n2024-01-02,A,1\n");
  const task = (name: string) => ({ name, source: "csv", file, every: "1h" });
  const config = space.write("c.json", JSON.stringify({ tasks: ["a", "b", "c"].map(task) }));
  const collect = async () => {
    const args = ["collect", "--once", "--config", config, "--log-format", "json"];
    const { code, stderr } = await inSpace(space, args);
    assertEquals(code, 0, stderr);
    return warned(stderr).filter((each) => each.startsWith("clock: ")).length;
  };
  assertEquals(await collect(), 0);
  space.execute("UPDATE ingest_logs SET finished_at = '2999-01-01T00:00:00.000Z' WHERE id = 1");
  assertEquals([await collect(), await collect()], [1, 1]);
});
