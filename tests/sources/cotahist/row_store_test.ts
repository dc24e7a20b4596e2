import { QuoteColumns } from "../../../src/sources/cotahist/quote_columns.ts";
import { InstrumentTable } from "../../../src/sources/cotahist/instruments.ts";
import { RowStore } from "../../../src/sources/cotahist/row_store.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { SourceError } from "../../../src/base/errors.ts";

const VALUES = {
  date: 20240102,
  open: 1,
  high: 2,
  low: 0.5,
  close: 1.5,
  volume: 10,
  trades: 1,
  turnover: 15,
  average: 1.2,
  bid: 1.4,
  ask: 1.6,
  instrument: 0,
};

/** Five tickers with three rows each, interleaved, behind a store that counts how often it reads. */
function groupStore(rowBudget: number): { store: RowStore; reads: string[] } {
  const reads: string[] = [];
  const store = new RowStore({
    order: [0, 1, 2, 3, 4],
    rows: new Uint32Array(5).fill(3),
    columns: new QuoteColumns(new InstrumentTable()),
    isWhole: false,
    tickers: 5,
    rowBudget,
    read: (mask, into) => {
      reads.push(mask.join(""));
      for (let line = 0; line < 15; line++) {
        if (mask[line % 5] === 1) into.push(line % 5, 0, line, VALUES);
      }
      return Promise.resolve();
    },
  });
  return { store, reads };
}

function linesOf(store: RowStore, id: number): Promise<number[]> {
  return store.withRows(id, (rows, indices) => [...indices].map((index) => rows.line[index] ?? -1));
}

Deno.test("in order, the files are read once per group", async () => {
  const { store, reads } = groupStore(6);
  assertEquals(store.groups, 3);
  for (const id of [0, 1, 2, 3, 4]) assertEquals(await linesOf(store, id), [id, id + 5, id + 10]);
  assertEquals(reads, ["11000", "00110", "00001"]);
});

Deno.test("a ticker with more rows than the budget is a group of its own", async () => {
  const { store, reads } = groupStore(1);
  for (const id of [0, 1, 2, 3, 4]) assertEquals(await linesOf(store, id), [id, id + 5, id + 10]);
  assertEquals(reads.length, 5);
});

Deno.test("out of order, what was left behind is kept and not read again", async () => {
  const { store, reads } = groupStore(6);
  for (const id of [1, 3, 0, 2]) assertEquals(await linesOf(store, id), [id, id + 5, id + 10]);
  assertEquals(reads, ["11000", "00110"]);
});

Deno.test("rows aside keep within the budget: what does not fit is read again", async () => {
  const { store, reads } = groupStore(3);
  for (const id of [4, 3, 2, 1, 0]) assertEquals(await linesOf(store, id), [id, id + 5, id + 10]);
  assertEquals(reads, ["00001", "00010", "00100", "01000", "10000"]);
  const second = groupStore(6);
  await linesOf(second.store, 0);
  await linesOf(second.store, 2);
  await linesOf(second.store, 4);
  // 1 and 3 lie aside, six rows in all: there is no room for more, yet both are still there.
  assertEquals(await linesOf(second.store, 3), [3, 8, 13]);
  assertEquals(await linesOf(second.store, 1), [1, 6, 11]);
  assertEquals(second.reads.length, 3);
});

Deno.test("forgotten tickers are not kept, yet can be had by reading again", async () => {
  const { store, reads } = groupStore(6);
  await linesOf(store, 0);
  store.forget(1);
  await linesOf(store, 2);
  assertEquals(await linesOf(store, 1), [1, 6, 11]);
  assertEquals(reads, ["11000", "00110", "11000"]);
});

Deno.test("fetches at the same time do not disturb each other", async () => {
  const { store } = groupStore(3);
  const found = await Promise.all([4, 0, 3, 1, 2].map((id) => linesOf(store, id)));
  assertEquals(found, [4, 0, 3, 1, 2].map((id) => [id, id + 5, id + 10]));
});

Deno.test("a failed read fails that fetch, not the next", async () => {
  let failing = true;
  const store = new RowStore({
    order: [0],
    rows: new Uint32Array(5).fill(1),
    columns: new QuoteColumns(new InstrumentTable()),
    isWhole: false,
    tickers: 1,
    rowBudget: 1,
    read: (_mask, into) => {
      if (failing) return Promise.reject(new SourceError("file_changed", "changed"));
      into.push(0, 0, 5, VALUES);
      return Promise.resolve();
    },
  });
  await assertRejects(() => linesOf(store, 0), SourceError, "changed");
  failing = false;
  assertEquals(await linesOf(store, 0), [5]);
});

Deno.test("a number that could not be read is told of rows that lie aside, too", async () => {
  const store = new RowStore({
    order: [0, 1, 2],
    rows: new Uint32Array(3).fill(1),
    columns: new QuoteColumns(new InstrumentTable()),
    isWhole: false,
    tickers: 3,
    rowBudget: 2,
    read: (mask, into) => {
      for (const [id, on] of mask.entries()) {
        into.instruments.idAt(new Uint8Array(245).fill(48), 0, 0);
        if (on === 1) into.push(id, 0, id, { ...VALUES, trades: NaN });
      }
      return Promise.resolve();
    },
  });
  const damagedOf = (id: number) =>
    store.withRows(id, (rows, indices) => [...indices].map((index) => rows.damagedAt(index)));
  for (const id of [0, 2, 1]) {
    assertEquals((await damagedOf(id)).map((names) => names.includes("TOTNEG")), [true]);
  }
});
