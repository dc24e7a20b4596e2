import * as fc from "fast-check";
import { PriceColumns } from "../../../../src/model/price_columns.ts";
import type { PriceDetails, PriceRow } from "../../../../src/model/prices.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { upsertPrices } from "../../../../src/store/sqlite/tables/prices.ts";
import { assertEquals } from "../../../assert.ts";
import { detailsOf, priceOf } from "../../rows.ts";

const details: fc.Arbitrary<PriceDetails | undefined> = fc.option(
  fc.record({
    isin: fc.constantFrom(null, "BRAAAAACNOR0", "BRAAAAACNOR1"),
    specification: fc.constantFrom("ON", "ON  ED"),
    trades: fc.constantFrom(null, 1, 2),
    bid: fc.constantFrom(null, 0.1 + 0.2),
  }).map(detailsOf),
  { nil: undefined, freq: 4 },
);

const row: fc.Arbitrary<PriceRow> = fc.record({
  date: fc.integer({ min: 1, max: 28 }).map((day) => `2024-02-${String(day).padStart(2, "0")}`),
  close: fc.constantFrom(1, 2),
  source: fc.constantFrom("cotahist", "cotahist", "other"),
  details,
}).map(({ date, close, source, details: known }) =>
  priceOf(date, close, known === undefined ? { source } : { source, details: known })
);

const rows = fc.uniqueArray(row, { selector: keyOf, maxLength: 40 });

function keyOf({ date, source }: PriceRow): string {
  return `${date} ${source}`;
}

Deno.test("details are stored as they are given, and each changed row counts once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 4 }), async (writes) => {
      using db = await Database.open(":memory:");
      const prices = new Map<string, number>();
      const known = new Map<string, PriceDetails>();
      for (const [index, given] of writes.entries()) {
        const expected = { inserted: 0, updated: 0, unchanged: 0 };
        for (const each of given) {
          const key = keyOf(each);
          const before = known.get(key);
          const isSame = prices.get(key) === each.close &&
            (each.details === undefined ||
              JSON.stringify(before) === JSON.stringify(each.details));
          expected[!prices.has(key) ? "inserted" : isSame ? "unchanged" : "updated"]++;
          prices.set(key, each.close);
          if (each.details !== undefined) known.set(key, each.details);
        }
        const counts = await db.transaction(
          "write to",
          () => upsertPrices(db, "AAAA3.SA", "cotahist", index + 1, PriceColumns.of(given)),
        );
        assertEquals(counts, expected);
      }
      const stored = db.all("SELECT * FROM price_details").map(
        ({ ticker: _ticker, ingest_id: _id, date, source, ...rest }) => [`${date} ${source}`, rest],
      );
      assertEquals(Object.fromEntries(stored), Object.fromEntries(known));
    }),
    { numRuns: 150 },
  );
});
