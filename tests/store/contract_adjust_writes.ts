/**
 * Adjusted prices of tickers that are written again and again, as every engine has them.
 *
 * @module
 */
import fc from "fast-check";
import { sessionsBetween } from "../../src/exchange/sessions.ts";
import type { PriceRow } from "../../src/model/prices.ts";
import { assertEquals } from "../assert.ts";
import { day, ISIN, put } from "./contract_adjust.ts";
import type { promising } from "./contract_tools.ts";

/** Registers them. */
export function testAdjustingAgain(promise: ReturnType<typeof promising>): void {
  promise(
    "factors after many writes are those of the same days at once",
    async (place, store) => {
      const dates = sessionsBetween("b3", "2024-03-11", "2024-03-20");
      const said = fc.record({
        distribution: fc.constantFrom(null, 100, 100, 101, 101),
        isin: fc.constantFrom(...Array(9).fill(ISIN), null, "BROTHRACNOR9"),
        specification: fc.constantFrom("ON", "ON", "ON  ATZ"),
      });
      const step = fc.record({
        // Mostly the next days.
        first: fc.option(fc.nat(dates.length - 1), { freq: 1 }),
        days: fc.array(said, { minLength: 1, maxLength: 2 }),
        gone: fc.option(fc.constantFrom(...dates), { freq: 1 }),
      });
      let tickers = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
          const [slowly, atOnce] = [`SLOW${++tickers}`, `ONCE${tickers}`];
          const all = new Map<string, PriceRow>();
          let next = 0;
          for (const { first, days, gone } of steps) {
            const begin = first ?? next;
            const rows = days.flatMap((more, index): PriceRow[] => {
              const date = dates[begin + index];
              return date === undefined ? [] : [day(date, 10, 100, more)];
            });
            next = Math.max(next, begin + days.length);
            const isGone = gone !== null && !rows.some(({ date }) => date === gone);
            const lacking = isGone ? [gone] : [];
            await put(store, "cotahist", rows, { lackingDays: lacking }, slowly);
            for (const row of rows) all.set(row.date, row);
            for (const date of lacking) all.delete(date);
          }
          await put(store, "cotahist", [...all.values()], {}, atOnce);
          const factors = await place.rows("adjustment_factors");
          const of = (name: string) =>
            factors.filter(({ ticker }) => ticker === name).map(({ ticker: _, ...rest }) => rest);
          assertEquals(of(slowly), of(atOnce));
        }),
        { numRuns: Number(Deno.env.get("RUNS") ?? 100), endOnFailure: true },
      );
    },
  );
}
