import { escapeLabel, prometheusText } from "../../src/report/prometheus.ts";
import type { FreshStatistics } from "../../src/report/freshness.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";

const ROW: FreshStatistics = {
  ticker: "PETR4.SA",
  source: "csv",
  last_success_at: "2026-11-05T12:00:09.500Z",
  last_day: "2026-11-04",
  whole_at: null,
  doubted: false,
  failures_in_a_row: 0,
  failing_since: null,
  error_code: null,
  error_message: null,
  runs: 5,
  failures: 2,
  failure_rate: 0.4,
  running: 1,
  median_ms: 20,
  p95_ms: 1500,
  lock_waits: 2,
  lock_waited_seconds: 121.5,
  longest_wait_seconds: 120,
  rejects: 3,
  by_status: { failed: 2, success: 3 },
  days_behind: 1,
  is_fresh: true,
  open_gaps: 2,
  full_due_at: null,
};

const NOW = new Date("2026-11-06T00:00:00.250Z");

Deno.test("every metric has its HELP and TYPE once, before its lines, and ends with a newline", () => {
  const text = prometheusText([ROW, { ...ROW, ticker: "VALE3.SA" }], NOW);
  assert(text.endsWith("\n"));
  const lines = text.trimEnd().split("\n");
  const seen = new Set<string>();
  let current = "";
  for (const line of lines) {
    const [, help] = /^# HELP (\w+) \S.*\.$/.exec(line) ?? [];
    const [, type] = /^# TYPE (\w+) gauge$/.exec(line) ?? [];
    if (help !== undefined) {
      assert(!seen.has(help), help);
      seen.add(help);
      current = help;
    } else if (type !== undefined) {
      assertEquals(type, current);
    } else {
      assertMatch(line, /^tickerlock_[a-z0-9_]+(\{(\w+="[^"]*",?)+\})? -?\d+(\.\d+)?$/);
      assertEquals(line.split(/[{ ]/)[0], current);
    }
  }
  assert(seen.size >= 11);
  // Names that end like a counter's would promise that they never fall.
  assert([...seen].every((name) => !name.endsWith("_total")));
});

Deno.test("times and durations are seconds", () => {
  const text = prometheusText([{ ...ROW, whole_at: "2026-11-01T00:00:00.000Z" }], NOW);
  const pair = 'ticker="PETR4.SA",source="csv"';
  for (
    const line of [
      `tickerlock_last_success_timestamp_seconds{${pair}} 1793880009.5`,
      `tickerlock_last_day_timestamp_seconds{${pair}} 1793750400`,
      `tickerlock_days_behind{${pair}} 1`,
      `tickerlock_open_gaps{${pair}} 2`,
      `tickerlock_history_in_doubt{${pair}} 0`,
      `tickerlock_log_jobs{${pair},status="failed"} 2`,
      `tickerlock_failure_ratio{${pair}} 0.4`,
      `tickerlock_duration_median_seconds{${pair}} 0.02`,
      `tickerlock_duration_p95_seconds{${pair}} 1.5`,
      `tickerlock_lock_waited_seconds{${pair}} 121.5`,
      `tickerlock_rejected_rows{${pair}} 3`,
      "tickerlock_stats_timestamp_seconds 1793923200.25",
    ]
  ) {
    assertStringIncludes(text, `${line}\n`);
  }
});

Deno.test("what is not known has no line, and no ticker is an empty label", () => {
  const text = prometheusText([{
    ...ROW,
    ticker: null,
    last_success_at: null,
    last_day: null,
    days_behind: null,
    median_ms: null,
  }], NOW);
  assertStringIncludes(text, 'tickerlock_rejected_rows{ticker="",source="csv"} 3');
  assert(!text.includes("\ntickerlock_history_in_doubt{"));
  for (const name of ["last_success_timestamp", "last_day_timestamp", "duration_median"]) {
    assert(!text.includes(`\ntickerlock_${name}_seconds{`), name);
  }
});

Deno.test("a ticker that never succeeded is as old as 1970, and one without jobs says nothing", () => {
  const never = { ...ROW, last_success_at: null, by_status: { failed: 2 } };
  const line = 'tickerlock_last_success_timestamp_seconds{ticker="PETR4.SA",source="csv"} ';
  assertStringIncludes(prometheusText([never], NOW), `\n${line}0\n`);
  assert(!prometheusText([{ ...never, failures: 0, by_status: {} }], NOW).includes(`\n${line}`));
  const skipped = { ...never, by_status: { failed: 2, skipped: 1 } };
  assert(!prometheusText([skipped], NOW).includes(`\n${line}`));
});

Deno.test("labels are escaped", () => {
  assertEquals(escapeLabel('a"b\\c\nd'), 'a\\"b\\\\c\\nd');
  assertEquals(escapeLabel("PETR4.SA"), "PETR4.SA");
});
