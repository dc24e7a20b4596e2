import { VERSION } from "../../src/base/version.ts";
import { assert, assertEquals, assertMatch, assertNotMatch, assertObjectMatch } from "../assert.ts";
import { logLines, SAMPLE } from "./program.ts";
import { reportOf } from "./report_json.ts";
import { Workspace } from "./workspace.ts";

Deno.test("--json is exactly one JSON document on standard output", async () => {
  await using space = await Workspace.create();
  const { code, stdout, stderr } = await space.cotahist(SAMPLE, "--json");
  assertEquals([code, stderr], [0, ""]);
  const report = reportOf(stdout);
  assertObjectMatch(report, { exit_code: 0, dry_run: false, source: "cotahist" });
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

Deno.test("the version and the help of program and command", async () => {
  await using space = await Workspace.create();
  const [version, json, program, short, command, topic] = await Promise.all([
    ["--version"],
    ["--version", "--json"],
    ["--help"],
    ["-h"],
    ["ingest", "--help"],
    ["help", "ingest"],
  ].map((args) => space.program(args)));
  for (const outcome of [version, json, program, short, command, topic]) {
    assertObjectMatch(outcome ?? {}, { code: 0, stderr: "" });
  }
  assertEquals(version?.stdout, `tickerlock ${VERSION}\n`);
  assertEquals(JSON.parse(json?.stdout ?? "").version, VERSION);
  assertMatch(program?.stdout ?? "", /^Usage: tickerlock COMMAND/m);
  assertMatch(program?.stdout ?? "", /^ {2}ingest {2}/m);
  assertEquals(short?.stdout, program?.stdout);
  for (const option of ["--ticker TICKER", "--lock-timeout SECONDS", "--dry-run", "-h, --help"]) {
    assert(command?.stdout.includes(`\n  ${option} `), option);
  }
  assertMatch(command?.stdout ?? "", /environment INGEST_LOCK_TIMEOUT_SECONDS/);
  assertEquals(topic?.stdout, command?.stdout);
  for (const line of command?.stdout.split("\n") ?? []) {
    if (!line.startsWith("  tickerlock ")) assert(line.length <= 100, line);
  }
  assertEquals(space.names(), []);
});

Deno.test("what is logged is JSON Lines where no terminal is", async () => {
  await using space = await Workspace.create();
  const waiting = async (...args: readonly string[]): Promise<string> => {
    using held = space.hold("EXMA3.SA");
    const all = ["--source", "cotahist", "--file", SAMPLE, "--ticker", "EXMA3.SA", ...args];
    await using running = space.start(all);
    await running.says("waiting for EXMA3.SA");
    held.release();
    const { code, stderr } = await running.outcome();
    assertEquals(code, 0);
    return stderr;
  };
  const late = async (...args: readonly string[]): Promise<string> => {
    using _held = space.hold("EXMA3.SA");
    const words = ["--ticker", "EXMA3.SA", "--lock-timeout", "0", ...args];
    const { code, stderr } = await space.cotahist(SAMPLE, ...words);
    assertEquals(code, 75);
    return stderr;
  };
  const lines = [...logLines(await waiting()), ...logLines(await late())];
  assertEquals(lines.map(({ level }) => level), ["INFO", "ERROR"]);
  const [info, error] = lines;
  assertMatch(String(info?.message), /^waiting for EXMA3\.SA/);
  assertMatch(String(error?.message), /EXMA3\.SA is still locked .* Try: /);
  assertMatch(JSON.stringify(error?.properties), /"code":"lock_timeout"/);
  for (const line of lines) assert(!Number.isNaN(Date.parse(`${line["@timestamp"]}`)));

  const pretty = await waiting("--log-format", "pretty") + await late("--log-format", "pretty");
  assertMatch(pretty, /waiting for EXMA3\.SA/);
  assertMatch(pretty, /^Error: EXMA3\.SA is still locked .*\nTry: /m);
  // deno-lint-ignore no-control-regex
  assertNotMatch(pretty, /\x1b/);
});
