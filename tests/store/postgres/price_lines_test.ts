import { PriceColumns } from "../../../src/model/price_columns.ts";
import type { PriceRow } from "../../../src/model/prices.ts";
import { Connection, type Transaction } from "../../../src/store/postgres/connection/connection.ts";
import { CsvText } from "../../../src/store/postgres/connection/csv_text.ts";
import { migrate } from "../../../src/store/postgres/connection/migrate.ts";
import { parseTarget } from "../../../src/store/postgres/connection/target.ts";
import { copyRows, newRows } from "../../../src/store/postgres/tables/price_lines.ts";
import { DETAIL_NAMES, storedPrices } from "../../../src/store/postgres/tables/prices.ts";
import { assertEquals } from "../../assert.ts";
import { daysOf, detailsOf } from "../rows.ts";
import { newUrl } from "./places.ts";

const [TICKER, SOURCE] = ['A "1", b', "csv"];

async function onServer(work: (db: Transaction) => Promise<void>): Promise<void> {
  await using connection = new Connection(parseTarget(await newUrl()));
  await migrate(connection);
  await connection.transaction("test", work, { mode: "rehearse" });
}

/** The counts of rows; undefined where they have to be compared one by one. */
async function countsOf(db: Transaction, rows: readonly PriceRow[]) {
  const all = await newRows(db, [{
    ticker: TICKER,
    source: SOURCE,
    ingestId: 7,
    rows: PriceColumns.of(rows),
  }]);
  return all.get(7)?.counts;
}

async function put(db: Transaction, rows: readonly PriceRow[]): Promise<void> {
  const all = await newRows(db, [{
    ticker: TICKER,
    source: SOURCE,
    ingestId: 7,
    rows: PriceColumns.of(rows),
  }]);
  await copyRows(db, [...all.values()]);
}

const ALL = { from: "0001-01-01", to: "9999-12-31" };
const STORED = { ticker: TICKER, days: ALL, source: SOURCE };
const TEXTS = ["", " ", "ON  NM", 'a "b"', "a,b", "(a)", "a\nb\tc\rd", "Ação €", "null", "\u0000"];
const NUMBERS = [0, 1, -2.5, 0.1, 64.57, 0.1 + 0.2, 123456789.01, 0.0001, 1e14, 2 ** 53 - 1];

Deno.test("numbers are written as the language writes them", () => {
  const numbers = [
    ...NUMBERS,
    ...[1e15, 1e21, 1e-7, -1e-7, 0.005, 1.005, 35.855, 70368744177.66, 1 / 3, Infinity],
    ...Array.from({ length: 5000 }, (_, n) => Math.round(n * 7919.3) / 100),
  ];
  for (const number of numbers) {
    const text = new CsvText(1);
    text.value(number);
    assertEquals(new TextDecoder().decode(text.part(0, text.length)), String(number));
  }
});

Deno.test("days that are stored as they are come back as one checksum, whatever is in them", () =>
  onServer(async (db) => {
    const rows = daysOf(TEXTS.length).map((row, at): PriceRow => ({
      ...row,
      ...{ open: NUMBERS[at] ?? 0, volume: at % 3 === 0 ? null : at },
      details: detailsOf({
        ...{ specification: TEXTS[at] ?? "", turnover: 1.5 * at, expiry: "2024-02-01" },
        ...{ trades: at === 0 ? null : at },
      }),
    }));
    assertEquals(await countsOf(db, rows), { inserted: 10, updated: 0, unchanged: 0 });
    await put(db, rows);
    // The server writes so large numbers in another way: they are compared one by one.
    assertEquals(await countsOf(db, rows), undefined);
    const most = rows.slice(0, -1);
    assertEquals(await countsOf(db, most), { inserted: 0, updated: 0, unchanged: 9 });
    const [stored = []] = await storedPrices(db, [STORED]);
    assertEquals(stored, rows.map(({ details: _, ...row }) => row));
  }));

Deno.test("a day that differs in one column is not taken for the stored one", () =>
  onServer(async (db) => {
    const rows = daysOf(3).map((row): PriceRow => ({
      ...row,
      ...{ open: 1, high: 2, low: 1, adjClose: 1, volume: 1 },
      details: detailsOf({ isin: "A", term: 1, strike: 1, expiry: "2024-02-01", bid: 1, ask: 1 }),
    }));
    await put(db, rows);
    const unchanged = { inserted: 0, updated: 0, unchanged: 3 };
    assertEquals(await countsOf(db, rows), unchanged);
    const first = rows[0] as PriceRow;
    const { details } = first;
    const others: PriceRow[] = [
      ...(["open", "high", "low", "close", "adjClose", "volume"] as const)
        .flatMap((name) => [{ ...first, [name]: 9 }, { ...first, [name]: null as unknown as 9 }]),
      ...DETAIL_NAMES.map((name): PriceRow => ({
        ...first,
        details: { ...detailsOf({ ...details }), [name]: name === "expiry" ? "2024-03-01" : 9 },
      })),
    ];
    for (const other of others) {
      assertEquals(await countsOf(db, [other, ...rows.slice(1)]), undefined, JSON.stringify(other));
    }
  }));

Deno.test("of a longer history the days behind the stored ones are new, and no others", () =>
  onServer(async (db) => {
    const rows = daysOf(6);
    await put(db, rows.slice(1, 3));
    assertEquals(await countsOf(db, rows.slice(1)), { inserted: 3, updated: 0, unchanged: 2 });
    assertEquals(await countsOf(db, rows.slice(3)), { inserted: 3, updated: 0, unchanged: 0 });
    assertEquals(await countsOf(db, rows), undefined, "a day before them");
    assertEquals(await countsOf(db, [...rows.slice(1, 2), ...rows.slice(3)]), undefined, "a gap");
    assertEquals(await countsOf(db, rows.toReversed()), undefined, "days that fall");
    const [second, third] = rows.slice(1) as [PriceRow, PriceRow];
    const detailed = { ...third, details: detailsOf({}) };
    assertEquals(await countsOf(db, [second, detailed]), undefined, "only details are new");
    assertEquals(
      await countsOf(db, [{ ...second, source: "yahoo" }, { ...third, source: "yahoo" }]),
      { inserted: 2, updated: 0, unchanged: 0 },
      "another source",
    );
    await put(db, rows.slice(1));
    assertEquals(await storedPrices(db, [STORED]), [rows.slice(1)]);
  }));
