import { renderReport, reportJson, totalsOf } from "../../../../src/cli/commands/ingest/report.ts";
import type { TickerResult } from "../../../../src/ingest/types.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../../assert.ts";
import { failure, MIXED, report, result, tickersShown } from "./reports.ts";

Deno.test("totals add up every count; what has no ticker counts as none", () => {
  assertEquals(totalsOf(report(MIXED)), {
    tickers: 3,
    rows_fetched: 15,
    rows_inserted: 4,
    rows_updated: 3,
    rows_unchanged: 7,
    rows_rejected: 1,
    by_status: { success: 1, skipped: 1, lock_busy: 1, failed: 1 },
  });
  assertEquals(totalsOf(report([])), {
    tickers: 0,
    rows_fetched: 0,
    rows_inserted: 0,
    rows_updated: 0,
    rows_unchanged: 0,
    rows_rejected: 0,
    by_status: {},
  });
});

Deno.test("the report for a person has a line per ticker, the totals and the database", () => {
  assertEquals(
    renderReport(report(MIXED)),
    `TICKER    STATUS     LOCK       WAIT  ROWS  NEW  CHANGED  SAME  REJECTED   TIME  REASON
ABEV3.SA  success    acquired  0.0 s    10    4        3     2         1  12 ms
PETR4.SA  skipped    waited    2.3 s     5    0        0     5         0   0 ms
VALE3.SA  lock_busy  busy      0.0 s     0    0        0     0         0   0 ms  VALE3.SA is locked by someone
(run)     failed     -             -     0    0        0     0         0   0 ms  x.csv is not there

3 tickers (1 success, 1 skipped, 1 lock_busy), 15 rows: 4 new, 3 changed, 7 the same, 1 rejected; 1.25 s
1 problem of the run as a whole, told on standard error.
Rejected rows are kept, each with where it was and why: tickerlock logs show JOB (tickerlock logs has the ids).
Database: data/tickerlock.db
`,
  );
});

Deno.test("one ticker and one row are not in the plural, and none is said to be none", () => {
  const one = renderReport(report([result("A", { rowsFetched: 1, rowsInserted: 1 })]));
  assertStringIncludes(one, "1 ticker (1 success), 1 row: 1 new");
  const none = renderReport(report([]));
  assert(none.startsWith("0 tickers (nothing to do), 0 rows: "), none);
  assertNotMatch(none, /TICKER|Nothing new/);
});

Deno.test("nothing new is said where all is there, and only there", () => {
  const same = { rowsFetched: 2, rowsUnchanged: 2 };
  const says = (...results: TickerResult[]): boolean =>
    renderReport(report(results)).includes("Nothing new: the database has all of it.");
  assertEquals(says(result("A", same)), true);
  assertEquals(says(result("A", same), result("B", { ...same, status: "skipped" })), true);
  assertEquals(says(result("A", same), result("B", { rowsFetched: 1, rowsInserted: 1 })), false);
  assertEquals(says(result("A", same), result("B", { rowsFetched: 1, rowsUpdated: 1 })), false);
  assertEquals(says(result("A", same), result("B", { rowsFetched: 1, rowsRejected: 1 })), false);
  assertEquals(says(result("A", same), result("B", { status: "failed" })), false);
  assertEquals(says(result("A", same), result("B", { status: "lock_busy" })), false);
  assertEquals(says(result("A")), false);
});

Deno.test("a dry run shows what it found and says that it wrote nothing", () => {
  const text = renderReport(report(
    [result("A", { status: "dry_run", rowsFetched: 2, rowsInserted: 1, rowsRejected: 1 })],
    { dryRun: true, details: { files: ["a.csv"], note: "plain", columns: 3 } },
  ));
  assert(text.startsWith('files: ["a.csv"]\nnote: plain\ncolumns: 3\n\nTICKER '), text);
  assertStringIncludes(text, "Dry run: no data were written to data/tickerlock.db.\n");
  assertNotMatch(text, /ingest_rejects|Database:/);
  assertNotMatch(renderReport(report([], { details: { note: "plain" } })), /plain/);
});

Deno.test("tickers whose turn did not come are told", () => {
  assertStringIncludes(renderReport(report([], { notStarted: 1 })), "\n1 ticker not started.\n");
  assertStringIncludes(
    renderReport(report([], { notStarted: 1234 })),
    "\n1,234 tickers not started.\n",
  );
});

const KEPT = "Rejected rows are kept, each with";

Deno.test("rejects are said to be in the database only where they are", () => {
  const of = (...results: TickerResult[]): string => renderReport(report(results));
  const kept = result("A", { rowsFetched: 3, rowsRejected: 1, status: "failed" });
  const lost = result("B", { ...kept, ticker: "B", rowsRejected: 2, rejectsLost: true });
  assertStringIncludes(of(kept), KEPT);
  assert(!of(kept).includes("could not be kept"));
  assert(!of(lost).includes(KEPT));
  assertStringIncludes(of(lost), "\n2 rejected rows could not be kept in the database.\n");
  const both = of(kept, lost);
  assertStringIncludes(both, KEPT);
  assertStringIncludes(both, "\n2 rejected rows could not be kept");
  assert(!renderReport(report([kept], { dryRun: true })).includes(KEPT));
  const json = reportJson(report([kept, lost])).tickers as Record<string, unknown>[];
  assertEquals(json.map((each) => each.rejects_lost), [undefined, true]);
});

Deno.test("a job lock of another run is said in words, not as a ticker's", () => {
  const message = "another run holds the job lock .nightly: pid 7 (x) on y since 2024";
  const busy = { status: "lock_busy", lockAction: "busy", error: failure("lock_busy", message) };
  const text = renderReport(report([result(null, busy as Partial<TickerResult>)]));
  assertEquals(tickersShown(text), ["(job"]);
  assertStringIncludes(text, `\nNothing was done: ${message}.\n`);
  assert(!text.includes("(run)") && !text.includes("problem of the run"), text);
  // The same where it was asked for tickers, and not where some of them were done.
  const named = ["A", "B"].map((ticker) => result(ticker, busy as Partial<TickerResult>));
  assertStringIncludes(renderReport(report(named)), `\nNothing was done: ${message}.\n`);
  assert(!renderReport(report([...named, result("C")])).includes("Nothing was done"));
  assert(!renderReport(report([])).includes("Nothing was done"));
});

Deno.test("what failed stands last with its reason, shortened; a note explains what was skipped", () => {
  const long = `A: the service does not know it and says "${"x".repeat(100)}"`;
  const text = renderReport(report([
    result("A", { status: "failed", error: failure("ticker_unknown", long) }),
    result("B"),
    result("C", { status: "skipped", note: "another run has brought in the same days meanwhile" }),
  ]));
  assertEquals(tickersShown(text), ["B", "C", "A"]);
  const [title = "", b = "", c = "", a = ""] = text.split("\n");
  assertMatch(title, /TIME {2}REASON$/);
  assertMatch(b, / ms$/);
  assertMatch(c, / ms {2}another run has brought in the same days meanwhile$/);
  assertMatch(a, / ms {2}the service does not know it and says "x{20}…$/);
  assertNotMatch(renderReport(report([result("B")])), /REASON/);
});
