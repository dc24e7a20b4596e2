import { ingest } from "../../src/ingest/run.ts";
import { kalshi as source } from "../../src/sources/kalshi/source.ts";
import { UsageError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";
import { startFakeKalshi } from "../fake/kalshi.ts";
import { fakeSource } from "./fake_source.ts";

/** More than any disk has. */
const MORE_THAN_THERE_IS = 1e18;

Deno.test("on a disk that is nearly full a run stops before it writes, and says so in the log", async () => {
  await using space = await Workspace.create();
  const { db, lockDir } = space;
  const run = (minFreeBytes: number, dryRun = false) =>
    ingest({ source: fakeSource({ A: {}, B: {} }), db, lockDir, minFreeBytes, dryRun });
  const report = await run(MORE_THAN_THERE_IS);
  assertEquals([report.exitCode, report.results.length, report.notStarted], [1, 2, 1]);
  const error = report.results[0]?.error;
  assertEquals(error?.code, "disk_low");
  assertMatch(error?.message ?? "", /prices\.db has .* left, and a run leaves .* free/);
  assertMatch(error?.hint ?? "", /--min-free/);
  assertEquals(space.prices(), []);
  // One row for the ticker at work, one for the run, which does not go on.
  assertEquals(space.logs().map((row) => [row.ticker, row.error_code]), [
    ["A", "disk_low"],
    [null, "disk_low"],
  ]);
  assertEquals((await run(MORE_THAN_THERE_IS, true)).exitCode, 0);
  assertEquals((await run(0)).exitCode, 0);
  assertEquals(space.prices().length, 2);
  await assertRejects(() => run(-1), UsageError);
});

Deno.test("a dataset stops before a page, with what it wrote, and goes on where there is room", async () => {
  await using kalshi = await startFakeKalshi({ pageLimit: 10 });
  await using space = await Workspace.create();
  const { db, lockDir } = space;
  const run = (minFreeBytes: number) =>
    ingest({
      ...{ source, db, lockDir, minFreeBytes, selection: { dataset: "markets" } },
      network: { baseUrl: kalshi.url, rate: null, attempts: 1 },
    });
  const { results: [result], exitCode } = await run(MORE_THAN_THERE_IS);
  assertEquals([result?.error?.code, exitCode], ["disk_low", 1]);
  assertEquals(space.value("SELECT count(*) FROM markets"), 0);
  assertEquals((await run(0)).exitCode, 0);
  assert(Number(space.value("SELECT count(*) FROM markets")) > 0);
});
