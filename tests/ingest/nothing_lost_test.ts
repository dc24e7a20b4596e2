import { assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { SAMPLE } from "../e2e/program.ts";
import { inSpace } from "../cli/in_process.ts";
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
  const files = ["--file", good, "--file", bad, "--max-rejected", "100%"];
  const { code } = await space.here(["--source", "csv", ...files]);
  assertEquals([code, stored(space)], [0, [["T", "2024-01-02", 37.5, 38]]]);
  assertEquals(
    space.query("SELECT origin, line, code FROM ingest_rejects ORDER BY line").map(Object.values),
    [["b.csv", 2, "high_below_low"], ["b.csv", 3, "high_below_low"]],
  );
  const [log] = space.logs();
  assertHas(log, { rows_fetched: 3, rows_inserted: 1, rows_rejected: 2 });
});

Deno.test("a run that finds nothing fails, and says what there is", async () => {
  await using space = await Workspace.create();
  const cotahist = ["--source", "cotahist", "--file", SAMPLE];
  const { code, report } = await space.here([...cotahist, "--from", "2030-01-01"]);
  assertEquals(code, 1);
  assertMatch(
    JSON.stringify(report),
    /no rows for what was asked; it has markets \(010: [\d,]+[^"]*\), days \(first: \d{4}-/,
  );
  assertEquals(
    space.logs().map(({ ticker, status, error_code: code }) => [ticker, status, code]),
    [[null, "failed", "no_rows_in_window"]],
  );
});

Deno.test("a run shows the first rows that it refused, and the job that has them all", async () => {
  await using space = await Workspace.create();
  const bad = Array.from({ length: 7 }, (_, i) => `2024-01-0${i + 3},T,x,1,1\n`).join("");
  const file = space.write("a.csv", `${HEAD}${GOOD}${bad}${bad.replaceAll(",T,", ",U,")}`);
  const args = ["--source", "csv", "--file", file, "--max-rejected", "90%"];
  const one = await space.ingest([...args, "--ticker", "T"]);
  const rejected = one.stdout.split("\n").filter((line) => line.startsWith("rejected: "));
  assertEquals(rejected.length, 5);
  assertMatch(rejected[0] ?? "", /^rejected: T, a\.csv:3, 2024-01-03, bad_number: close is "x"/);
  assertStringIncludes(one.stdout, "\n… and 2 more\n");
  const id = /^More about .* with: tickerlock logs show ([0-9a-f]{8})$/m.exec(one.stdout)?.[1];
  const shown = await inSpace(space, ["logs", "show", id ?? ""]);
  assertMatch(shown.stdout, /^7 rejected rows /m);

  // A failed ticker's as well, each job with its own id; and where the database is to be found.
  const both = await inSpace(space, ["ingest", ...args, "--db", space.db]);
  assertEquals(both.code, 3);
  const ids = space.logs().slice(-2).map(({ ticker, job_id }) => [ticker, job_id.slice(-8)]);
  assertEquals(ids.map(([ticker]) => ticker), ["T", "U"]);
  for (const [ticker, id] of ids) {
    const line = `  tickerlock logs show ${id} --db ${space.db}  (${ticker}: 7)\n`;
    assertStringIncludes(both.stdout, line);
  }
  assertStringIncludes(both.stderr, `logs show ${ids[1]?.[1]}, and look`);
});

Deno.test("a dry run tells what it would refuse, and why", async () => {
  await using space = await Workspace.create();
  const file = space.write("a.csv", `${HEAD}${GOOD}2024-01-03,T,x,1,1\n`);
  const { report } = await space.here(["--source", "csv", "--file", file, "--dry-run"]);
  assertStringIncludes(JSON.stringify(report), '"bad_number"');
  const table = await space.ingest(["--source", "csv", "--file", file, "--dry-run"]);
  assertMatch(table.stdout, /^rejected: T, a\.csv:3, 2024-01-03, bad_number: /m);
});
