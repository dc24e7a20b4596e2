import { UsageError } from "../../src/base/errors.ts";
import {
  assertEquals,
  assertHas,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";

const SAMPLE = new URL("../../docs/examples/cotahist-sample.txt", import.meta.url);

/** The sample, which is Latin-1: a byte is a character. */
function sampleText(): string {
  return Array.from(Deno.readFileSync(SAMPLE), (byte) => String.fromCharCode(byte)).join("");
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const COTAHIST = ["--source", "cotahist", "--file"];
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

Deno.test("the same for exchange files: a day that cannot be leaves the good one", async () => {
  await using space = await Workspace.create();
  const lines = sampleText().split("\r\n");
  const first = lines[1] ?? "";
  const zero = `${first.slice(0, 108)}${"0".repeat(13)}${first.slice(121)}`;
  const text = [lines[0], zero, ...lines.slice(2)].join("\r\n");
  const files = [space.write("A.TXT", latin1(sampleText())), space.write("B.TXT", latin1(text))];
  const { code } = await space.here([
    "--source",
    "cotahist",
    ...files.flatMap((f) => ["--file", f]),
  ]);
  assertEquals(code, 0);
  assertEquals(space.query("SELECT count(*) AS n FROM prices")[0]?.n, 80);
  assertEquals(
    space.query("SELECT origin, line, code FROM ingest_rejects").map(Object.values),
    [["B.TXT", 2, "zero_close"]],
  );
});

Deno.test("zeros are no date", async () => {
  await using space = await Workspace.create();
  const lines = sampleText().split("\r\n");
  lines[1] = `01${"0".repeat(8)}${(lines[1] ?? "").slice(10)}`;
  const { code } = await space.here([
    ...COTAHIST,
    space.write("Z.TXT", latin1(lines.join("\r\n"))),
  ]);
  assertEquals(code, 0);
  assertEquals(space.query("SELECT min(date) AS first FROM prices")[0]?.first, "2024-01-02");
  assertEquals(space.query("SELECT code FROM ingest_rejects").map(Object.values), [["bad_date"]]);
});

Deno.test("a file that is not there does not keep the others out", async () => {
  await using space = await Workspace.create();
  const good = space.write("a.csv", HEAD + GOOD);
  for (const missing of ["missing.csv", "empty*.csv"]) {
    const args = ["--source", "csv", "--file", good, "--file", `${space.path}/${missing}`];
    const { code, report } = await space.here(args);
    assertEquals([code, stored(space).length], [3, 1]);
    assertStringIncludes(JSON.stringify(report.tickers), missing);
  }
});

Deno.test("a run that finds nothing leaves a row, and says what there is", async () => {
  await using space = await Workspace.create();
  const file = space.write("S.TXT", latin1(sampleText()));
  const { code, report } = await space.here([...COTAHIST, file, "--from", "2030-01-01"]);
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

Deno.test("a database that would be lost is refused", async () => {
  await using space = await Workspace.create();
  const file = space.write("a.csv", HEAD + GOOD);
  for (const db of [":memory:", "file:x.db"]) {
    const args = ["--source", "csv", "--file", file, "--db", db];
    await assertRejects(() => space.here(args), UsageError, "is not a file");
  }
});
