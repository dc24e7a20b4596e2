import { assert, assertEquals, assertHas, assertStringIncludes } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";
import { fileOf, quote } from "../sources/cotahist/fixtures.ts";

Deno.test("a COTAHIST file with other prices of stored days replaces them, and is told with examples", async () => {
  await using space = await Workspace.create();
  const run = async (name: string, ...closes: readonly [string, number][]) => {
    const records = ["AAAA3", "BBBB3"].flatMap((ticker) =>
      closes.map(([date, close]) => quote({ ticker, date, close }))
    );
    const file = space.write(name, fileOf(records));
    return await space.here(["--source", "cotahist", "--file", file]);
  };
  const first = await run("a.TXT", ["20240102", 1050], ["20240103", 1040], ["20240104", 1000]);
  const same = await run("b.TXT", ["20240103", 1040], ["20240104", 1000]);
  assertEquals([...first.report.warnings, ...same.report.warnings], []);
  assertEquals(space.logs().every(({ restated }) => restated === null), true);

  const other = await run("c.TXT", ["20240103", 1060], ["20240104", 950], ["20240105", 990]);
  const [warning, ...more] = other.report.warnings;
  assertEquals(more, []);
  assertStringIncludes(
    warning ?? "",
    "the input gives 4 stored days of 2 tickers other prices, which replace the stored ones: " +
      "AAAA3.SA: 2 stored days changed, the first is 2024-01-03 close 10.6 in place of 10.4; BBBB3.SA",
  );
  assertStringIncludes(other.stderr, "4 stored days of 2 tickers");
  const log = space.logs().at(-1);
  assertHas(log, {
    status: "success",
    history: null,
    restated: 2,
    restated_by: "file",
    restated_from: "2024-01-03",
    restated_to: "2024-01-04",
    rows_updated: 2,
    rows_inserted: 1,
  });
  assert(Math.abs((log?.restated_factor ?? 0) - 10 / 9.5) < 1e-9);
  assertEquals(
    space.prices().filter(({ ticker }) => ticker === "AAAA3.SA").map(({ close }) => close),
    [
      ...[10.5, 10.6, 9.5, 9.9],
    ],
  );
});

Deno.test("a dry run tells of other prices of stored days, and leaves them", async () => {
  await using space = await Workspace.create();
  const csv = (close: number) =>
    space.write(`${close}.csv`, `ticker,date,close\nAAAA3.SA,2024-01-02,${close}\n`);
  await space.here(["--source", "csv", "--file", csv(10)]);
  const { report } = await space.here(["--source", "csv", "--file", csv(11), "--dry-run"]);
  assertStringIncludes(report.warnings[0] ?? "", "2024-01-02 close 11 in place of 10");
  assertEquals(space.prices().map(({ close }) => close), [10]);
});
