/**
 * What `export` writes, the source csv reads back as the very same rows.
 *
 * @module
 */
import fc from "fast-check";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { reader } from "../../src/store/sqlite/connection/reader.ts";
import { openCare } from "../../src/store/open.ts";
import { exportTable } from "../../src/store/export/export.ts";
import { ingest } from "../../src/ingest/run.ts";
import { csv } from "../../src/sources/csv/source.ts";
import { assertEquals } from "../assert.ts";
import { temporaryFolder } from "../store/sqlite/helpers.ts";

const ALL = { object: "prices", tickers: [], source: null, from: null, to: null, columns: null };
const COLUMNS = "ticker, date, source, open, high, low, close, adj_close, volume";

type Row = (string | number | null)[];

function rowsIn(path: string): Record<string, unknown>[] {
  using db = reader(path);
  return db.all(`SELECT ${COLUMNS} FROM prices ORDER BY ticker, date, source`);
}

const price = fc.oneof(
  fc.constantFrom(1e-7, 1e21, 5e-324, 1.7976931348623157e308, 0.1, 2 ** 53 + 2, 1.005, 37),
  fc.double({ min: 5e-324, max: 1e300, noNaN: true }),
);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const volume = fc.oneof(fc.constantFrom(0, 2 ** 53 - 1), fc.maxSafeNat());
const day = fc.date({
  min: new Date("1602-01-01"),
  max: new Date("2024-12-31"),
  noInvalidDate: true,
}).map((date) => date.toISOString().slice(0, 10));

const row = fc.record({
  ticker: fc.constantFrom("PETR4.SA", "^BVSP", "BRL=X", "A", "0700.HK", "E1", "1E5", "BRK-B"),
  date: day,
  source: fc.constantFrom("csv", "yahoo", "cotahist", "my_own-2"),
  open: maybe(price),
  range: maybe(fc.tuple(price, price)),
  close: price,
  adjClose: maybe(fc.oneof(price, fc.constantFrom(0, -0))),
  volume: maybe(volume),
}).map(({ ticker, date, source, open, range, close, adjClose, volume }): Row => [
  ticker,
  date,
  source,
  open,
  range === null ? null : Math.max(...range),
  range === null ? null : Math.min(...range),
  close,
  adjClose,
  volume,
]);

Deno.test("property: an export of prices, brought in by the source csv, gives equal rows", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [`${folder.path}/from.db`, `${folder.path}/to.db`];
  (await Database.open(from)).close();
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
      {
        using db = await Database.open(from);
        await db.transaction("fill", () => {
          db.run("DELETE FROM prices");
          const insert = `INSERT OR REPLACE INTO prices VALUES (${"?, ".repeat(9)}1)`;
          for (const values of rows) db.run(insert, ...values);
        });
      }
      for (const suffix of ["", "-wal", "-shm"]) await Deno.remove(to + suffix).catch(() => {});
      const file = `${folder.path}/prices.csv`;
      await exportTable(await openCare(from), ALL, { format: "csv", to: file });
      const report = await ingest({
        source: csv,
        files: [file],
        db: to,
        lockDir: `${folder.path}/locks`,
      });
      assertEquals(
        report.results.map(({ status }) => status).filter((each) => each !== "success"),
        [],
      );
      assertEquals(rowsIn(to), rowsIn(from));
      // And equal rows are equal bytes, the numbers of the runs left out.
      const columns = COLUMNS.split(", ");
      const sums = await Promise.all([from, to].map(async (path) => {
        const out = `${path}.csv`;
        return (await exportTable(await openCare(path), { ...ALL, columns }, {
          format: "csv",
          to: out,
        })).file
          ?.sha256;
      }));
      assertEquals(sums[0], sums[1]);
    }),
    { numRuns: 25 },
  );
});
