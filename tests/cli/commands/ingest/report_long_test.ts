import { problemsOf, renderReport } from "../../../../src/cli/commands/ingest/report.ts";
import { assertEquals, assertNotMatch, assertStringIncludes } from "../../../assert.ts";
import { failure, many, report, result, tickersShown } from "./reports.ts";

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
