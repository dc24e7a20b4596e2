import { VERSION } from "../../../../src/base/version.ts";
import { assert, assertEquals, assertHas, assertMatch } from "../../../assert.ts";
import { SAMPLE, SAMPLE_TICKERS } from "../../../e2e/program.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { modeOf, wantedMode } from "../../../system.ts";

Deno.test("the sample file goes in: prices, log rows, a table on standard output", async () => {
  await using space = await Workspace.create();
  const { code, stdout, stderr } = await space.cotahist(SAMPLE);
  assertEquals([code, stderr], [0, ""]);
  for (const ticker of SAMPLE_TICKERS) {
    assertMatch(stdout, new RegExp(`^${ticker} +success +acquired +0 ms +10 +10 `, "m"));
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
    assertHas(row, {
      status: "success",
      source: "cotahist",
      command: `tickerlock ingest --source cotahist --file ${SAMPLE}`,
      version: VERSION,
    });
    assertEquals([row.lock_action, row.lock_waited_seconds], ["acquired", 0]);
    assertHas(row, { rows_fetched: 10, rows_inserted: 10, rows_updated: 0 });
    assertHas(row, { rows_unchanged: 0, rows_rejected: 0, error_code: null });
    assertMatch(row.payload_sha256 ?? "", /^[0-9a-f]{64}$/);
    assertMatch(row.job_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    assertMatch(row.started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert((row.finished_at ?? "") >= row.started_at);
    assert(row.pid > 0 && row.host !== "");
  }
  assertEquals(space.value("SELECT count(*) FROM ingest_rejects"), 0);
  for (const ticker of SAMPLE_TICKERS) assert(space.isFree(ticker), ticker);
  assertEquals(modeOf(space.db), wantedMode(0o600));
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
    assertHas(row, { rows_inserted: 0, rows_updated: 0, rows_unchanged: 10 });
  }
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
