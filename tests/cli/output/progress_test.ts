import { countText, ProgressLine } from "../../../src/cli/output/progress.ts";
import type { Io } from "../../../src/cli/output/io.ts";
import { assertEquals } from "../../assert.ts";
import { Captured } from "../in_process.ts";

Deno.test("progress by number tells how many, of how many where that is known, and how fast", () => {
  assertEquals(
    countText("exporting prices", 1_200_000, 5_000_000, "row", 2000),
    "exporting prices: 1,200,000 of 5,000,000 rows, 600,000 rows/s",
  );
  assertEquals(
    countText("backing up", 10, undefined, "page", 20_000),
    "backing up: 10 pages, 1 page/s",
  );
  // Nothing is known of the speed yet.
  assertEquals(countText("exporting prices", 1, undefined, "row", 299), "exporting prices: 1 row");
});

/** What is written to a terminal of some width while the clock stands where it is put. */
function drawn(steps: (at: (ms: number) => void, io: Io) => void, columns = 120): string[] {
  const { io, errWrites } = new Captured({ terminal: true, columns });
  const realNow = performance.now;
  let now = 1_000_000;
  performance.now = () => now;
  try {
    steps((ms) => {
      now = 1_000_000 + ms;
    }, io);
  } finally {
    performance.now = realNow;
  }
  return errWrites;
}

const WIPE = "\r\x1b[K";

Deno.test("a short run draws nothing at all", () => {
  const texts = drawn((at, io) => {
    using line = new ProgressLine(io);
    for (const ms of [0, 100, 299]) {
      at(ms);
      line.update(() => "drawn");
    }
    line.aside(() => {});
  });
  assertEquals(texts, []);
});

Deno.test("a long run draws ten times a second at most, in one line, and wipes it", () => {
  const texts = drawn((at, io) => {
    using line = new ProgressLine(io);
    for (const ms of [0, 300, 350, 399, 400, 401]) {
      at(ms);
      line.update((elapsed) => `at ${elapsed}`);
    }
  });
  assertEquals(texts, [`${WIPE}at 300`, `${WIPE}at 400`, WIPE]);
});

Deno.test("the time of a phase counts from its own beginning", () => {
  const texts = drawn((at, io) => {
    using line = new ProgressLine(io);
    const say = (phase: string) => line.update((elapsed) => `${phase} ${elapsed}`, phase);
    at(400);
    say("reading");
    at(1000);
    say("writing");
    at(2000);
    say("writing");
  });
  assertEquals(texts, [`${WIPE}reading 0`, `${WIPE}writing 0`, `${WIPE}writing 1000`, WIPE]);
});

Deno.test("other lines stand above the progress, which is wiped for them once", () => {
  const order: string[] = [];
  const texts = drawn((at, io) => {
    using line = new ProgressLine(io);
    at(500);
    line.update(() => "drawn");
    line.aside(() => order.push("first"));
    line.aside(() => order.push("second"));
  });
  assertEquals(order, ["first", "second"]);
  assertEquals(texts.slice(1), [WIPE]);
});

Deno.test("a line is never as wide as the terminal, which would break it in two", () => {
  for (const columns of [20, 80, 200]) {
    const texts = drawn((at, io) => {
      using line = new ProgressLine(io);
      at(500);
      line.update(() => "x".repeat(300));
    }, columns);
    assertEquals(texts[0]?.length, WIPE.length + columns - 1);
  }
});

Deno.test("what does not fit is left out from a comma on, so that no number is cut", () => {
  const text = "writing: 1,200 of 4,000 tickers; 6,522 rows, 1,452 rows/s";
  for (
    const [columns, shown] of [
      [80, text],
      [text.length + 1, text],
      [text.length, "writing: 1,200 of 4,000 tickers; 6,522 rows"],
      [40, "writing: 1,200 of 4,000 tickers"],
      [12, "writing: 1…"],
    ] as const
  ) {
    const texts = drawn((at, io) => {
      using line = new ProgressLine(io);
      at(500);
      line.update(() => text);
    }, columns);
    assertEquals(texts[0], WIPE + shown);
  }
});

Deno.test("without a terminal nothing is drawn", () => {
  const texts = drawn((at, io) => {
    using line = new ProgressLine(io, false);
    at(500);
    line.update(() => "drawn");
  });
  assertEquals(texts, []);
});

Deno.test("a line is drawn on a terminal alone, and not where only errors are wanted", () => {
  for (const [terminal, quiet, writes] of [[true, false, 2], [false, false, 0], [true, true, 0]]) {
    const { io, errWrites } = new Captured({ terminal: terminal === true });
    io.quiet = quiet === true;
    const realNow = performance.now;
    {
      using line = new ProgressLine(io);
      performance.now = () => realNow.call(performance) + 500;
      line.update(() => "drawn");
      performance.now = realNow;
    }
    assertEquals(errWrites.length, writes);
  }
});
