import * as fc from "fast-check";
import { progressText } from "../../../../src/cli/commands/ingest/report.ts";
import type { IngestProgress } from "../../../../src/ingest/types.ts";
import { assertEquals, assertNotMatch } from "../../../assert.ts";

function reading(bytesDone: number, bytesTotal: number, rows: number): IngestProgress {
  return { phase: "reading", label: "a.txt", bytesDone, bytesTotal, rows };
}

function writing(tickersDone: number, tickersTotal: number, rows: number): IngestProgress {
  return { phase: "writing", tickersDone, tickersTotal, rows, failed: 0, waiting: 0, pausedMs: 0 };
}

Deno.test("reading tells share, rows, speed and the time that is left", () => {
  assertEquals(
    progressText(reading(50e6, 200e6, 123_456), 2000),
    "reading a.txt: 25 %, 123,456 rows, 25 MB/s, 6 s left",
  );
  assertEquals(
    progressText(reading(10e6, 1000e6, 1), 1000),
    "reading a.txt: 1 %, 1 rows, 10 MB/s, 1 min 39 s left",
  );
  assertEquals(
    progressText(reading(200e6, 200e6, 9), 2000),
    "reading a.txt: 100 %, 9 rows, 100 MB/s, 0 s left",
  );
});

Deno.test("where the size is not known, neither share nor time left is told", () => {
  assertEquals(progressText(reading(5e6, 0, 7), 1000), "reading a.txt: 7 rows, 5 MB/s");
  assertEquals(progressText(reading(0, 10, 0), 1000), "reading a.txt: 0 %, 0 rows, 0 MB/s");
});

Deno.test("a file that grew while it was read is read to the end, not further", () => {
  assertEquals(
    progressText(reading(300, 200, 1), 1000),
    "reading a.txt: 100 %, 1 rows, 0 MB/s, 0 s left",
  );
});

Deno.test("writing tells tickers, rows, speed and the time that is left", () => {
  assertEquals(
    progressText(writing(1, 4, 30_000), 500),
    "writing: 1 of 4 tickers, 30,000 rows, 60,000 rows/s, 2 s left",
  );
  assertEquals(
    progressText(writing(0, 4, 0), 500),
    "writing: 0 of 4 tickers, 0 rows, 0 rows/s",
  );
  assertEquals(
    progressText(writing(0, 0, 0), 500),
    "writing: 0 of 0 tickers, 0 rows, 0 rows/s, 0 s left",
  );
});

Deno.test("property: no figure is negative, without end, or not a number", () => {
  const count = fc.nat(2_000_000_000);
  const progress = fc.oneof(
    fc.tuple(count, count, count).map(([done, total, rows]) => reading(done, total, rows)),
    fc.tuple(count, count, count).map(([done, total, rows]) => writing(done, total, rows)),
  );
  fc.assert(fc.property(progress, fc.double({ min: 0, max: 1e9, noNaN: true }), (each, elapsed) => {
    assertNotMatch(progressText(each, elapsed), /NaN|Infinity|-\d|undefined|e\+/);
  }));
});
