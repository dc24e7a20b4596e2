import { generateCotahist } from "../../../docs/examples/generate_cotahist.ts";
import { countRefused } from "../../../src/model/prices.ts";
import { RowFilter } from "../../../src/sources/cotahist/quote.ts";
import { RecordIndex } from "../../../src/sources/cotahist/record_index.ts";
import { CotahistScanner } from "../../../src/sources/cotahist/scanner.ts";
import { createCotahistSource } from "../../../src/sources/cotahist/source.ts";
import { NO_TICKER } from "../../../src/sources/cotahist/ticker_table.ts";
import { assertEquals, assertHas, assertMatch } from "../../assert.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { logOutline, outline, run } from "../../ingest/outline.ts";
import { batchesOf, bytesOf, concat, fileOf, patched, quote, withRun } from "./fixtures.ts";
import * as fc from "fast-check";

const GOOD = concat([...generateCotahist({ tickers: 9, days: 3 })]);

/** Changes to a file: bytes that are set, cut out, doubled, or put in. */
const damage = fc.array(
  fc.tuple(
    fc.constantFrom("set", "cut", "double", "line end"),
    fc.nat(GOOD.length - 1),
    fc.nat(600),
  ),
  { maxLength: 12 },
);

function damaged(changes: readonly (readonly [string, number, number])[]): Uint8Array {
  // The header stays: without it the file as a whole is refused.
  let bytes = GOOD;
  for (const [kind, where, value] of changes) {
    const at = Math.min(bytes.length, Math.max(250, where));
    const [before, after] = [bytes.slice(0, at), bytes.slice(at)];
    if (kind === "cut") bytes = concat([before, after.slice(value)]);
    else if (kind === "double") bytes = concat([before, after.slice(0, value), after]);
    else if (kind === "set") bytes = concat([before, Uint8Array.of(value % 256), after.slice(1)]);
    else bytes = concat([before, bytesOf(value % 2 === 0 ? "\n" : "\r\n"), after]);
  }
  return bytes;
}

const asked = fc.record({
  tickers: fc.constantFrom(null, ["EXMA3.SA", "EXMC3.SA"], ["NONE3.SA"]),
  markets: fc.constantFrom(["010"], ["010", "020", "030", "070"]),
  from: fc.constantFrom(null, "2024-01-03"),
  maxRejects: fc.constantFrom(0, 3, 10_000),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

/** Reads a file in blocks that end at these places, and says what has become of its records. */
function readInBlocks(bytes: Uint8Array, cuts: readonly number[], what: Asked) {
  const { tickers, markets, from, maxRejects } = what;
  const records = new RecordIndex({
    filter: new RowFilter(markets, from, null),
    tickers: tickers === null ? null : new Set(tickers),
    rowBudget: 1000,
    maxRejects,
  });
  records.begin(0, "it", 0);
  const scanner = new CotahistScanner("it", records);
  let start = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    const end = Math.min(cut, bytes.length);
    scanner.push(bytes.subarray(start, end));
    start = end;
  }
  const { read } = scanner.finish();
  const { total, refused } = records.counts;
  return { read, total, refused: [...refused.slice(0, 20)], rejects: records.rejectsById() };
}

Deno.test("every record is a row, refused, or outside of what was asked for, in any blocks", () => {
  const cuts = fc.array(fc.nat(GOOD.length), { maxLength: 40 });
  fc.assert(
    fc.property(damage, cuts, asked, (changes, places, what) => {
      const bytes = damaged(changes);
      const whole = readInBlocks(bytes, [], what);
      const { read, total, refused, rejects } = whole;
      const { rows, otherMarket, otherTicker, otherDay, unassigned } = total;
      assertEquals(read, rows + total.refused + otherMarket + otherTicker + otherDay);
      assertEquals(total.refused, unassigned + refused.reduce((sum, each) => sum + each, 0));
      if (what.from === null) assertEquals(otherDay, 0);
      // What has refused records has the first of them with its reason.
      for (const [id, count] of [...refused.entries(), [NO_TICKER, unassigned] as const]) {
        assertEquals((rejects.get(id)?.length ?? 0) > 0, count > 0);
      }
      assertEquals(readInBlocks(bytes, places, what), whole);
    }),
    { numRuns: 300 },
  );
});

Deno.test("what a source delivers adds up to what it has read", async () => {
  await fc.assert(
    fc.asyncProperty(damage, asked, async (changes, { tickers, markets, from, maxRejects }) => {
      const selection = { markets, allowTruncated: true };
      await withRun(
        damaged(changes),
        async (run) => {
          let delivered = run.unassigned.length + (run.furtherUnassigned ?? 0);
          for (const { prices, rejects, furtherRejects } of (await batchesOf(run)).values()) {
            delivered += prices.length + countRefused(rejects) + (furtherRejects ?? 0);
          }
          const { records } = run;
          assertEquals(delivered, (records?.rows ?? 0) + (records?.refused ?? 0));
        },
        { tickers, from, selection },
        { maxRejects, rowBudget: 20 },
      );
    }),
    { numRuns: 60 },
  );
});

Deno.test("past the limit of kept rejects a ticker keeps its job, its counts and one example", async () => {
  await using space = await Workspace.create();
  const bad = (ticker: string) => patched(109, "x", { ticker });
  const records = [
    ...Array.from({ length: 5 }, () => bad("AAAA3")),
    bad("BBBB3"),
    bad("BBBB3"),
    quote({ ticker: "CCCC3" }),
    bad("CCCC3"),
    bad("CCCC3"),
    ...Array.from({ length: 3 }, () => patched(1, "07")),
    quote({ ticker: "DDDD3F", market: "020" }),
  ];
  const file = space.write("COTAHIST_A2024.TXT", fileOf(records));
  const source = createCotahistSource({ maxRejects: 2 });
  // Those that are only counted count here, too: two of three rows are too many.
  const strict = await run(space, source, { files: [file], dryRun: true });
  assertEquals(outline(strict)[2], ["CCCC3.SA", "failed", "too_many_rejected"]);
  const report = await run(space, source, { files: [file], maxRejected: 1 });
  assertEquals(outline(report), [
    ["AAAA3.SA", "failed", "no_valid_rows"],
    ["BBBB3.SA", "failed", "no_valid_rows"],
    ["CCCC3.SA", "success", null],
    [null, "success", null],
  ]);
  assertMatch(report.results[1]?.error?.message ?? "", /none of 2 rows.*PREULT is "x/);
  assertEquals(logOutline(space).length, 4);
  assertEquals(report.results.map(({ rowsRejected }) => rowsRejected), [5, 2, 2, 3]);
  assertEquals(
    space.logs().map(({ ticker, rows_rejected }) => [ticker, rows_rejected]),
    [["AAAA3.SA", 5], ["BBBB3.SA", 2], ["CCCC3.SA", 2], [null, 3]],
  );
  const { results, records: counts } = report;
  const sum = (key: "rowsFetched" | "rowsInserted" | "rowsRejected") =>
    results.reduce((all, each) => all + each[key], 0);
  assertHas(counts, {
    read: 14,
    rows: 1,
    refused: 12,
    otherMarket: 1,
    otherTicker: 0,
    otherDay: 0,
  });
  assertEquals([sum("rowsFetched"), sum("rowsInserted"), sum("rowsRejected")], [13, 1, 12]);
  assertMatch(report.warnings.join(), /12 records were refused; 5 of them are kept/);
});
