import type { spec, statsSettings } from "./spec.ts";
import { openReports } from "../../../store/open.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { grouped, lengthOf, listed, percentText, plural } from "../../../base/text.ts";
import { type Column, numbers, renderTable } from "../../output/table.ts";
import {
  type FreshStatistics,
  neverSucceeded,
  overLimit,
  readFreshness,
} from "../../../report/freshness.ts";
import { localTime, localZone } from "../../output/time.ts";
import { readCalendar } from "../../args/calendar_file.ts";
import { checkSpan, conflict } from "../../args/parsers.ts";
import type { Actions, Invocation, Told } from "../../command.ts";
import type { JobStatistics, JobTotals, TotalsBy } from "../../../store/activity.ts";
import { shortId } from "../../../model/job.ts";
import { refuseOwnFiles } from "../../log/refuse_path.ts";
import { levelColor, tableOptions } from "../../output/terminal.ts";
import { outWrapped, wrapOut } from "../../output/wrap.ts";
import { TOLERATED_DAYS } from "../../../exchange/calendar.ts";

function freshnessText(daysBehind: number | null): string {
  if (daysBehind === null) return "-";
  return daysBehind === 0 ? "fresh" : `${plural(daysBehind, "day")} behind`;
}

function freshnessColor(daysBehind: number | null): string | undefined {
  if (daysBehind === null) return undefined;
  if (daysBehind === 0) return levelColor("ok");
  return levelColor(daysBehind <= TOLERATED_DAYS ? "warning" : "error");
}

const LENGTHS: readonly Column<JobStatistics>[] = [
  numbers("MEDIAN", 8, ({ median_ms }) => lengthOf(median_ms)),
  numbers("P95", 9, ({ p95_ms }) => lengthOf(p95_ms)),
  numbers("WAITS", 10, ({ lock_waits }) => lock_waits),
  numbers("WAITED", 12, (row) => lengthOf(row.lock_waited_seconds * 1000)),
  numbers("REJECTS", 11, ({ rejects }) => rejects),
];

const COLUMNS: readonly Column<FreshStatistics>[] = [
  { title: "TICKER", rank: 0, shrinkTo: 12, cell: ({ ticker }) => ticker ?? "(run)" },
  { title: "SOURCE", rank: 1, cell: ({ source }) => source },
  { title: "LAST SUCCESS", rank: 7, cell: (row) => localTime(row.last_success_at) },
  { title: "LAST DAY", rank: 3, cell: ({ last_day }) => last_day ?? "-" },
  {
    title: "FRESHNESS",
    rank: 2,
    cell: ({ days_behind }) => freshnessText(days_behind),
    sgr: ({ days_behind }) => freshnessColor(days_behind),
  },
  {
    ...numbers("GAPS", 4, ({ open_gaps }) => open_gaps),
    sgr: ({ open_gaps }) => (open_gaps ?? 0) > 0 ? levelColor("warning") : undefined,
  },
  numbers("RUNS", 5, ({ runs }) => runs),
  {
    ...numbers(
      "FAILED",
      6,
      ({ failure_rate }) => failure_rate === null ? null : percentText(failure_rate),
    ),
    sgr: ({ failures }) => failures > 0 ? levelColor("error") : undefined,
  },
  ...LENGTHS,
];

const FULL_DUE: Column<FreshStatistics> = {
  title: "FULL DUE",
  rank: 12,
  cell: ({ full_due_at, doubted }) => doubted ? "in doubt" : localTime(full_due_at),
  sgr: ({ doubted }) => doubted ? levelColor("warning") : undefined,
};

function totalsColumns(by: TotalsBy): readonly Column<JobTotals>[] {
  const began: Column<JobTotals> = { title: "BEGAN", cell: (row) => localTime(row.first_at) };
  return [
    { title: by.toUpperCase(), cell: ({ key }) => by === "run" ? shortId(key) : key },
    ...by === "run" ? [began] : [],
    numbers("TICKERS", 3, ({ tickers }) => tickers),
    numbers("RUNS", 2, ({ runs }) => runs),
    {
      ...numbers(
        "SUCCESS",
        1,
        ({ failure_rate: rate }: JobTotals) => rate === null ? null : percentText(1 - rate),
      ),
      sgr: ({ failures }) => failures > 0 ? levelColor("error") : undefined,
    },
    ...LENGTHS,
  ];
}

type StatsCall = Invocation<typeof statsSettings>;
type StatsValues = StatsCall["values"];

function check({ values }: StatsCall): void {
  const { json, prometheus, out: file, wide, since, until, by, maxBehind, maxAge } = values;
  if (json && prometheus) throw conflict("--json", "--prometheus", "Ask for one format.");
  if (wide && prometheus) throw conflict("--wide", "--prometheus", "--wide is for the table only.");
  if (by !== "ticker") {
    if (prometheus) throw conflict("--by", "--prometheus", "Metrics are by ticker and source.");
    if (maxBehind !== null) throw conflict("--by", "--max-behind", "Limits are of tickers.");
    if (maxAge !== null) throw conflict("--by", "--max-age", "Limits are of tickers.");
  }
  if (file !== null && !prometheus) {
    throw new UsageError("missing_option", "--out goes with --prometheus", {
      hint: `Write --prometheus --out ${file}, or send what is printed to the file: > ${file}`,
    });
  }
  checkSpan(since, until);
  if (file !== null && file !== "-") refuseOwnFiles("--out", file, values.db);
}

async function readStatistics(
  { db, ticker: tickers, source: sources, since, until, calendar: path, fullEvery }: StatsValues,
  now: Date,
): Promise<FreshStatistics[]> {
  const calendar = await readCalendar(path);
  await using reports = await openReports(db);
  const options = { calendar, fullEveryMs: fullEvery };
  return await readFreshness(reports, { tickers, sources, since, until }, options, now);
}

const MOST_NAMED = 10;

function noRows({ db, ticker, source, since, until }: StatsValues): string {
  const asked = [
    ...ticker.map((each) => `--ticker ${each}`),
    ...source.map((each) => `--source ${each}`),
    ...since === null ? [] : [`--since ${since}`],
    ...until === null ? [] : [`--until ${until}`],
  ];
  return asked.length === 0
    ? `no rows: there is no job in the log of ${db}\nTry: tickerlock ingest --help\n`
    : `no rows: nothing in ${db} is of ${asked.join(" ")}\n` +
      "Try: tickerlock stats without these, which shows every ticker and source\n";
}

function printTable(rows: readonly FreshStatistics[], { values, io }: StatsCall): void {
  if (rows.length === 0) return outWrapped(io, noRows(values), 2);
  const columns = rows.some((row) => row.full_due_at !== null) ? [...COLUMNS, FULL_DUE] : COLUMNS;
  io.out(renderTable(columns, rows, tableOptions(io, values.wide)));
  const tickers = rows.filter(({ ticker }) => ticker !== null);
  const stale = tickers.filter(({ is_fresh }) => is_fresh === false).length;
  const lacking = tickers.filter(({ open_gaps }) => (open_gaps ?? 0) > 0).length;
  const doubted = tickers.filter((row) => row.doubted).length;
  const failing = tickers.filter(({ failures }) => failures > 0).length;
  const never = tickers.filter(neverSucceeded);
  const others = rows.reduce((sum, each) => sum + (each.ticker === null ? each.failures : 0), 0);
  const pairs = `${plural(tickers.length, "ticker")} and source${tickers.length === 1 ? "" : "s"}`;
  const footer =
    `${pairs}: ${grouped(stale)} more than a day behind, ${grouped(lacking)} with gaps, ` +
    `${doubted > 0 ? `${grouped(doubted)} with a history in doubt, ` : ""}` +
    `${grouped(failing)} with failures, ${grouped(never.length)} never succeeded` +
    `${others > 0 ? `; ${plural(others, "failure")} of no ticker` : ""}; times in ${localZone()}\n`;
  io.out(`\n${wrapOut(io, footer)}`);
  if (never.length === 0) return;
  const names = never.map(({ ticker, source }) => `${ticker} (${source})`);
  const rest = names.length > MOST_NAMED ? ", see --json" : "";
  outWrapped(io, `never succeeded: ${listed(names, MOST_NAMED)}${rest}\n`, 2);
}

interface Violation {
  readonly ticker: string;
  readonly source: string | null;
  readonly what: string;
}

function violationsOf(
  rows: readonly FreshStatistics[],
  values: StatsValues,
  now: Date,
): Violation[] {
  const { ticker: tickers, maxBehind, maxAge: maxAgeMs } = values;
  if (maxBehind === null && maxAgeMs === null) return [];
  const known = new Set(rows.map(({ ticker }) => ticker));
  const unknown = tickers.filter((ticker) => !known.has(ticker));
  return [
    ...unknown.map((ticker) => ({ ticker, source: null, what: "nothing is known of it" })),
    ...rows.flatMap((row): Violation[] => {
      const what = overLimit(row, { maxBehind, maxAgeMs }, now);
      return what === undefined ? [] : [{ ticker: row.ticker ?? "", source: row.source, what }];
    }),
  ];
}

function violationsText(
  violations: readonly Violation[],
  rows: readonly FreshStatistics[],
): string {
  if (violations.length === 0) return rows.length === 0 ? "nothing to check" : "";
  const texts = violations.map(({ ticker, source, what }) =>
    `${ticker}${source === null ? "" : ` (${source})`}: ${what}`
  );
  const rest = texts.length > MOST_NAMED ? ", see --json" : "";
  return `beyond the limits: ${listed(texts, MOST_NAMED)}${rest}`;
}

function toldOf(violations: readonly Violation[], rows: readonly FreshStatistics[]): Told {
  const errors = violations.map(({ ticker, source, what }) => ({
    ticker,
    code: source === null ? "nothing_known" : "beyond_limits",
    message: source === null ? what : `${source}: ${what}`,
  }));
  return {
    counts: { checked: rows.length, beyond_limits: errors.length },
    errors: rows.length === 0 && errors.length === 0
      ? [{ ticker: null, code: "nothing_known", message: "nothing to check" }]
      : errors,
  };
}

async function printMetrics(text: string, { values: { out: file }, io }: StatsCall): Promise<void> {
  if (file === null || file === "-") return io.outText(text);
  const { writeText } = await import("../../../files/mod.ts");
  await writeText(file, text, { mode: 0o644 });
}

async function printTotals(by: TotalsBy, { values, io }: StatsCall): Promise<void> {
  const { db, ticker: tickers, source: sources, since, until, wide, json } = values;
  await using reports = await openReports(db);
  const stats = await reports.totals({ tickers, sources, since, until }, by);
  if (json) io.outJson({ db, taken_at: new Date().toISOString(), by, stats });
  else if (stats.length === 0) outWrapped(io, noRows(values), 2);
  else io.out(renderTable(totalsColumns(by), stats, tableOptions(io, wide)));
}

async function run(call: StatsCall): Promise<ExitCode> {
  const { values, io } = call;
  const { by, maxBehind, maxAge } = values;
  if (by !== "ticker") {
    await printTotals(by, call);
    return EXIT.ok;
  }
  const now = new Date();
  const rows = await readStatistics(values, now);
  const violations = violationsOf(rows, values, now);
  const said = maxBehind === null && maxAge === null ? "" : violationsText(violations, rows);
  if (maxBehind !== null || maxAge !== null) call.tell(toldOf(violations, rows));
  if (values.prometheus) {
    const { prometheusText } = await import("../../../report/prometheus.ts");
    await printMetrics(prometheusText(rows, now), call);
    if (said !== "") io.errText(said);
  } else if (values.json) {
    io.outJson({ db: values.db, taken_at: now.toISOString(), by, stats: rows, violations });
  } else {
    printTable(rows, call);
    if (said !== "") outWrapped(io, `${said}\n`, 2);
  }
  return said === "" ? EXIT.ok : EXIT.failed;
}

/** What `tickerlock stats` does. */
export const actions: Actions<typeof spec> = { itself: { check, notifies: "by line", run } };
