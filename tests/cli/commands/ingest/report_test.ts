import {
  problemsOf,
  renderReport,
  reportJson,
  totalsOf,
} from "../../../../src/cli/commands/ingest/report.ts";
import { resultOf } from "../../../../src/ingest/result.ts";
import type { IngestReport, ReportedError, TickerResult } from "../../../../src/ingest/types.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../../assert.ts";

/** A ticker that went in at once. */
function result(ticker: string | null, over: Partial<TickerResult> = {}): TickerResult {
  return {
    ...resultOf({ ticker, jobId: `job-${ticker}`, status: "success" }),
    lockAction: "acquired",
    lockWaitedSeconds: 0,
    ...over,
  };
}

/** A run of 1.25 s. */
function report(
  results: readonly TickerResult[],
  over: Partial<IngestReport> = {},
): IngestReport {
  return {
    runId: "run-1",
    source: "csv",
    db: "data/tickerlock.db",
    dryRun: false,
    startedAt: "2024-01-02T10:00:00.000Z",
    finishedAt: "2024-01-02T10:00:01.250Z",
    durationMs: 1250,
    results,
    notStarted: 0,
    warnings: [],
    details: {},
    records: null,
    exitCode: 0,
    ...over,
  };
}

/** An error as a result carries it. */
function failure(code: string, message: string, hint: string | null = null): ReportedError {
  return { code, message, hint };
}

/** One of each: done with a reject, skipped, locked, and a file that failed. */
const MIXED = [
  result("ABEV3.SA", {
    rowsFetched: 10,
    rowsInserted: 4,
    rowsUpdated: 3,
    rowsUnchanged: 2,
    rowsRejected: 1,
    durationMs: 12,
    payloadSha256: "ab".repeat(32),
  }),
  result("PETR4.SA", {
    status: "skipped",
    lockAction: "waited",
    lockWaitedSeconds: 2.345,
    rowsFetched: 5,
    rowsUnchanged: 5,
  }),
  result("VALE3.SA", {
    status: "lock_busy",
    lockAction: "busy",
    error: failure("lock_busy", "VALE3.SA is locked by someone", "Let it finish."),
  }),
  result(null, {
    status: "failed",
    lockAction: null,
    lockWaitedSeconds: null,
    error: failure("file_not_found", "x.csv is not there"),
  }),
];

/** Names of the table's lines, without its titles. */
function tickersShown(text: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith("TICKER "));
  if (start < 0) return [];
  return lines.slice(start + 1, lines.indexOf("", start)).map((line) => line.split(" ")[0] ?? "");
}

/** Many tickers, each with something of its own. */
function many(
  count: number,
  over: (index: number) => Partial<TickerResult>,
): TickerResult[] {
  return Array.from(
    { length: count },
    (_, index) => result(`T${String(index).padStart(3, "0")}`, over(index)),
  );
}

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
ABEV3.SA  success    acquired   0 ms    10    4        3     2         1  12 ms
PETR4.SA  skipped    waited    2.3 s     5    0        0     5         0   0 ms
VALE3.SA  lock_busy  busy       0 ms     0    0        0     0         0   0 ms  locked by someone
(run)     failed     -             -     0    0        0     0         0   0 ms  is not there (x.csv)

3 tickers (1 success, 1 skipped, 1 lock_busy), 15 rows: 4 new, 3 changed, 7 the same, 1 rejected; 1.3 s
1 problem of the run as a whole, told on standard error.
More about the rejected rows with: tickerlock logs show ABEV3.SA
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
    { dryRun: true, details: { files: ["a.csv"], passed: [], note: "plain", columns: 3 } },
  ));
  assert(text.startsWith("files: a.csv\nnote: plain\ncolumns: 3\n\nTICKER "), text);
  assertStringIncludes(text, "Dry run: no data were written to data/tickerlock.db.\n");
  assertNotMatch(text, /ingest_rejects|Database:/);
  assertNotMatch(renderReport(report([], { details: { note: "plain" } })), /plain/);
});

Deno.test("tickers whose turn did not come are not begun, and no failures", () => {
  const full = result("A", { status: "failed", error: failure("db_full", "no space is left") });
  const text = renderReport(report([result("B"), full], { notStarted: 1234, exitCode: 3 }));
  assertStringIncludes(
    text,
    "\n1,236 tickers (1 success, 1 failed, 1,234 not begun), 0 rows: ",
  );
});

Deno.test("a run that failed or was stopped never says that nothing was to be done", () => {
  const same = result("A", { rowsFetched: 2, rowsUnchanged: 2 });
  const gone = result(null, { status: "failed", error: failure("file_not_found", "x") });
  const cases: [TickerResult[], Partial<IngestReport>, RegExp][] = [
    [[gone], { exitCode: 1 }, /^0 tickers \(none begun\), 0 rows: /m],
    [[], { exitCode: 130, notStarted: 2 }, /^2 tickers \(2 not begun\), 0 rows: /],
    [[same], { exitCode: 130 }, /^1 ticker \(1 success\), 2 rows: /m],
  ];
  for (const [results, over, says] of cases) {
    const text = renderReport(report(results, over));
    assertMatch(text, says);
    assertNotMatch(text, /nothing to do|Nothing new/);
  }
});

const KEPT = "More about the rejected rows with: tickerlock logs show ";

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
  const ended = report([
    result("A", { status: "failed", error: failure("ticker_unknown", long) }),
    result("B"),
    result("C", { status: "skipped", note: "another run has brought in the same days meanwhile" }),
  ]);
  const text = renderReport(ended);
  assertEquals(tickersShown(text), ["B", "C", "A"]);
  const [title = "", b = "", c = "", a = ""] = text.split("\n");
  assertMatch(title, /TIME {2}REASON$/);
  assertMatch(b, / ms$/);
  assertMatch(c, / ms {2}another run has brought in the same days meanwhile$/);
  assertMatch(a, / ms {2}the service does not know it and says "x{20}…$/);
  assertMatch(renderReport(ended, { wide: true }), / it and says "x{100}"$/m);
  assertNotMatch(renderReport(report([result("B")])), /REASON/);
});

Deno.test("up to 50 lines are shown whole, more are cut with a word about the rest", () => {
  const fifty = renderReport(report(many(50, () => ({}))));
  assertEquals(tickersShown(fifty).length, 50);
  assertNotMatch(fifty, /more/);
  const more = renderReport(report(many(53, () => ({}))));
  assertEquals(tickersShown(more), many(50, () => ({})).map(({ ticker }) => ticker ?? ""));
  assertStringIncludes(
    more,
    "\n\n… and 3 more; all of them with --json\n\n53 tickers (53 success)",
  );
});

Deno.test("what is cut is what needs no attention, and what failed stands last", () => {
  const results = many(100, (index) => {
    if (index === 60) return { status: "failed" };
    if (index === 70) return { rowsRejected: 1 };
    if (index === 80) return { status: "lock_timeout" };
    if (index === 99) return { status: "interrupted" };
    return { status: index % 2 === 0 ? "skipped" : "success" };
  });
  const shown = tickersShown(renderReport(report(results)));
  const first = many(46, () => ({})).map(({ ticker }) => ticker ?? "");
  assertEquals(shown, [...first, "T070", "T060", "T080", "T099"]);
});

Deno.test("where problems alone are too many, the first 50 of them are shown", () => {
  const results = many(120, (index) => index < 60 ? {} : { status: "failed" });
  const text = renderReport(report(results));
  assertEquals(tickersShown(text), results.slice(60, 110).map(({ ticker }) => ticker ?? ""));
  assertStringIncludes(text, "… and 70 more;");
});

Deno.test("each reason is a problem once, with how often it came", () => {
  const gone = failure("file_not_found", "x.csv is not there", "Look for it.");
  const busy = failure("lock_busy", "B is locked");
  const problems = problemsOf(report([
    result("A", { error: gone }),
    result("B", { error: busy }),
    result("C"),
    result("D", { error: { ...gone } }),
  ]));
  assertEquals(problems, [
    { ...gone, message: "x.csv is not there (2 times)" },
    busy,
  ]);
  assertEquals(problemsOf(report([result("A")])), []);
});

Deno.test("more than 50 reasons end in a word about the rest", () => {
  const problems = problemsOf(report(many(52, (index) => ({
    error: failure("bad", `reason ${index}`),
  }))));
  assertEquals(problems.length, 51);
  assertEquals(problems[49]?.message, "reason 49");
  assertEquals(problems[50]?.code, "more_errors");
  assertStringIncludes(problems[50]?.message ?? "", "2 more errors");
  const fifty = problemsOf(report(many(50, (index) => ({ error: failure("b", `r ${index}`) }))));
  assertEquals(fifty.length, 50);
});

Deno.test("the JSON document has every field by its name, however many tickers there are", () => {
  const common = {
    lock_waited_seconds: 0,
    rows_fetched: 0,
    rows_inserted: 0,
    rows_updated: 0,
    rows_unchanged: 0,
    rows_rejected: 0,
    payload_sha256: null,
    window_from: null,
    window_to: null,
    requests: null,
    query: null,
    history: null,
    restated: null,
    restated_by: null,
    restated_from: null,
    restated_to: null,
    restated_factor: null,
    note: null,
    duration_ms: 0,
    error: null,
  };
  const records = { read: 20, rows: 9, refused: 1, otherMarket: 7, otherTicker: 3, otherDay: 0 };
  const rest = { warnings: ["odd"], details: { files: 1 }, notStarted: 2, exitCode: 3 } as const;
  const over = { ...rest, records };
  assertStringIncludes(
    renderReport(report(MIXED, over)),
    "\n20 records read; not asked for: 7 of another market, 3 of another ticker.\n",
  );
  assertNotMatch(
    renderReport(report(MIXED, { records: { ...records, otherMarket: 0, otherTicker: 0 } })),
    /not asked for/,
  );
  const json = reportJson(report(MIXED, over));
  assertEquals(JSON.parse(JSON.stringify(json)), {
    run_id: "run-1",
    source: "csv",
    db: "data/tickerlock.db",
    dry_run: false,
    started_at: "2024-01-02T10:00:00.000Z",
    finished_at: "2024-01-02T10:00:01.250Z",
    duration_ms: 1250,
    exit_code: 3,
    totals: { ...totalsOf(report(MIXED)) },
    tickers: [
      {
        ...common,
        ticker: "ABEV3.SA",
        job_id: "job-ABEV3.SA",
        status: "success",
        lock_action: "acquired",
        rows_fetched: 10,
        rows_inserted: 4,
        rows_updated: 3,
        rows_unchanged: 2,
        rows_rejected: 1,
        payload_sha256: "ab".repeat(32),
        duration_ms: 12,
      },
      {
        ...common,
        ticker: "PETR4.SA",
        job_id: "job-PETR4.SA",
        status: "skipped",
        lock_action: "waited",
        lock_waited_seconds: 2.345,
        rows_fetched: 5,
        rows_unchanged: 5,
      },
      {
        ...common,
        ticker: "VALE3.SA",
        job_id: "job-VALE3.SA",
        status: "lock_busy",
        lock_action: "busy",
        error: {
          code: "lock_busy",
          message: "VALE3.SA is locked by someone",
          hint: "Let it finish.",
        },
      },
      {
        ...common,
        ticker: null,
        job_id: "job-null",
        status: "failed",
        lock_action: null,
        lock_waited_seconds: null,
        error: { code: "file_not_found", message: "x.csv is not there", hint: null },
      },
    ],
    not_started: 2,
    warnings: ["odd"],
    details: { files: 1 },
    records: { read: 20, rows: 9, refused: 1, other_market: 7, other_ticker: 3, other_day: 0 },
  });
  const all = reportJson(report(many(120, () => ({}))));
  assertEquals((all.tickers as unknown[]).length, 120);
});
