import * as fc from "fast-check";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { type PriceRow } from "../../../../src/model/prices.ts";
import { type UpsertCounts } from "../../../../src/store/store.ts";
import { upsertPrices } from "../../../../src/store/sqlite/tables/prices.ts";
import { assertEquals, assertRejects } from "../../../assert.ts";

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
  return await db.transaction("write to", () => upsertPrices(db, ticker, "csv", ingestId, given));
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

Deno.test("no rows are no work", async () => {
  using db = await Database.open(":memory:");
  assertEquals(await write(db, 1, []), counts(0, 0, 0));
  assertEquals(stored(db), []);
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

Deno.test("an unchanged row keeps the run that wrote it, a changed one names the new", async () => {
  using db = await Database.open(":memory:");
  await write(db, 1, rows(15));
  const given = rows(15, (day) => day === 3 || day === 14 ? { volume: 5 } : {});
  assertEquals(await write(db, 2, given), counts(0, 2, 13));
  const byRun = stored(db).map(({ ingest_id }) => ingest_id);
  assertEquals(byRun, [1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
});

Deno.test("a change of any one column is a change, to null and from null as well", async () => {
  const changes: Partial<PriceRow>[] = [
    { open: 10.5 },
    { high: 12.5 },
    { low: 8.5 },
    { close: 11.5 },
    { adjClose: 11 },
    { volume: 1 },
    { open: null },
    { high: null },
    { low: null },
    { volume: null },
    { close: 11.000000000000002 },
  ];
  for (const change of changes) {
    using db = await Database.open(":memory:");
    await write(db, 1, [row(0)]);
    const changed = [row(0, change)];
    const what = JSON.stringify(change);
    assertEquals(await write(db, 2, changed), counts(0, 1, 0), what);
    assertEquals(await write(db, 3, changed), counts(0, 0, 1), what);
    assertEquals(await write(db, 4, [row(0)]), counts(0, 1, 0), what);
  }
});

Deno.test("null is the same as null, and zero is not null", async () => {
  using db = await Database.open(":memory:");
  const empty = row(0, { open: null, high: null, low: null, volume: null });
  await write(db, 1, [empty]);
  assertEquals(await write(db, 2, [empty]), counts(0, 0, 1));
  assertEquals(await write(db, 3, [{ ...empty, open: 0 }]), counts(0, 1, 0));
  assertEquals(await write(db, 4, [{ ...empty, open: -0 }]), counts(0, 0, 1));
});

Deno.test("tickers and sources do not touch each other, on the same day either", async () => {
  using db = await Database.open(":memory:");
  await write(db, 1, rows(14));
  assertEquals(await write(db, 2, rows(14, () => ({ close: 5 })), "PETR4"), counts(14, 0, 0));
  const others = rows(14, () => ({ source: "yahoo", close: 6 }));
  assertEquals(await write(db, 3, others), counts(14, 0, 0));
  const both = [...rows(14), ...others.map((each) => ({ ...each, close: 7 }))];
  assertEquals(await write(db, 4, both), counts(0, 14, 14));
  assertEquals(stored(db, "PETR4").map(({ ingest_id }) => ingest_id), new Array(14).fill(2));
  assertEquals(stored(db).length, 28);
});

Deno.test("rows around the days given, and in gaps between them, are not counted", async () => {
  using db = await Database.open(":memory:");
  await write(db, 1, rows(40));
  const given = [row(30), row(5, { close: 1 }), row(60), row(10)];
  assertEquals(await write(db, 2, given), counts(1, 1, 2));
});

Deno.test("what the table refuses rolls back every row of the call", async () => {
  using db = await Database.open(":memory:");
  const bad: Partial<PriceRow>[] = [
    { date: "2024-1-1" },
    { date: "yesterday" },
    { volume: -1 },
    { volume: 0.5 },
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

Deno.test("a rehearsal counts the same and writes nothing", async () => {
  using db = await Database.open(":memory:");
  await write(db, 1, rows(5));
  const given = rows(20, (day) => day === 0 ? { close: 1 } : {});
  const tried = await db.rehearsal("try in", () => upsertPrices(db, "PETR4.SA", "csv", 0, given));
  assertEquals(tried, counts(15, 1, 4));
  assertEquals(stored(db).map(({ ingest_id }) => ingest_id), [1, 1, 1, 1, 1]);
  assertEquals(await write(db, 2, given), counts(15, 1, 4));
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
  volume: fc.option(fc.constantFrom(0, 1)),
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
        upsertPrices(db, "PETR4.SA", "csv", 2, given.map((each) => ({ ...each, ...over })), {
          keepKnown: true,
        }),
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
