import { assert, assertEquals, assertMatch } from "../assert.ts";
import { testNeeding } from "../system.ts";
import { assertAllFree } from "./lock_tools.ts";
import { reportOf } from "./report_json.ts";
import { Workspace } from "./workspace.ts";

const NOWHERE = { YAHOO_BASE_URL: "http://name.invalid" };

Deno.test("a name that does not resolve is waited for once, for all tickers together", async () => {
  await using space = await Workspace.create();
  const args = [
    "A.SA",
    "B.SA",
    "C.SA",
    "D.SA",
    "E.SA",
    "F.SA",
    "--concurrency",
    "2",
    "--attempts",
    "2",
    "--deadline",
    "4",
    "--json",
  ];
  await using running = space.start(args, { env: NOWHERE });
  const { code, stdout } = await running.outcome();
  assertEquals(code, 1);
  const report = reportOf(stdout);
  assertEquals(report.totals.by_status, { failed: 6 });
  for (const { error } of report.tickers) {
    assertEquals(error?.code, "connection_failed");
    assertMatch(error?.message ?? "", /name/);
  }
  const requests = space.logs().map((row) => Number(row.requests));
  assert(Math.max(...requests) > 2, `${requests}`);
  // Two at once, and half as many again are begun while those wait.
  assertEquals(requests.slice(3), [0, 0, 0]);
});

testNeeding("signals", "SIGTERM while a name does not resolve ends the wait at once", async () => {
  await using space = await Workspace.create();
  await using running = space.start(["A.SA", "--deadline", "1h"], { env: NOWHERE });
  await running.says(": retry 3 in ");
  running.kill("SIGTERM");
  const { code } = await running.outcome();
  const [row] = space.logs();
  assertEquals([code, row?.status], [143, "interrupted"]);
  await assertAllFree(space);
});
