import { assert, assertEquals, assertHas, assertMatch, assertNotMatch } from "../../../assert.ts";
import { logLines, SAMPLE } from "../../../e2e/program.ts";
import { reportOf } from "../../../e2e/report_json.ts";
import { Workspace } from "../../../e2e/workspace.ts";

Deno.test("--json is exactly one JSON document on standard output", async () => {
  await using space = await Workspace.create();
  const { code, stdout, stderr } = await space.cotahist(SAMPLE, "--json");
  assertEquals([code, stderr], [0, ""]);
  const report = reportOf(stdout);
  assertHas(report, { exit_code: 0, dry_run: false, source: "cotahist" });
  assertEquals(report.totals, {
    ...{ tickers: 8, rows_fetched: 80, rows_inserted: 80, rows_updated: 0, rows_unchanged: 0 },
    ...{ rows_rejected: 0, by_status: { success: 8 } },
  });
  const logs = space.logs();
  assertEquals(
    report.tickers.map(({ ticker, job_id, status }) => [ticker, job_id, status]),
    logs.map(({ ticker, job_id, status }) => [ticker, job_id, status]),
  );
  assertEquals(report.run_id, logs[0]?.run_id);
  assertEquals(report.details.markets, { "010": 80, "020": 10, "030": 20, "070": 10 });
});

Deno.test("--json stays one document where tickers fail, and the errors go to standard error", async () => {
  await using space = await Workspace.create();
  const outcome = await space.cotahist(
    SAMPLE,
    "--json",
    "--ticker",
    "NONE3",
    "--ticker",
    "EXMA3.SA",
  );
  assertEquals(outcome.code, 3);
  const report = reportOf(outcome.stdout);
  assertEquals(report.exit_code, 3);
  assertEquals(
    report.tickers.map(({ ticker, status, error }) => [ticker, status, error?.code]),
    [["EXMA3.SA", "success", undefined], ["NONE3", "failed", "ticker_not_in_file"]],
  );
  assertEquals(logLines(outcome.stderr).length, 1);
});

Deno.test("what is logged is JSON Lines where no terminal is", async () => {
  await using space = await Workspace.create();
  using _held = space.hold("EXMA3.SA");
  const late = async (...args: readonly string[]): Promise<string> => {
    const words = ["--ticker", "EXMA3.SA", "--lock-timeout", "0.05", ...args];
    const { code, stderr } = await space.cotahist(SAMPLE, ...words);
    assertEquals(code, 75);
    return stderr;
  };
  const lines = logLines(await late());
  assertEquals(lines.map(({ level }) => level), ["INFO", "ERROR"]);
  const [info, error] = lines;
  assertMatch(String(info?.message), /^waiting for EXMA3\.SA/);
  assertMatch(String(error?.message), /^EXMA3\.SA is still locked by (?!.*Try:)/);
  const { code, hint } = error?.properties as Record<string, unknown>;
  assertEquals(code, "lock_timeout");
  assertMatch(String(hint), /^Wait longer \(--lock-timeout SECONDS/);
  for (const line of lines) assert(!Number.isNaN(Date.parse(`${line["@timestamp"]}`)));

  const pretty = await late("--log-format", "pretty");
  assertMatch(pretty, /waiting for EXMA3\.SA/);
  assertMatch(pretty, /^Error: EXMA3\.SA is still locked .*\nTry: /m);
  // deno-lint-ignore no-control-regex
  assertNotMatch(pretty, /\x1b/);
});
