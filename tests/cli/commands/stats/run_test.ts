import { DatabaseSync } from "node:sqlite";
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

Deno.test("limits are a check: the exit code is 1, and who is beyond them is named", async () => {
  await using space = await prepared();
  const stats = async (...args: string[]) => {
    const { code, stdout, stderr } = await inSpace(space, ["stats", ...args]);
    return { code, said: `${stdout.trimEnd().split("\n").at(-1)}${stderr}` };
  };
  const behind = await stats("--max-behind", "1", "EXMA3.SA");
  assertEquals(behind.code, 1);
  assertMatch(behind.said, /^beyond the limits: EXMA3\.SA \(cotahist\): \d+ days behind$/);
  assertEquals((await stats("--max-behind", "100000", "--max-age", "1h")).code, 0);
  // The runs were more than a millisecond ago.
  const old = await stats("--max-age", "1ms");
  assertEquals(old.code, 1);
  assertMatch(old.said, /EXMA3\.SA \(cotahist\): last success \d+ s ago/);
  for (const args of [["NOPE.SA"], ["EXMA3.SA", "NOPE.SA"]]) {
    const { code, said } = await stats("--max-behind", "100000", ...args);
    assertEquals([code, said], [1, "beyond the limits: NOPE.SA: nothing is known of it"]);
  }
  // Of what never succeeded no day is stored, and none can be behind.
  const db = new DatabaseSync(space.db);
  db.exec(
    `INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, finished_at, status,
       host, pid, version)
     SELECT 'x', run_id, 'GONE3.SA', 'yahoo', command, started_at, finished_at, 'failed', host, pid, version
     FROM ingest_logs LIMIT 1`,
  );
  db.close();
  const never = await stats("--max-behind", "9", "GONE3.SA");
  assertEquals([never.code, never.said], [
    1,
    "beyond the limits: GONE3.SA (yahoo): no success in the log",
  ]);
  const none = await stats("--max-behind", "9", "--source", "kalshi");
  assertEquals(none, { code: 1, said: "nothing to check" });
  const metrics = await stats("--max-behind", "0", "--prometheus", "EXMA3.SA");
  assertEquals(metrics.code, 1);
  assertMatch(metrics.said, /beyond the limits: EXMA3/);
  const { stdout } = await inSpace(space, ["stats", "--max-behind", "0", "EXMA3.SA", "--json"]);
  assertHas(JSON.parse(stdout).violations[0], { ticker: "EXMA3.SA", source: "cotahist" });
});

Deno.test("jobs come together by source, run and day, and limits are not of these", async () => {
  await using space = await loggedSpace();
  const by = async (what: string, ...args: string[]) =>
    await inSpace(space, ["stats", "--by", what, ...args]);
  assertMatch((await by("source")).stdout, /^SOURCE +TICKERS +RUNS +SUCCESS +MEDIAN +P95 +WAITS/);
  assertMatch(
    (await by("day")).stdout,
    /^2026-11-05 +1 +1 +100\.0 % +10 ms +10 ms +1 +3\.2 s +25$/m,
  );
  assertMatch((await by("run")).stdout, /^RUN +BEGAN +TICKERS/);
  const none = await by("day", "--ticker", "NONE3.SA");
  assertMatch(none.stdout, /^no rows: nothing in/);
  for (const other of [["--max-behind", "1"], ["--max-age", "1h"], ["--prometheus"]]) {
    assertEquals((await by("run", ...other)).code, 2);
  }
  assertEquals((await by("week")).code, 2);
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
