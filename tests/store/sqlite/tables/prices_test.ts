import * as fc from "fast-check";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { PriceColumns } from "../../../../src/model/price_columns.ts";
import { type PriceRow } from "../../../../src/model/prices.ts";
import { type UpsertCounts } from "../../../../src/store/store.ts";
import { upsertPrices } from "../../../../src/store/sqlite/tables/prices.ts";
import { assertEquals, assertRejects, assertThrows } from "../../../assert.ts";

function row(day: number, over: Partial<PriceRow> = {}): PriceRow {
  return {
    date: new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10),
    open: 10,
    high: 12,
    low: 9,
    close: 11,
    adjClose: null,
    volume: 1000 + day,
    ...over,
  };
}

function rows(count: number, over: (day: number) => Partial<PriceRow> = () => ({})) {
  return Array.from({ length: count }, (_, day) => row(day, over(day)));
}

function counts(inserted: number, updated: number, unchanged: number): UpsertCounts {
  return { inserted, updated, unchanged };
}

async function write(
  db: Database,
  ingestId: number,
  given: readonly PriceRow[],
  ticker = "PETR4.SA",
): Promise<UpsertCounts> {
  return await db.transaction(
    "write to",
    () => upsertPrices(db, ticker, "csv", ingestId, PriceColumns.of(given)),
  );
}

function stored(db: Database, ticker = "PETR4.SA"): Record<string, unknown>[] {
  return db.all("SELECT * FROM prices WHERE ticker = ? ORDER BY date, source", ticker)
    .map((each) => ({ ...each }));
}

Deno.test("a row is stored as it is given, nulls and the largest numbers among them", async () => {
  using db = await Database.open(":memory:");
  const given = [
    row(0),
    row(1, { open: null, high: null, low: null, volume: null }),
    row(2, { close: 0.1 + 0.2, adjClose: 1e-300, volume: Number.MAX_SAFE_INTEGER }),
    row(3, { open: 0, volume: 0, source: "other" }),
  ];
  assertEquals(await write(db, 7, given), counts(4, 0, 0));
  assertEquals(
    stored(db),
    given.map(({ date, source, open, high, low, close, adjClose, volume }) => ({
      ticker: "PETR4.SA",
      date,
      source: source ?? "csv",
      open,
      high,
      low,
      close,
      adj_close: adjClose,
      volume,
      ingest_id: 7,
    })),
  );
});

// Several rows go into one statement: fewer than it takes, as many, more, and several times as many.
for (const size of [1, 2, 3, 5, 6, 7, 11, 12, 13, 24, 25, 100]) {
  Deno.test(`${size} row(s): new, the same, changed and all of it mixed are counted`, async () => {
    using db = await Database.open(":memory:");
    assertEquals(await write(db, 1, rows(size)), counts(size, 0, 0));
    assertEquals(await write(db, 2, rows(size)), counts(0, 0, size));
    assertEquals(await write(db, 3, rows(size, () => ({ close: 11.5 }))), counts(0, size, 0));
    // Every third day changes, and as many days again are new.
    const changed = Math.ceil(size / 3);
    const mixed = rows(size * 2, (day) => ({ close: day < size && day % 3 === 0 ? 12 : 11.5 }));
    assertEquals(await write(db, 4, mixed), counts(size, changed, size - changed));
    assertEquals(await write(db, 5, mixed.toReversed()), counts(0, 0, size * 2));
    const answering = stored(db).map(({ ingest_id }) => ingest_id);
    assertEquals(
      answering,
      mixed.map((_, day) => day < size && day % 3 !== 0 ? 3 : 4),
    );
  });
}

Deno.test("what the table refuses rolls back every row of the call", async () => {
  using db = await Database.open(":memory:");
  const bad: Partial<PriceRow>[] = [
    { date: "2024-1-1" },
    { date: "yesterday" },
    { volume: -1 },
    { close: NaN },
  ];
  for (const over of bad) {
    for (const at of [0, 13]) {
      const given = rows(14, (day) => day === at ? over : {});
      const error = await assertRejects(() => write(db, 1, given), StoreError);
      assertEquals(error.code, "db_constraint", JSON.stringify(over));
    }
  }
  const error = await assertRejects(() => write(db, 1, [row(0)], ""), StoreError);
  assertEquals(error.code, "db_constraint");
  assertEquals(db.get("SELECT count(*) AS n FROM prices")?.n, 0);
});

Deno.test("a fraction of a volume is kept, and a whole number stays an integer", async () => {
  using db = await Database.open(":memory:");
  const volumes = [0.00123, 0, 41_000_000, Number.MAX_SAFE_INTEGER, 146_322_800.5, null];
  await write(db, 1, rows(volumes.length, (day) => ({ volume: volumes[day] ?? null })));
  const found = db.all("SELECT volume, typeof(volume) AS type FROM prices ORDER BY date");
  assertEquals(
    found.map(({ volume, type }) => [volume, type]),
    volumes.map((volume) => [
      volume,
      volume === null ? "null" : Number.isInteger(volume) ? "integer" : "real",
    ]),
  );
  assertThrows(() => db.run("UPDATE prices SET volume = 'many'"), Error, "CHECK");
});

const price = fc.option(fc.constantFrom(0, 1, 1.5));

const values = fc.record<PriceRow>({
  date: fc.integer({ min: 0, max: 30 }).map((day) => row(day).date),
  source: fc.constantFrom("csv", "yahoo"),
  open: price,
  high: price,
  low: price,
  close: fc.constantFrom(1, 1.5),
  adjClose: price,
  volume: fc.option(fc.constantFrom(0, 1, 0.5)),
});

const batch = fc.record({
  ticker: fc.constantFrom("A", "B"),
  given: fc.uniqueArray(values, {
    maxLength: 40,
    selector: ({ date, source }) => `${date} ${source}`,
  }),
});

Deno.test("property: the table and the counts are those of a map", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 5 }), async (batches) => {
      using db = await Database.open(":memory:");
      const model = new Map<string, { values: string; ingestId: number }>();
      for (const [index, { ticker, given }] of batches.entries()) {
        const expected = { inserted: 0, updated: 0, unchanged: 0 };
        for (const { date, source = "csv", ...rest } of given) {
          const key = `${ticker} ${date} ${source}`;
          const { open, high, low, close, adjClose, volume } = rest;
          const text = JSON.stringify([open, high, low, close, adjClose, volume]);
          const known = model.get(key);
          if (known?.values === text) {
            expected.unchanged++;
            continue;
          }
          if (known === undefined) expected.inserted++;
          else expected.updated++;
          model.set(key, { values: text, ingestId: index });
        }
        assertEquals(await write(db, index, given, ticker), expected);
      }
      const found = db.all("SELECT * FROM prices").map((each) =>
        [`${each.ticker} ${each.date} ${each.source}`, {
          values: JSON.stringify([
            each.open,
            each.high,
            each.low,
            each.close,
            each.adj_close,
            each.volume,
          ]),
          ingestId: Number(each.ingest_id),
        }] as const
      );
      assertEquals(new Map(found), model);
    }),
    { numRuns: 60 },
  );
});

Deno.test("with keepKnown a missing adjusted close or volume does not wipe out a stored one", async () => {
  using db = await Database.open(":memory:");
  // Both the statement for several rows and the one for a single row.
  const given = rows(8, () => ({ adjClose: 10.5 }));
  await write(db, 1, given);
  const before = stored(db);
  const keeping = (over: Partial<PriceRow>) =>
    db.transaction(
      "write to",
      () =>
        upsertPrices(
          db,
          "PETR4.SA",
          "csv",
          2,
          PriceColumns.of(given.map((each) => ({ ...each, ...over }))),
          true,
        ),
    );
  assertEquals(await keeping({ adjClose: null, volume: null }), counts(0, 0, 8));
  assertEquals(stored(db), before);
  assertEquals(await keeping({ adjClose: null, volume: 5, close: 12 }), counts(0, 8, 0));
  assertEquals(
    stored(db),
    before.map((each) => ({ ...each, volume: 5, close: 12, ingest_id: 2 })),
  );
  // Without it a row is stored as it is given.
  assertEquals(await write(db, 3, rows(8, () => ({ volume: null }))), counts(0, 8, 0));
  assertEquals(
    stored(db).map(({ adj_close, volume }) => [adj_close, volume]),
    Array(8).fill([null, null]),
  );
});
