import * as fc from "fast-check";
import { SourceError, UsageError } from "../../../src/base/errors.ts";
import type { PriceRow } from "../../../src/model/prices.ts";
import { assert, assertEquals } from "../../assert.ts";
import { type Read, read } from "./helpers.ts";

/** Reads and fetches everything; refusals are fine, anything else is thrown. */
async function survives(content: string | Uint8Array): Promise<void> {
  for (const tickers of [null, ["AAA"]]) {
    try {
      const { byTicker } = await read(content, { tickers });
      for (const { prices, sha256 } of Object.values(byTicker)) {
        assert(sha256 !== undefined);
        for (const { date, close } of prices) {
          assert(/^\d{4}-\d\d-\d\d$/.test(date));
          assert(Number.isFinite(close));
        }
      }
    } catch (error) {
      if (!(error instanceof SourceError) && !(error instanceof UsageError)) throw error;
    }
  }
}

Deno.test("property: arbitrary bytes are read or refused", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 200 });
});

Deno.test("property: arbitrary text behind a good header is read or refused", async () => {
  const part = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(",", ";", "\n", "\r\n", '"', "AAA", "2024-01-02", "31/12/2023", "1,5", "1.234"),
    fc.constantFrom("\uFEFF", "\r", "\t", "-", "NaN", "1e999", "\0", " "),
  );
  const text = fc.tuple(
    fc.constantFrom("ticker,date,close\n", "date;close;volume\r\n", "source\tdate\tclose\n", ""),
    fc.array(part, { maxLength: 40 }),
  ).map(([header, parts]) => header + parts.join(""));
  await fc.assert(fc.asyncProperty(text, survives), { numRuns: 400 });
});

const number = fc.integer({ min: -99_999_999, max: 99_999_999 }).map((n) => n / 100 + 0);
const value = fc.option(number, { freq: 3 });
const rows = fc.uniqueArray(
  fc.record({
    ticker: fc.constantFrom("AAA", "BBB3.SA", "^C"),
    day: fc.integer({ min: -30_000, max: 30_000 }),
    open: value,
    high: value,
    low: value,
    close: number,
    adjClose: value,
    volume: fc.option(fc.maxSafeNat()),
    source: fc.constantFrom("a", "b-1"),
  }),
  { minLength: 1, maxLength: 20, selector: (r) => `${r.ticker}|${r.day}|${r.source}` },
);

Deno.test("property: rows written in any notation are read as they were", async () => {
  const notation = fc.record({
    delimiter: fc.constantFrom(",", ";", "\t"),
    comma: fc.boolean(),
    thousands: fc.boolean(),
    dayFirst: fc.boolean(),
    quoted: fc.boolean(),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    mark: fc.boolean(),
    missing: fc.constantFrom("", "null", "NaN", "N/A", "-"),
    lastLineEnd: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(rows, notation, async (rows, as) => {
      const comma = as.comma && as.delimiter === ";";
      const iso = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
      const date = (day: number) =>
        as.dayFirst ? iso(day).split("-").reverse().join("/") : iso(day);
      const amount = (n: number | null) => {
        if (n === null) return as.missing;
        const [whole = "", fraction = ""] = n.toFixed(2).split(".");
        const grouped = whole.replace(/\B(?=(\d{3})+$)/g, as.thousands ? "." : "");
        return comma ? `${grouped},${fraction}` : `${whole}.${fraction}`;
      };
      const line = (cells: string[]) =>
        cells.map((cell) => as.quoted ? `"${cell}"` : cell).join(as.delimiter);
      const header = ["Symbol", "DATE", "Open", "high", "LOW", " Close ", "Adj Close", "volume"];
      const lines = [line([...header, "source"])];
      for (const r of rows) {
        const prices = [r.open, r.high, r.low, r.close, r.adjClose].map(amount);
        const volume = r.volume === null ? as.missing : String(r.volume);
        lines.push(line([r.ticker, date(r.day), ...prices, volume, r.source]));
      }
      const text = (as.mark ? "\uFEFF" : "") + lines.join(as.lineEnd) +
        (as.lastLineEnd ? as.lineEnd : "");
      let found: Read;
      try {
        found = await read(text);
      } catch (error) {
        // Few rows may be all that a file has to tell by.
        assert(error instanceof SourceError && error.code.startsWith("csv_ambiguous_"));
        return;
      }
      const { run, byTicker } = found;
      const expected = new Map<string, PriceRow[]>();
      for (const { ticker, day, ...rest } of rows) {
        expected.set(ticker, [...expected.get(ticker) ?? [], { date: iso(day), ...rest }]);
      }
      const key = (r: PriceRow) => `${r.date}|${r.source}`;
      assertEquals(run.tickers, [...expected.keys()].sort());
      for (const [ticker, wanted] of expected) {
        wanted.sort((a, b) => key(a) < key(b) ? -1 : 1);
        assertEquals(byTicker[ticker]?.prices, wanted);
        assertEquals(byTicker[ticker]?.rejects, []);
      }
    }),
    { numRuns: 300 },
  );
});
