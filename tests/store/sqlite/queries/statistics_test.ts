import { PriceColumns } from "../../../../src/model/price_columns.ts";
import { statistics } from "../../../../src/store/sqlite/queries/statistics.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { upsertPrices } from "../../../../src/store/sqlite/tables/prices.ts";
import { priceOf } from "../../rows.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { makeLogged, reading } from "../logged.ts";
import { test } from "../leaks.ts";

test("a success and a day of the future are no proof of being fresh", async ({ path }) => {
  const finishedAt = "2026-01-02T10:00:00.000Z";
  await makeLogged(path, [{ finishedAt }, { finishedAt: "2999-01-02T10:00:00.000Z" }]);
  const ticker = reading(path, (db) => statistics(db)[0]?.ticker) ?? "";
  {
    using db = await Database.open(path);
    await db.transaction(
      "fill",
      () =>
        upsertPrices(
          db,
          ticker,
          "csv",
          1,
          PriceColumns.of(["2024-01-02", "2999-01-02"].map((day) => priceOf(day, 1))),
        ),
    );
  }
  const [pair] = reading(path, (db) => statistics(db));
  assertEquals([pair?.last_success_at, pair?.last_day], [finishedAt, "2024-01-02"]);
});

test("a whole history of the future does not count, as for a run", async ({ path }) => {
  const [past, future] = ["2026-01-02T10:00:00.000Z", "2999-01-02T10:00:00.000Z"];
  for (const startedAt of [past, future]) {
    await makeLogged(path, [{ startedAt, history: "whole" }]);
    const [pair] = reading(path, (db) => statistics(db));
    assertEquals([pair?.whole_at, pair?.doubted], [past, false]);
  }
});

test("the log is read by an index that has all that is counted, with any filter", async ({ path }) => {
  await makeLogged(path, [{}, { status: "failed" }]);
  reading(path, (db) => {
    const plans: string[] = [];
    const all = db.all.bind(db);
    db.all = (sql, ...values) => {
      if (/(FROM|JOIN) ingest_logs\b/.test(sql)) {
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
    const reads = plans.filter((detail) => /(SCAN|SEARCH) ingest_logs\b/.test(detail));
    assertEquals(reads.length, 6, plans.join("\n"));
    for (const read of reads) {
      assert(/COVERING INDEX ingest_logs_(outcomes|history)/.test(read), read);
    }
    assert(plans.some((detail) => /SEARCH log USING .*ingest_logs_by_ticker/.test(detail)));
  });
});
