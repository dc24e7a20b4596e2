import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import { sql as initial } from "../../../../src/store/sqlite/migrations/0001_initial.ts";
import { sql as views } from "../../../../src/store/sqlite/migrations/0002_views.ts";
import * as latest from "../../../../src/store/sqlite/migrations/0008_latest.ts";
import { assert, assertEquals } from "../../../assert.ts";

const PRICES = fc.array(
  fc.record({
    ticker: fc.constantFrom("A", "B", "AB"),
    source: fc.constantFrom("csv", "yahoo", "own"),
    day: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 30 },
);

const NEWEST = "SELECT * FROM prices_latest ORDER BY ticker, date, source";

Deno.test("property: the newest prices are those of the definition before, forth and back", () => {
  fc.assert(fc.property(PRICES, (prices) => {
    const db = new DatabaseSync(":memory:");
    try {
      db.exec(initial + views);
      const insert = db.prepare(
        `INSERT OR REPLACE INTO prices VALUES (?, ?, ?, 1, 2, 3, ?, NULL, 5, 1)`,
      );
      for (const [at, { ticker, source, day }] of prices.entries()) {
        insert.run(ticker, `2024-01-0${day}`, source, at);
      }
      const before = db.prepare(NEWEST).all();
      const columns = db.prepare(NEWEST).columns().map(({ name }) => name);
      db.exec(latest.sql);
      assertEquals(db.prepare(NEWEST).all(), before);
      assertEquals(db.prepare(NEWEST).columns().map(({ name }) => name), columns);
      db.exec(latest.down);
      assertEquals(db.prepare(NEWEST).all(), before);
    } finally {
      db.close();
    }
  }));
});

Deno.test("the newest prices of one ticker are found by its key", () => {
  const db = new DatabaseSync(":memory:");
  for (const { sql } of MIGRATIONS) db.exec(sql);
  const steps = db.prepare("EXPLAIN QUERY PLAN SELECT * FROM prices_latest WHERE ticker = 'A'")
    .all().map(({ detail }) => String(detail));
  db.close();
  assert(!steps.some((step) => /^SCAN prices/.test(step)), steps.join("\n"));
});
