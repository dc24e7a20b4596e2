import { assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { SAMPLE } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";

const HEAD = "date,ticker,close,high,low\n";
const GOOD = "2024-01-02,T,37.5,38,37\n";
const BAD = "2024-01-02,T,37.5,37,38\n";

function stored(space: Workspace): unknown[] {
  return space.query("SELECT ticker, date, close, high FROM prices").map(Object.values);
}

Deno.test("a row that is refused supersedes no good one of the same run", async () => {
  await using space = await Workspace.create();
  const good = space.write("a.csv", HEAD + GOOD);
  const bad = space.write("b.csv", HEAD + BAD + BAD);
  const { code } = await space.here(["--source", "csv", "--file", good, "--file", bad]);
  assertEquals([code, stored(space)], [0, [["T", "2024-01-02", 37.5, 38]]]);
  assertEquals(
    space.query("SELECT origin, line, code FROM ingest_rejects ORDER BY line").map(Object.values),
    [["b.csv", 2, "high_below_low"], ["b.csv", 3, "high_below_low"]],
  );
  const [log] = space.logs();
  assertHas(log, { rows_fetched: 3, rows_inserted: 1, rows_rejected: 2 });
});

Deno.test("a run that finds nothing leaves a row, and says what there is", async () => {
  await using space = await Workspace.create();
  const cotahist = ["--source", "cotahist", "--file", SAMPLE];
  const { code, report } = await space.here([...cotahist, "--from", "2030-01-01"]);
  assertEquals(code, 0);
  assertMatch(report.warnings.join(), /no rows for what was asked; it has markets .*010/);
  assertEquals(space.logs().map(({ ticker, status }) => [ticker, status]), [[null, "success"]]);
});

Deno.test("a dry run tells what it would refuse, and why", async () => {
  await using space = await Workspace.create();
  const file = space.write("a.csv", `${HEAD}${GOOD}2024-01-03,T,x,1,1\n`);
  const { report } = await space.here(["--source", "csv", "--file", file, "--dry-run"]);
  assertStringIncludes(JSON.stringify(report), '"bad_number"');
  const table = await space.ingest(["--source", "csv", "--file", file, "--dry-run"]);
  assertMatch(table.stdout, /rejected: T, a\.csv line 3: bad_number: /);
});
