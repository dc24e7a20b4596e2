import * as fc from "fast-check";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { Reader } from "../../../../src/store/sqlite/connection/reader.ts";
import { sourceSpans, SPANS } from "../../../../src/store/sqlite/queries/info.ts";
import { addDays } from "../../../../src/base/day.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { test } from "../leaks.ts";

const BY_ALL_ROWS = `SELECT source, count(DISTINCT ticker) AS tickers, min(date) AS first_date,
  max(date) AS last_date FROM prices GROUP BY source ORDER BY source`;

const INSERT =
  "INSERT OR IGNORE INTO prices (ticker, date, source, close, ingest_id) VALUES (?, ?, ?, 1, 0)";

const LOG =
  `INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, status, host,
  pid, version) VALUES (?, 'r', ?, ?, 'test', '2024-01-01T00:00:00.000Z', 'running', 'h', 1, '0')`;

test("property: the sources of the prices are those that reading every row tells", async ({ path }) => {
  using db = await Database.open(path);
  const row = fc.record({
    ticker: fc.constantFrom("A1", "B2", "C3"),
    date: fc.nat(30).map((day) => addDays("2024-01-01", day)),
    source: fc.constantFrom("csv", "cotahist", "yahoo"),
  });
  await fc.assert(fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
    await db.transaction("fill", () => {
      db.run("DELETE FROM prices");
      db.run("DELETE FROM ingest_logs");
      for (const { ticker, date, source } of rows) db.run(INSERT, ticker, date, source);
      // As runs leave it; and a run that brought nothing.
      const pairs = new Set([...rows.map(({ ticker, source }) => `${ticker} ${source}`), "D4 csv"]);
      for (const pair of pairs) db.run(LOG, crypto.randomUUID(), ...pair.split(" "));
    });
    using reader = Reader.open(path);
    const found: Record<string, unknown>[] = sourceSpans(reader).map((each) => ({ ...each }));
    assertEquals(found, reader.all(BY_ALL_ROWS).map((each) => ({ ...each })));
  }));
});

test("a source without any run is found at the ends of a ticker's days", async ({ path }) => {
  using db = await Database.open(path);
  await db.transaction("fill", () => {
    db.run(INSERT, "A1", "2024-01-02", "bank");
    db.run(INSERT, "A1", "2024-01-03", "csv");
    db.run(INSERT, "B2", "2024-01-03", "csv");
    db.run(INSERT, "B2", "2024-01-04", "broker");
  });
  using reader = Reader.open(path);
  assertEquals(sourceSpans(reader).map(({ source, tickers }) => [source, tickers]), [
    ["bank", 1],
    ["broker", 1],
    ["csv", 2],
  ]);
});

test("no part of it reads all prices", async ({ path }) => {
  using db = await Database.open(path);
  const plan = db.all(`EXPLAIN QUERY PLAN ${SPANS}`).map(({ detail }) => String(detail));
  const ofPrices = plan.filter((detail) => /\bprices\b/.test(detail));
  assert(ofPrices.length >= 5, plan.join("\n"));
  for (const detail of ofPrices) {
    // Without a condition, min() takes one step.
    assert(detail.startsWith("SEARCH prices"), `${detail}\n\n${plan.join("\n")}`);
  }
});
