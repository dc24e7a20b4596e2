import * as fc from "fast-check";
import { progressPart, progressText } from "../../../../src/cli/commands/ingest/report.ts";
import type { IngestProgress, RunWait } from "../../../../src/ingest/types.ts";
import { assertEquals, assertNotMatch } from "../../../assert.ts";

function reading(bytesDone: number, bytesTotal: number, rows: number): IngestProgress {
  return { phase: "reading", label: "a.txt", bytesDone, bytesTotal, rows };
}

function writing(
  tickersDone: number,
  tickersTotal: number,
  rows: number,
  over: { failed?: number; waits?: readonly RunWait[]; leftMs?: number | null } = {},
): IngestProgress {
  const none = { failed: 0, waits: [], leftMs: null };
  return { phase: "writing", tickersDone, tickersTotal, rows, ...none, ...over };
}

Deno.test("reading tells share, rows, speed and the time that is left", () => {
  assertEquals(
    progressText(reading(50e6, 200e6, 123_456), 2000),
    "reading a.txt: 25 %, 123,456 rows, 25 MB/s, 6 s left",
  );
  assertEquals(
    progressText(reading(10e6, 1000e6, 1), 1000),
    "reading a.txt: 1 %, 1 row, 10 MB/s, 1 min 39 s left",
  );
  assertEquals(
    progressText(reading(200e6, 200e6, 9), 2000),
    "reading a.txt: 100 %, 9 rows, 100 MB/s, 0 s left",
  );
});

Deno.test("where the size is not known, neither share nor time left is told", () => {
  assertEquals(progressText(reading(5e6, 0, 7), 1000), "reading a.txt: 7 rows, 5 MB/s");
  // A download tells its bytes in place of rows, and has a speed of its own.
  const fetching: IngestProgress = {
    ...{ phase: "reading", doing: "fetching", label: "COTAHIST_A2024.ZIP", rows: 0 },
    ...{ bytesDone: 25e6, bytesTotal: 100e6 },
  };
  assertEquals(
    progressText(fetching, 5000),
    "fetching COTAHIST_A2024.ZIP: 25 %, 25.0 MB, 5 MB/s, 15 s left",
  );
  assertEquals(progressPart(fetching) === progressPart(reading(5e6, 0, 7)), false);
  assertEquals(progressText(reading(0, 10, 0), 1000), "reading a.txt: 0 %, 0 rows, 0 MB/s");
  // As long as the speed says nothing, it is not told, nor what would follow from it.
  assertEquals(progressText(reading(5, 10, 3), 0), "reading a.txt: 50 %, 3 rows");
});

Deno.test("a file that grew while it was read is read to the end, not further", () => {
  assertEquals(
    progressText(reading(300, 200, 1), 1000),
    "reading a.txt: 100 %, 1 row, 0 MB/s, 0 s left",
  );
});

Deno.test("writing tells tickers, the time that is left where it is known, rows and speed", () => {
  assertEquals(
    progressText(writing(1, 4000, 30_000, { leftMs: 2000, failed: 1200 }), 500),
    "writing: 1 of 4,000 tickers, 1,200 failed, 2 s left; 30,000 rows, 60,000 rows/s",
  );
  assertEquals(progressText(writing(0, 1, 0), 500), "writing: 0 of 1 ticker; 0 rows, 0 rows/s");
  assertEquals(progressText(writing(0, 1, 6522), 0), "writing: 0 of 1 ticker; 6,522 rows");
  assertEquals(progressText(writing(0, 1, 1), 1000), "writing: 0 of 1 ticker; 1 row, 1 row/s");
});

Deno.test("what is waited for is said before what a narrow terminal cuts off", () => {
  const why = "status 429: the service was asked too often and says nothing (GET http://x)";
  const retry: RunWait = { reason: "retry", ticker: "A", attempt: 2, attempts: 5, ms: 8000, why };
  const lock: RunWait = { reason: "lock", name: "PETR4.SA", pid: 7, heldMs: 40_000 };
  const cases: [waits: readonly RunWait[], says: string][] = [
    [[{ reason: "rate", ms: 12_000 }], "rate: next request in 12 s"],
    [
      [{ reason: "silence", ms: 90_000 }],
      "silence that the service asks for: next request in 1 min 30 s",
    ],
    [
      [{ reason: "rate", ms: 900 }, retry],
      "retry 2 of 5 in 8 s: status 429: the service was asked too o…",
    ],
    [[lock], "lock of PETR4.SA held by pid 7 for 40 s"],
    [[{ ...lock, pid: null, heldMs: null }], "lock of PETR4.SA held by another run"],
    [
      [{ reason: "rate", ms: 12_000 }, retry, lock, lock, lock],
      "rate: next request in 12 s; lock of PETR4.SA held by pid 7 for 40 s; 2 more locks",
    ],
  ];
  for (const [waits, says] of cases) {
    const text = progressText(writing(3, 10, 5, { waits }), 1000);
    assertEquals(text, `writing: 3 of 10 tickers; ${says}; 5 rows, 5 rows/s`);
  }
  const short = progressText(writing(3, 10, 5, { waits: [{ reason: "rate", ms: 900 }] }), 1000);
  assertEquals(short, "writing: 3 of 10 tickers; 5 rows, 5 rows/s");
  assertEquals(
    progressText({ phase: "waiting", wait: { ...lock, name: ".nightly" } }, 0),
    "waiting: lock of .nightly held by pid 7 for 40 s",
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
