import { generateCotahist } from "../../../docs/examples/generate_cotahist.ts";
import { TickerlockError } from "../../../src/base/errors.ts";
import { createCotahistSource } from "../../../src/sources/cotahist/source.ts";
import { CotahistScanner } from "../../../src/sources/cotahist/scanner.ts";
import { assertEquals } from "../../assert.ts";
import {
  batchesOf,
  batchOf,
  bytesOf,
  concat,
  fileOf,
  patched,
  quote,
  request,
  withFiles,
  withRun,
} from "./fixtures.ts";
import * as fc from "fast-check";

/** Reads bytes as a file, twice over: rows in memory and rows read again. Only our errors may come. */
async function readAnyhow(bytes: Uint8Array, allowTruncated: boolean): Promise<void> {
  await withFiles({ "COTAHIST.TXT": bytes }, async (folder) => {
    for (const rowBudget of [600_000, 3]) {
      try {
        const source = createCotahistSource({ rowBudget, maxRejects: 20 });
        const files = [`${folder}/COTAHIST.TXT`];
        await using run = await source.open(request(files, { selection: { allowTruncated } }));
        for (const [ticker, batch] of await batchesOf(run)) {
          for (const row of batch.prices) {
            assertEquals(Number.isFinite(row.close), true);
            assertEquals(row.volume === null || Number.isSafeInteger(row.volume), true);
          }
          assertEquals(run.tickers.includes(ticker), true);
        }
      } catch (error) {
        if (!(error instanceof TickerlockError)) throw error;
      }
    }
  });
}

Deno.test("arbitrary bytes give nothing but the project's own errors", async () => {
  const start = fc.constantFrom("", "00COTAHIST", "PK", "PK\u0003\u0004", "<html>");
  await fc.assert(
    fc.asyncProperty(
      start,
      fc.uint8Array({ maxLength: 2000 }),
      fc.boolean(),
      (text, rest, allow) => readAnyhow(concat([bytesOf(text), rest]), allow),
    ),
    { numRuns: 150 },
  );
});

Deno.test("no change to a good file gives anything but rows, rejects and our own errors", async () => {
  const good = concat([...generateCotahist({ tickers: 3, days: 3 })]);
  const at = fc.nat(good.length - 1);
  const change = fc.oneof(
    fc.tuple(fc.constant("set"), at, fc.nat(255)),
    fc.tuple(fc.constant("cut"), at, fc.nat(300)),
    fc.tuple(fc.constant("double"), at, fc.nat(600)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (changes, allow) => {
        let bytes = good.slice();
        for (const [kind, where, value] of changes) {
          const before = bytes.slice(0, where);
          if (kind === "set" && where < bytes.length) bytes[where] = value;
          else if (kind === "cut") bytes = concat([before, bytes.slice(where + value)]);
          else bytes = concat([before, bytes.slice(where, where + value), bytes.slice(where)]);
        }
        return readAnyhow(bytes, allow);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("rows that are written are the rows that are read", async () => {
  const cents = fc.nat(2 ** 31 - 1);
  const record = fc.record({
    ticker: fc.constantFrom("AAAA3", "BBBB4", "CCCC11", "D.D-3"),
    day: fc.integer({ min: 1, max: 28 }),
    open: cents,
    high: cents,
    low: cents,
    close: cents,
    volume: fc.maxSafeNat(),
    factor: fc.constantFrom(1, 1000),
  });
  const records = fc.uniqueArray(record, {
    maxLength: 40,
    selector: ({ ticker, day }) => `${ticker} ${day}`,
  });
  await fc.assert(
    fc.asyncProperty(records, fc.constantFrom(5, 600_000), async (given, rowBudget) => {
      const bytes = fileOf(
        given.map(({ day, ...rest }) =>
          quote({ ...rest, date: `202402${String(day).padStart(2, "0")}` })
        ),
      );
      await withRun(
        bytes,
        async (run) => {
          const wanted = Map.groupBy(given, ({ ticker }) => `${ticker}.SA`);
          assertEquals(run.tickers, [...wanted.keys()].sort());
          for (const [ticker, rows] of wanted) {
            const { prices, rejects } = await batchOf(run, ticker);
            assertEquals(rejects, []);
            assertEquals(
              prices.map(({ details: _, ...price }) => price),
              rows.toSorted((a, b) => a.day - b.day).map((row) => ({
                date: `2024-02-${String(row.day).padStart(2, "0")}`,
                open: row.open / (100 * row.factor),
                high: row.high / (100 * row.factor),
                low: row.low / (100 * row.factor),
                close: row.close / (100 * row.factor),
                adjClose: null,
                volume: row.volume,
              })),
            );
          }
        },
        {},
        { rowBudget },
      );
    }),
    { numRuns: 60 },
  );
});

Deno.test("it makes no difference where a file is cut into chunks", () => {
  const bytes = concat([
    fileOf([
      quote(),
      bytesOf("short\n"),
      patched(30, "a\nb"),
      bytesOf("\n\r\n"),
      quote({ date: "20240103" }),
      bytesOf("x".repeat(1500)),
    ]),
    bytesOf("\r\n\r\n"),
    patched(60, "\r\n"),
  ]);
  const seen = (cuts: readonly number[]) => {
    const lines: string[] = [];
    const scanner = new CotahistScanner("it", {
      quote: (chunk, at, line) => {
        lines.push(`${line} ${new TextDecoder("latin1").decode(chunk.slice(at, at + 245))}`);
      },
      refuse: (_bytes, line, { code }) => {
        lines.push(`${line} ${code}`);
      },
    });
    let from = 0;
    for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
      scanner.push(bytes.subarray(from, cut));
      from = cut;
    }
    return { lines, outcome: scanner.finish() };
  };
  const whole = seen([]);
  fc.assert(fc.property(fc.array(fc.nat(bytes.length), { maxLength: 60 }), (cuts) => {
    assertEquals(seen(cuts), whole);
  }));
  assertEquals(seen(Array.from(bytes, (_, index) => index)), whole);
});
