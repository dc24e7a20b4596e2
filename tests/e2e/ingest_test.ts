import { VERSION } from "../../src/version.ts";
import { assert, assertEquals, assertMatch, assertNotMatch } from "../assert.ts";
import { makeZip } from "../sources/cotahist/zip_writer.ts";
import { logLines, projectPath, SAMPLE, SAMPLE_TICKERS } from "./program.ts";
import { reportOf } from "./report_json.ts";
import { Workspace } from "./workspace.ts";

Deno.test("the sample file goes in: prices, log rows, a table on standard output", async () => {
  await using space = await Workspace.create();
  const { code, stdout, stderr } = await space.cotahist(SAMPLE);
  assertEquals([code, stderr], [0, ""]);
  for (const ticker of SAMPLE_TICKERS) {
    assertMatch(stdout, new RegExp(`^${ticker} +success +acquired +0\\.0 s +10 +10 `, "m"));
  }
  assertMatch(stdout, /^8 tickers \(8 success\), 80 rows: 80 new, 0 changed, 0 the same, /m);

  const prices = space.prices();
  assertEquals(prices.length, 80);
  assertEquals([...new Set(prices.map(({ ticker }) => ticker))], SAMPLE_TICKERS);
  // Copied from the file by hand: prices in cents, EXMH4 quoted per 1,000.
  const first = (ticker: string) => prices.find((row) => row.ticker === ticker);
  const { ingest_id: idOfA, ...a } = first("EXMA3.SA") ?? {};
  assertEquals(a, {
    ...{ ticker: "EXMA3.SA", date: "2024-01-02", source: "cotahist" },
    ...{ open: 64.57, high: 65.85, low: 63.69, close: 64.28, adj_close: null, volume: 2_444_000 },
  });
  const { ingest_id: idOfH, ...h } = first("EXMH4.SA") ?? {};
  assertEquals(h, {
    ...{ ticker: "EXMH4.SA", date: "2024-01-02", source: "cotahist", adj_close: null },
    ...{ open: 1.46941, high: 1.49664, low: 1.45991, close: 1.49207, volume: 2_066_000 },
  });

  const logs = space.logs();
  assertEquals(logs.map(({ ticker }) => ticker), SAMPLE_TICKERS);
  assertEquals([logs[0]?.id, logs[7]?.id], [idOfA, idOfH]);
  assertEquals(new Set(logs.map((row) => row.run_id)).size, 1);
  assertEquals(new Set(logs.map((row) => row.job_id)).size, 8);
  for (const row of logs) {
    assertEquals(
      [row.status, row.source, row.command, row.version],
      ["success", "cotahist", "tickerlock ingest", VERSION],
    );
    assertEquals([row.lock_action, row.lock_waited_seconds], ["acquired", 0]);
    assertEquals([row.rows_fetched, row.rows_inserted, row.rows_updated], [10, 10, 0]);
    assertEquals([row.rows_unchanged, row.rows_rejected, row.error_code], [0, 0, null]);
    assertMatch(row.payload_sha256 ?? "", /^[0-9a-f]{64}$/);
    assertMatch(row.job_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    assertMatch(row.started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert((row.finished_at ?? "") >= row.started_at);
    assert(row.pid > 0 && row.host !== "");
  }
  assertEquals(space.value("SELECT count(*) FROM ingest_rejects"), 0);
  for (const ticker of SAMPLE_TICKERS) assert(space.isFree(ticker), ticker);
  assertEquals((Deno.statSync(space.db).mode ?? 0) & 0o777, 0o600);
});

Deno.test("the same file twice changes nothing and says so", async () => {
  await using space = await Workspace.create();
  await space.cotahist(SAMPLE);
  const before = space.prices();
  const { code, stdout } = await space.cotahist(SAMPLE);
  assertEquals(code, 0);
  assertMatch(stdout, /80 rows: 0 new, 0 changed, 80 the same, 0 rejected/);
  assertMatch(stdout, /^Nothing new: the database has all of it\.$/m);
  assertEquals(space.prices(), before);
  const second = space.logs().slice(8);
  assertEquals(second.map((row) => row.ticker), SAMPLE_TICKERS);
  for (const row of second) {
    assertEquals(row.status, "success");
    assertEquals([row.rows_inserted, row.rows_updated, row.rows_unchanged], [0, 0, 10]);
  }
});

Deno.test("a changed row is updated, and it alone", async () => {
  await using space = await Workspace.create();
  const lines = (close: number) => `date,close\n2024-01-02,37.5\n2024-01-03,${close}\n`;
  const file = space.write("prices.csv", lines(38));
  const args = ["--source", "csv", "--file", file, "--ticker", "PETR4.SA"];
  await space.ingest(args);
  space.write("prices.csv", lines(38.25));
  const { stdout } = await space.ingest(args);
  assertMatch(stdout, /2 rows: 0 new, 1 changed, 1 the same/);
  assertEquals(
    space.prices().map(({ date, close, ingest_id }) => [date, close, ingest_id]),
    [["2024-01-02", 37.5, 1], ["2024-01-03", 38.25, 2]],
  );
});

Deno.test("--json is exactly one JSON document on standard output", async () => {
  await using space = await Workspace.create();
  const { code, stdout, stderr } = await space.cotahist(SAMPLE, "--json");
  assertEquals([code, stderr], [0, ""]);
  const report = reportOf(stdout);
  assertEquals([report.exit_code, report.dry_run, report.source], [0, false, "cotahist"]);
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

Deno.test("--dry-run makes no database where there is none", async () => {
  await using space = await Workspace.create();
  const { code, stdout } = await space.cotahist(SAMPLE, "--dry-run");
  assertEquals(code, 0);
  assertMatch(stdout, /8 tickers \(8 dry_run\), 80 rows: 80 new/);
  assertMatch(stdout, /^Dry run: no data were written to /m);
  assertEquals(space.names(), ["locks"]);
});

Deno.test("--dry-run writes log rows only, and takes the locks", async () => {
  await using space = await Workspace.create();
  await space.cotahist(SAMPLE, "--to", "2024-01-08");
  const before = space.prices();
  const rows = before.length;

  const dry = await space.cotahist(SAMPLE, "--dry-run");
  assertEquals(dry.code, 0);
  assertMatch(dry.stdout, new RegExp(`80 rows: ${80 - rows} new, 0 changed, ${rows} the same`));
  assertEquals(space.prices(), before);
  const logs = space.logs().slice(8);
  assertEquals(logs.map((row) => row.ticker), SAMPLE_TICKERS);
  for (const row of logs) {
    assertEquals([row.status, row.lock_action], ["dry_run", "acquired"]);
    assertEquals([row.rows_inserted, row.rows_unchanged], [10 - rows / 8, rows / 8]);
  }

  using _held = space.hold("EXMC3.SA");
  const busy = await space.cotahist(SAMPLE, "--dry-run", "--on-locked", "exit");
  assertEquals(busy.code, 75);
  assertEquals(
    space.logs("EXMC3.SA").map((row) => [row.status, row.lock_action]),
    [["success", "acquired"], ["dry_run", "acquired"], ["lock_busy", "busy"]],
  );
  assertEquals(space.prices(), before);
});

Deno.test("a CSV file of one ticker, and one with semicolons and a ticker per row", async () => {
  await using space = await Workspace.create();
  const one = space.write(
    "one.csv",
    "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,37,38.5,36.9,37.5,36.1,1000\n",
  );
  const first = await space.ingest(["--source", "csv", "--file", one, "--ticker", "petr4.sa"]);
  assertEquals([first.code, first.stderr], [0, ""]);
  const many = space.write(
    "many.csv",
    "\uFEFFticker;data;date;close\r\nVALE3.SA;x;31/01/2024;1.234,56\r\nITUB4.SA;y;31/01/2024;32,1\r\n",
  );
  const second = await space.ingest(["--file", many], { env: { TICKERLOCK_SOURCE: "csv" } });
  assertEquals([second.code, second.stderr], [0, ""]);
  assertEquals(
    space.prices().map((row) => Object.values(row).slice(0, 9)),
    [
      ["ITUB4.SA", "2024-01-31", "csv", null, null, null, 32.1, null, null],
      ["PETR4.SA", "2024-01-02", "csv", 37, 38.5, 36.9, 37.5, 36.1, 1000],
      ["VALE3.SA", "2024-01-31", "csv", null, null, null, 1234.56, null, null],
    ],
  );
  const dry = await space.ingest(["--source", "csv", "--file", many, "--dry-run"]);
  for (const column of ["ticker", "date", "close"]) assertMatch(dry.stdout, RegExp(`"${column}"`));
});

Deno.test("--ticker and a window take what they name", async () => {
  await using space = await Workspace.create();
  const window = ["--from", "2024-01-04", "--to", "2024-01-08"];
  const tickers = ["--ticker", "exma3.sa", "--ticker", "EXMH4.SA", "--ticker", "EXMA3.SA"];
  const { code } = await space.cotahist(SAMPLE, ...window, ...tickers);
  assertEquals(code, 0);
  const days = ["2024-01-04", "2024-01-05", "2024-01-08"];
  assertEquals(
    space.prices().map(({ ticker, date }) => [ticker, date]),
    ["EXMA3.SA", "EXMH4.SA"].flatMap((ticker) => days.map((date) => [ticker, date])),
  );
  assertEquals(space.logs().length, 2);
});

Deno.test("--markets takes other markets, each ticker under its own name", async () => {
  await using space = await Workspace.create();
  const { code } = await space.cotahist(SAMPLE, "--markets", "020,070");
  assertEquals(code, 0);
  assertEquals(
    space.query("SELECT ticker, count(*) AS rows FROM prices GROUP BY ticker").map(Object.values),
    [["EXMA3F.SA", 10], ["EXMAA80.SA", 10]],
  );
});

Deno.test("a ZIP, a folder and a pattern are read like the file in them", async () => {
  const data = Deno.readFileSync(SAMPLE);
  for (const input of ["COTAHIST_A2024.ZIP", "in", "in/COTAHIST_?2024.*"]) {
    await using space = await Workspace.create();
    Deno.mkdirSync(`${space.path}/in`);
    const zip = makeZip([{ name: "COTAHIST_A2024.TXT", data }]);
    space.write("COTAHIST_A2024.ZIP", zip);
    space.write("in/COTAHIST_A2024.ZIP", zip);
    space.write("in/notes.md", "not data");
    // Relative to the folder that the program runs in.
    const { code, stdout } = await space.cotahist(input);
    assertEquals(code, 0, input);
    assertMatch(stdout, /8 tickers \(8 success\), 80 rows: 80 new/);
  }
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
    assertEquals([outcome?.code, outcome?.stderr], [0, ""]);
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
  using _held = space.hold("EXMA3.SA");
  const args = ["--ticker", "EXMA3.SA", "--lock-timeout", "0.3"];
  const outcome = await space.cotahist(SAMPLE, ...args);
  assertEquals(outcome.code, 75);
  const [waiting, error, ...more] = logLines(outcome.stderr);
  assertEquals(more, []);
  assertEquals(waiting?.level, "INFO");
  assertMatch(String(waiting?.message), /^waiting for EXMA3\.SA/);
  assertEquals(error?.level, "ERROR");
  assertMatch(String(error?.message), /EXMA3\.SA is still locked .* Try: /);
  assertMatch(JSON.stringify(error?.properties), /"code":"lock_timeout"/);
  for (const line of [waiting, error]) assert(!Number.isNaN(Date.parse(`${line?.["@timestamp"]}`)));

  const quiet = await space.cotahist(SAMPLE, ...args, "--log-level", "error");
  assertEquals(logLines(quiet.stderr).map(({ level }) => level), ["ERROR"]);

  const pretty = await space.cotahist(SAMPLE, ...args, "--log-format", "pretty");
  assertMatch(pretty.stderr, /waiting for EXMA3\.SA/);
  assertMatch(pretty.stderr, /^Error: EXMA3\.SA is still locked .*\nTry: /m);
  // deno-lint-ignore no-control-regex
  assertNotMatch(pretty.stderr, /\x1b/);
});

Deno.test("the exchange's demonstration file: 188 rows of the cash market", async () => {
  const demonstration = projectPath("../shared/data/COTAHIST_DEMO_2003-02-12.TXT");
  try {
    await Deno.stat(demonstration);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.stderr.writeSync(
      new TextEncoder().encode(`absent, so not tested: ${demonstration}\n`),
    );
    return;
  }
  await using space = await Workspace.create();
  const { code } = await space.cotahist(demonstration);
  assertEquals(code, 0);
  const prices = space.prices();
  assertEquals(prices.length, 188);
  const closeOf = (name: string) => prices.find(({ ticker }) => ticker === name)?.close;
  assertEquals(closeOf("VALE3.SA"), 103.21);
  // Quoted per 1,000: the file says 0.24.
  assertEquals(closeOf("CBEE3.SA"), 0.00024);
});
