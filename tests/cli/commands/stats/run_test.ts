import { inSpace } from "../../in_process.ts";
import { assert, assertEquals, assertHas, assertMatch } from "../../../assert.ts";
import { loggedSpace } from "../../../e2e/log_tools.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { modeOf, wantedMode } from "../../../system.ts";

Deno.test("with --json there is one document", async () => {
  await using space = await prepared();
  const { code, stdout, stderr } = await inSpace(space, ["stats", "--json"]);
  assertEquals([code, stderr], [0, ""]);
  const { stats } = JSON.parse(stdout) as { stats: Record<string, unknown>[] };
  assertEquals(stats.length, 8);
  const [first] = stats;
  assertHas(first, {
    ticker: "EXMA3.SA",
    source: "cotahist",
    last_day: "2024-01-08",
    runs: 1,
    failures: 0,
    is_fresh: false,
    open_gaps: 0,
  });
  assert(Number(first?.days_behind) > 700);
});

Deno.test("people get a table with the zone and what is wrong", async () => {
  await using space = await loggedSpace();
  const { code, stdout, stderr } = await inSpace(space, ["stats"], { env: { TZ: "Asia/Tokyo" } });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(
    stdout,
    /^TICKER +SOURCE +LAST SUCCESS +LAST DAY +FRESHNESS +GAPS +RUNS +FAILED +MEDIAN +P95 /,
  );
  assertMatch(stdout, /^\(run\) +csv +- +- +- +- +1 +100\.0 % +- +- +0 +0 ms +0$/m);
  assertMatch(
    stdout,
    /^PETR4\.SA +yahoo +2026-11-05 21:34:56 +- +- +- +2 +50\.0 % +10 ms +10 ms +1 +3\.2 s +25$/m,
  );
  assertMatch(
    stdout,
    /^3 tickers and sources: 0 more .*, 1 with failures, 0 never succeeded; 1 failure of no ticker; times/m,
  );
  const none = await inSpace(space, ["stats", "--ticker", "NONE3.SA"]);
  assertEquals(none.code, 0);
  assertMatch(none.stdout, /^no rows: nothing in \S+ is of --\S+ .*\nTry: tickerlock stats .*\n$/);
});

Deno.test("the text for Prometheus can be a file, whole or not at all, that all may read", async () => {
  await using space = await prepared();
  const printed = await inSpace(space, ["stats", "--prometheus"]);
  assertMatch(printed.stdout, /^# HELP tickerlock_/);
  const file = `${space.path}/collector/tickerlock.prom`;
  for (let round = 0; round < 2; round++) {
    const { code, stdout, stderr } = await inSpace(space, ["stats", "--prometheus", "--out", file]);
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
    assertEquals(modeOf(file), wantedMode(0o644));
  }
  const metrics = (said: string): string[] =>
    said.split("\n").filter((line) => !line.startsWith("tickerlock_stats_timestamp"));
  assertEquals(metrics(Deno.readTextFileSync(file)), metrics(printed.stdout));
  const names = [...Deno.readDirSync(`${space.path}/collector`)].map(({ name }) => name);
  assertEquals(names.filter((name) => name.endsWith(".prom")), ["tickerlock.prom"]);
  assertEquals(names.length, 2);
});

Deno.test("the text for Prometheus goes to standard output where --out is a dash", async () => {
  await using space = await loggedSpace();
  const { code, stdout } = await inSpace(space, ["stats", "--prometheus", "--out", "-"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^# HELP tickerlock_/);
  assert(!space.names().includes("-"));
});
