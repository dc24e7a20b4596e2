import * as fc from "fast-check";
import { ProgressLine, progressText, terminalWidth } from "../../../src/cli/output/progress.ts";
import type { IngestProgress } from "../../../src/ingest/types.ts";
import { assert, assertEquals, assertNotMatch } from "../../assert.ts";

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

/** What is written to a terminal of some width while the clock stands where it is put. */
function drawn(steps: (at: (ms: number) => void) => void, columns = 120): string[] {
  const texts: string[] = [];
  const decoder = new TextDecoder();
  const realNow = performance.now;
  const realWrite = Deno.stderr.writeSync;
  const realSize = Deno.consoleSize;
  let now = 1_000_000;
  performance.now = () => now;
  Deno.consoleSize = () => ({ columns, rows: 25 });
  Deno.stderr.writeSync = (bytes) => {
    texts.push(decoder.decode(bytes));
    return bytes.length;
  };
  try {
    steps((ms) => {
      now = 1_000_000 + ms;
    });
  } finally {
    performance.now = realNow;
    Deno.consoleSize = realSize;
    Deno.stderr.writeSync = realWrite;
  }
  return texts;
}

const WIPE = "\r\x1b[K";

Deno.test("a short run draws nothing at all", () => {
  const texts = drawn((at) => {
    using line = new ProgressLine();
    for (const ms of [0, 100, 299]) {
      at(ms);
      line.update(reading(1, 2, 3));
    }
    line.aside(() => {});
  });
  assertEquals(texts, []);
});

Deno.test("a long run draws ten times a second at most, in one line, and wipes it", () => {
  const texts = drawn((at) => {
    using line = new ProgressLine();
    for (const ms of [0, 300, 350, 399, 400, 401]) {
      at(ms);
      line.update(reading(ms * 1e6, 1000e6, ms));
    }
  });
  assertEquals(texts.length, 3);
  assert(texts[0]?.startsWith(`${WIPE}reading a.txt: 30 %, 300 rows`));
  assert(texts[1]?.startsWith(`${WIPE}reading a.txt: 40 %, 400 rows`));
  assertEquals(texts[2], WIPE);
});

Deno.test("the time of a phase counts from its own beginning", () => {
  const texts = drawn((at) => {
    using line = new ProgressLine();
    at(400);
    line.update(reading(1, 2, 3));
    at(1000);
    line.update(writing(0, 4, 0));
    at(2000);
    line.update(writing(1, 4, 500));
  });
  assert(texts[2]?.includes("writing: 1 of 4 tickers, 500 rows, 500 rows/s, 3 s left"), texts[2]);
});

Deno.test("other lines stand above the progress, which is wiped for them once", () => {
  const order: string[] = [];
  const texts = drawn((at) => {
    using line = new ProgressLine();
    at(500);
    line.update(reading(1, 2, 3));
    line.aside(() => order.push("first"));
    line.aside(() => order.push("second"));
  });
  assertEquals(order, ["first", "second"]);
  assertEquals(texts.slice(1), [WIPE]);
});

Deno.test("a line is never as wide as the terminal, which would break it in two", () => {
  for (const columns of [20, 80, 200]) {
    const texts = drawn((at) => {
      using line = new ProgressLine();
      at(500);
      const label = "x".repeat(300);
      line.update({ phase: "reading", label, bytesDone: 1, bytesTotal: 2, rows: 3 });
    }, columns);
    assertEquals(texts[0]?.length, WIPE.length + columns - 1);
  }
});

Deno.test("where there is no terminal, 80 columns are taken", () => {
  const real = Deno.consoleSize;
  Deno.consoleSize = () => {
    throw new Error("not a terminal");
  };
  try {
    assertEquals(terminalWidth(), 80);
  } finally {
    Deno.consoleSize = real;
  }
});
