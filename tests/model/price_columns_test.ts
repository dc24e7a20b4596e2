import * as fc from "fast-check";
import { PriceColumns } from "../../src/model/price_columns.ts";
import type { PriceDetails, PriceRow } from "../../src/model/prices.ts";
import { assertEquals } from "../assert.ts";

const number = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }));
const text = fc.option(fc.string());

const row: fc.Arbitrary<PriceRow> = fc.record({
  date: fc.constantFrom("2024-01-02", "2024-01-03"),
  open: number,
  high: number,
  low: number,
  close: fc.double({ noNaN: true, noDefaultInfinity: true }),
  adjClose: number,
  volume: number,
  source: fc.string(),
  details: fc.record<PriceDetails>({
    ...{ currency: text, isin: text, specification: text, distribution: number, market: text },
    ...{ term: number, strike: number, expiry: text, trades: number, turnover: number },
    ...{ average: number, bid: number, ask: number },
  }),
}, { requiredKeys: ["date", "open", "high", "low", "close", "adjClose", "volume"] });

Deno.test("property: rows come out of columns as they went in", () => {
  fc.assert(fc.property(fc.array(row), (rows) => {
    const columns = PriceColumns.of(rows);
    assertEquals(columns.rows(), rows);
    const last = rows.map((_, index) => index).slice(-2);
    assertEquals(columns.take(last).rows(), rows.slice(-2));
  }));
});
