import * as fc from "fast-check";
import { Database, statistics } from "../../../../src/store/mod.ts";
import { upsertPrices } from "../../../../src/store/sqlite/tables/prices.ts";
import { percentile } from "../../../../src/store/sqlite/queries/statistics.ts";
import { assert, assertEquals, assertHas } from "../../../assert.ts";
import { priceOf } from "../filled.ts";
import { temporaryFolder } from "../helpers.ts";
import { addLogged, reading } from "../logged.ts";

Deno.test("percentiles are of the nearest rank", () => {
  assertEquals(percentile([], 0.5), null);
  assertEquals(percentile([7], 0.95), 7);
  assertEquals(percentile([1, 2], 0.5), 1);
  assertEquals(percentile([1, 2, 3], 0.5), 2);
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assertEquals([percentile(hundred, 0.5), percentile(hundred, 0.95)], [50, 95]);
  assertEquals(percentile(hundred, 1), 100);
});

Deno.test("property: at least that share of all is not above a percentile, and less is below it", () => {
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(fc.property(fc.array(fc.nat(50), { minLength: 1 }), share, (values, wanted) => {
    const sorted = values.toSorted((a, b) => a - b);
    const found = percentile(sorted, wanted) ?? NaN;
    const upTo = sorted.filter((value) => value <= found).length;
    const below = sorted.filter((value) => value < found).length;
    assert(upTo / sorted.length >= wanted - 1e-12 && below < wanted * sorted.length);
  }));
});

async function fill(path: string): Promise<void> {
  using db = await Database.open(path);
  const at = (hour: string): { startedAt: string; finishedAt: string } => ({
    startedAt: `2026-11-05T${hour}:00:00.000Z`,
    finishedAt: `2026-11-05T${hour}:00:09.000Z`,
  });
  await addLogged(db, [
    { ...at("10"), durationMs: 30, rejects: 2 },
    { ...at("11"), durationMs: 10, lockAction: "waited", lockWaitedSeconds: 1.5 },
    { ...at("12"), durationMs: 20 },
    { ...at("13"), durationMs: 9000, status: "failed", rejects: 1 },
    { ...at("14"), status: "lock_timeout", lockAction: "timed_out", lockWaitedSeconds: 120 },
    { ...at("15"), status: "dry_run", rejects: 5 },
    { ...at("16"), status: "running" },
    { ...at("17"), status: "failed", ticker: null, source: "cotahist" },
    { ...at("18"), source: "locks" },
  ]);
  await db.transaction("fill", () => {
    const days = ["2026-11-03", "2026-11-04"].map((date) => priceOf(date, 1));
    upsertPrices(db, "PETR4.SA", "csv", 1, days);
    upsertPrices(db, "PETR4.SA", "notebook", 1, days.slice(1));
    upsertPrices(db, "VALE3.SA", "old", 1, days.slice(0, 1));
  });
}

Deno.test("each ticker and source has its runs, failures, durations, waits, rejects and last day", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  await fill(path);
  const all = reading(path, (db) => statistics(db));
  assertEquals(all.map(({ ticker, source }) => [ticker, source]), [
    [null, "cotahist"],
    ["PETR4.SA", "csv"],
    ["PETR4.SA", "notebook"],
    ["VALE3.SA", "old"],
  ]);
  assertEquals(all[1], {
    ticker: "PETR4.SA",
    source: "csv",
    last_success_at: "2026-11-05T12:00:09.000Z",
    last_day: "2026-11-04",
    runs: 5,
    failures: 2,
    failure_rate: 0.4,
    running: 1,
    median_ms: 20,
    p95_ms: 30,
    lock_waits: 2,
    lock_waited_seconds: 121.5,
    longest_wait_seconds: 120,
    rejects: 3,
    by_status: { dry_run: 1, failed: 1, lock_timeout: 1, running: 1, success: 3 },
  });
  const { runs, failure_rate, median_ms, last_day, last_success_at } = all[3] ?? {};
  assertEquals({ runs, failure_rate, median_ms, last_day, last_success_at }, {
    runs: 0,
    failure_rate: null,
    median_ms: null,
    last_day: "2026-11-03",
    last_success_at: null,
  });
});

Deno.test("filters limit the jobs that count, and the pairs that are told of", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  await fill(path);
  reading(path, (db) => {
    const [since] = statistics(db, { since: "2026-11-05T12:00:00.000Z", sources: ["csv"] });
    assertHas(since, { runs: 3, failures: 2, lock_waits: 1 });
    assertEquals(statistics(db, { tickers: ["VALE3.SA"] }).map(({ source }) => source), ["old"]);
    assertEquals(statistics(db, { tickers: ["NONE"] }), []);
  });
});

Deno.test("the log is read by an index that has all that is counted, with any filter", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/t.db`;
  await fill(path);
  reading(path, (db) => {
    const plans: string[] = [];
    const all = db.all.bind(db);
    db.all = (sql, ...values) => {
      if (/FROM ingest_logs\b/.test(sql)) {
        plans.push(
          ...all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => String(detail)),
        );
      }
      return all(sql, ...values);
    };
    const since = "2026-11-05T11:00:00.000Z";
    for (const filter of [{}, { since, until: since }, { tickers: ["A"], since }]) {
      statistics(db, filter);
    }
    const reads = plans.filter((detail) => detail.includes("ingest_logs"));
    assertEquals(reads.length, 3, plans.join("\n"));
    for (const read of reads) assert(read.includes("COVERING INDEX ingest_logs_outcomes"), read);
  });
});
