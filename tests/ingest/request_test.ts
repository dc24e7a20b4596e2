import { UsageError } from "../../src/base/errors.ts";
import { ingest } from "../../src/ingest/run.ts";
import type { IngestOptions } from "../../src/ingest/types.ts";
import { SOURCE_NAMES } from "../../src/sources/registry.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";

const CSV = "ticker,date,close\nA1,2024-01-02,1.5\nB1,2024-01-02,2.5\n";

Deno.test("a source is named or handed over, and a ticker is written in any case", async () => {
  await using space = await Workspace.create();
  const { db, lockDir } = space;
  const report = await ingest({
    source: "csv",
    tickers: [" a1", "A1"],
    files: [space.write("prices.csv", CSV)],
    db,
    lockDir,
  });
  assertEquals(
    report.results.map(({ ticker, status, rowsInserted }) => [ticker, status, rowsInserted]),
    [["A1", "success", 1]],
  );
});

Deno.test("what makes no sense is refused before anything is touched", async () => {
  const bad: [Partial<IngestOptions>, code: string, message: RegExp][] = [
    [{ source: "cvs" }, "unknown_source", /"cvs"/],
    [{ source: "" }, "unknown_source", /""/],
    [{ tickers: ["../x"] }, "bad_ticker", /"\.\.\/x"/],
    [{ from: "2024-1-1" }, "bad_value", /from is "2024-1-1"/],
    [{ to: "2024-02-30" }, "bad_value", /to is "2024-02-30"/],
    [{ from: "2024-02-02", to: "2024-02-01" }, "bad_window", /2024-02-02 is after/],
    [{ tickers: [] }, "missing_ticker", /yahoo needs tickers/],
    [{ allStored: true }, "conflicting_options", /allStored/],
    [{ fillGaps: true, to: "2024-02-01" }, "conflicting_options", /fillGaps and to/],
    [
      { allStored: true, tickers: null, acceptRestatement: true },
      "conflicting_options",
      /acceptRestatement/,
    ],
    [{ concurrency: 0 }, "bad_value", /concurrency is 0/],
    [{ concurrency: 1.5 }, "bad_value", /concurrency is 1.5/],
    [{ maxRejected: 50 }, "bad_value", /maxRejected is 50/],
    [{ maxRejected: NaN }, "bad_value", /maxRejected is NaN/],
    [{ network: { attempts: 0 } }, "bad_value", /attempts is 0/],
    [{ source: "kalshi", selection: { dataset: ["x"] } }, "bad_value", /x/],
  ];
  await using space = await Workspace.create();
  const { db, lockDir } = space;
  for (const [options, code, message] of bad) {
    const run = () => ingest({ source: "yahoo", tickers: ["A1"], db, lockDir, ...options });
    const error = await assertRejects(run, UsageError);
    assertEquals(error.code, code, error.message);
    assert(message.test(error.message), error.message);
    assert(error.hint !== undefined, code);
  }
  assertEquals(space.names(), []);
});

Deno.test("an unknown name of a source is answered with the nearest one and with all", async () => {
  const error = await assertRejects(() => ingest({ source: "cvs" }), UsageError);
  assertStringIncludes(error.hint ?? "", "Did you mean csv?");
  for (const name of SOURCE_NAMES) assertStringIncludes(error.hint ?? "", name);
});
