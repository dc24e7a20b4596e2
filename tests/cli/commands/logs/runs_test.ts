import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { inSpace } from "../../in_process.ts";

/** A workspace with two runs, the second of which failed in part. */
async function runSpace(): Promise<Workspace> {
  const space = await Workspace.create();
  space.write("a.csv", "ticker,date,close\nA,2024-01-02,5\nB,2024-01-02,5\nB,2024-01-03,x\n");
  const ingest = ["ingest", "--source", "csv", "--file", "a.csv"];
  assertEquals((await inSpace(space, ingest)).code, 0);
  assertEquals((await inSpace(space, [...ingest, "A,NONE"])).code, 2);
  assertEquals((await inSpace(space, ["ingest", "A,NONE", ...ingest.slice(1)])).code, 3);
  return space;
}

Deno.test("a run is a line with its command line, tickers, rows and time, the newest first", async () => {
  await using space = await runSpace();
  const { code, stdout } = await inSpace(space, ["logs", "runs"], { env: { TZ: "UTC" } });
  assertEquals(code, 0);
  const [titles = "", newest = "", oldest = "", ...rest] = stdout.split("\n");
  assertMatch(
    titles,
    /^STARTED +RUN +OK +FAILED +NEW +CHANGED +REJECTED +TIME +COMMAND$/,
  );
  assertMatch(
    newest,
    /^[\d-]{10} [\d:]{8} {2}[0-9a-f]{8} +1 +1 +0 +0 +0 .* {2}ingest A,NONE --source csv/,
  );
  assertMatch(
    oldest,
    /^[\d-]{10} [\d:]{8} {2}[0-9a-f]{8} +2 +0 +2 +0 +1 .* {2}ingest --source csv --file a\.csv$/,
  );
  assertEquals(rest, ["", "2 runs; the jobs of one: tickerlock logs --run RUN; times in UTC", ""]);

  const [, id = ""] = / ([0-9a-f]{8}) /.exec(newest) ?? [];
  const jobs = JSON.parse((await inSpace(space, ["logs", "--run", id, "--json"])).stdout);
  assertEquals(jobs.logs.length, 2);
});

Deno.test("runs are found by what failed, when, and a number; what is none is told", async () => {
  await using space = await runSpace();
  const counted = async (...args: string[]): Promise<number> => {
    const { stdout } = await inSpace(space, ["logs", "runs", "--json", ...args]);
    return JSON.parse(stdout).runs.length;
  };
  assertEquals(await counted(), 2);
  assertEquals(await counted("--failed"), 1);
  assertEquals(await counted("--limit", "1"), 1);
  assertEquals(await counted("--ticker", "B"), 1);
  assertEquals(await counted("--since", "1h"), 2);
  assertEquals(await counted("--until", "2024"), 0);
  const limited = await inSpace(space, ["logs", "runs", "--limit", "1"]);
  assertStringIncludes(limited.stdout, "1 run, and there are more: --limit N, or --limit all");
  const none = await inSpace(space, ["logs", "runs", "--ticker", "NONEE"]);
  assertEquals(none.stdout, "no runs\n");
  assertStringIncludes(none.stderr, "no job of ticker NONEE is in the log; did you mean NONE?");
});

Deno.test("a run that failed as a whole, or for a file, is shown as failed", async () => {
  await using space = await runSpace();
  const csv = ["ingest", "--source", "csv", "--file"];
  assertEquals((await inSpace(space, [...csv, "missing.csv"])).code, 1);
  space.write("bad.csv", "no,columns\n1,2\n");
  assertEquals((await inSpace(space, [...csv, "a.csv", "bad.csv", "--force-refresh"])).code, 3);
  const { stdout } = await inSpace(space, ["logs", "runs"]);
  const [, some = "", none = ""] = stdout.split("\n");
  assertMatch(some, /^[\d-]{10} [\d:]{8} {2}[0-9a-f]{8} +2 +run +0 /);
  assertMatch(none, /^[\d-]{10} [\d:]{8} {2}[0-9a-f]{8} +0 +run +0 /);
  const { runs } = JSON.parse((await inSpace(space, ["logs", "runs", "--json"])).stdout);
  assertEquals(runs.map((run: Record<string, unknown>) => run.run_failures), [1, 1, 0, 0]);
});

Deno.test("at 80 columns a run keeps its time, its command and how many failed", async () => {
  await using space = await runSpace();
  const options = { terminal: true, columns: 80, env: { NO_COLOR: "1" } };
  const narrow = (await inSpace(space, ["logs", "runs"], options)).stdout;
  assertMatch(narrow, /^STARTED .* FAILED .* COMMAND$/m);
  assert(narrow.split("\n").every((line) => line.length <= 80), narrow);
  const wide = (await inSpace(space, ["logs", "runs", "--wide"], options)).stdout;
  assertMatch(wide, / [0-9a-f]{8}-[0-9a-f]{4}-7\S+ .* {2}tickerlock ingest A,NONE --source csv/);
});
