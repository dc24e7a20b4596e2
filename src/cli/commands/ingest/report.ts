/** What an ingest prints: the line of progress, and the report for people and as JSON. @module */
import type {
  IngestProgress,
  IngestReport,
  ReportedError,
  RunWait,
  TickerResult,
} from "../../../ingest/types.ts";
import {
  bytesText,
  causeFirst,
  countsText,
  factsText,
  grouped,
  lengthOf,
  oneLine,
  percentText,
  plural,
  retryText,
  spanText,
} from "../../../base/text.ts";
import { leftText, speedText } from "../../output/progress.ts";
import { columnOf, JOB_COLUMNS, type LogRow, shortId } from "../../../model/job.ts";
import { BAD_CELL, countRefused } from "../../../model/prices.ts";
import type { Told } from "../../command.ts";
import type { ShownError } from "../../output/io.ts";
import { type Column, cut, numbers, renderTable, type TableOptions } from "../../output/table.ts";
import { statusColor } from "../../output/terminal.ts";
import { withZonedTimes } from "../../output/time.ts";
import { wrap } from "../../output/wrap.ts";

const MOST_ROWS = 50;
const MOST_UNDERSTOOD = 10;
const MOST_REASON = 60;
/** Refused rows of a run that are shown; a dry run keeps none, and shows MOST_ROWS. */
const MOST_REJECTS = 5;
const MOST_WHY = 40;
/** A shorter wait for the rate is over before it is read. In ms. */
const LEAST_TOLD_MS = 1000;
const MOST_JOBS = 3;

interface ReportOptions extends TableOptions {
  /** What further commands need to find the database, such as ` --db x.db`. Default nothing. */
  readonly found?: string | undefined;
  readonly wide?: boolean | undefined;
}

function isLockStatus({ status }: TickerResult): boolean {
  return status === "lock_busy" || status === "lock_timeout";
}

/** What is said of the one lock that kept a run from all of its work. */
function lockedOut(results: readonly TickerResult[]): string | undefined {
  const said = new Set(results.map((each) => isLockStatus(each) ? each.error?.message : undefined));
  return said.size === 1 ? [...said][0] : undefined;
}

function reasonOf({ ticker, error, note }: TickerResult): string {
  return withZonedTimes(causeFirst(error?.message ?? note ?? "", ticker));
}

const COUNT_COLUMNS: readonly Column<TickerResult>[] = [
  {
    title: "TICKER",
    rank: 0,
    shrinkTo: 12,
    cell: (result) => result.ticker ?? (isLockStatus(result) ? "(job lock)" : "(run)"),
  },
  {
    title: "STATUS",
    rank: 1,
    cell: ({ status }) => status,
    sgr: ({ status }) => statusColor(status),
  },
  { title: "LOCK", rank: 9, cell: ({ lockAction }) => lockAction ?? "-" },
  numbers(
    "WAIT",
    8,
    ({ lockWaitedSeconds: seconds }) => lengthOf(seconds === null ? null : seconds * 1000),
  ),
  numbers("ROWS", 5, ({ rowsFetched }) => rowsFetched),
  numbers("NEW", 2, ({ rowsInserted }) => rowsInserted),
  numbers("CHANGED", 6, ({ rowsUpdated }) => rowsUpdated),
  numbers("SAME", 7, ({ rowsUnchanged }) => rowsUnchanged),
  numbers("REJECTED", 4, ({ rowsRejected }) => rowsRejected),
  numbers("TIME", 10, ({ durationMs }) => lengthOf(durationMs)),
];

function columns(wide: boolean): readonly Column<TickerResult>[] {
  const cell = (result: TickerResult): string =>
    wide ? reasonOf(result) : cut(reasonOf(result), MOST_REASON);
  return [...COUNT_COLUMNS, { title: "REASON", rank: 3, shrinkTo: 20, optional: true, cell }];
}

function isGood({ status }: TickerResult): boolean {
  return status === "success" || status === "skipped" || status === "dry_run";
}

function needsAttention(result: TickerResult): boolean {
  return result.rowsRejected > 0 || !isGood(result);
}

/** The rows of the table. What failed stands last: a person looks there first. */
function chosen(results: readonly TickerResult[]): TickerResult[] {
  const attention = results.filter(needsAttention);
  const rest = results.filter((each) => !needsAttention(each));
  const shown = new Set([...attention, ...rest].slice(0, MOST_ROWS));
  return results.filter((each) => shown.has(each))
    .sort((a, b) => Number(isGood(b)) - Number(isGood(a)));
}

type Became = "inserted" | "updated" | "unchanged" | "rejected";

type Totals = Readonly<Record<"tickers" | `rows_${"fetched" | Became}`, number>> & {
  readonly by_status: Readonly<Record<string, number>>;
};

function sum(results: readonly TickerResult[], of: (result: TickerResult) => number): number {
  return results.reduce((total, result) => total + of(result), 0);
}

function statusCounts(results: readonly TickerResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Adds up a report. */
export function totalsOf({ results }: IngestReport): Totals {
  return {
    tickers: results.filter(({ ticker }) => ticker !== null).length,
    rows_fetched: sum(results, ({ rowsFetched }) => rowsFetched),
    rows_inserted: sum(results, ({ rowsInserted }) => rowsInserted),
    rows_updated: sum(results, ({ rowsUpdated }) => rowsUpdated),
    rows_unchanged: sum(results, ({ rowsUnchanged }) => rowsUnchanged),
    rows_rejected: sum(results, ({ rowsRejected }) => rowsRejected),
    by_status: statusCounts(results),
  };
}

function keptLines({ results, dryRun }: IngestReport, found: string): string[] {
  const jobs = dryRun
    ? []
    : results.filter(({ rowsRejected, rejectsLost }) => rowsRejected > 0 && rejectsLost !== true);
  const [job] = jobs;
  if (job === undefined) return [];
  const show = ({ jobId }: TickerResult): string =>
    `tickerlock logs show ${shortId(jobId)}${found}`;
  if (jobs.length === 1) return [`More about the rejected rows with: ${show(job)}`];
  const more = jobs.length - MOST_JOBS;
  return [
    "More about the rejected rows with:",
    ...jobs.slice(0, MOST_JOBS).map((each) =>
      `  ${show(each)}  (${each.ticker ?? "no ticker"}: ${grouped(each.rowsRejected)})`
    ),
    ...more > 0
      ? [`  and ${plural(more, "job")} more, whose ids are in: tickerlock logs${found}`]
      : [],
  ];
}

/** What became of rows: `2 new, 0 changed, 5 the same, 1 rejected`. */
export function rowsText(rows: Pick<LogRow, `rows_${Became}`>): string {
  return countsText({
    new: rows.rows_inserted ?? 0,
    changed: rows.rows_updated ?? 0,
    "the same": rows.rows_unchanged ?? 0,
    rejected: rows.rows_rejected ?? 0,
  });
}

function summaryLines(report: IngestReport, totals: Totals, found: string): string[] {
  const { results, exitCode, notStarted } = report;
  const statuses = countsText({
    ...statusCounts(results.filter(({ ticker }) => ticker !== null)),
    ...notStarted > 0 ? { "not begun": notStarted } : {},
  });
  const none = exitCode === 0 ? "nothing to do" : "none begun";
  const lines = [
    `${plural(totals.tickers + notStarted, "ticker")} (${statuses || none}), ` +
    `${plural(totals.rows_fetched, "row")}: ${rowsText(totals)}; ${lengthOf(report.durationMs)}`,
  ];
  const { records } = report;
  const notAsked = records === null
    ? []
    : [["market", records.otherMarket], ["ticker", records.otherTicker], ["day", records.otherDay]]
      .flatMap(([what, count]) => Number(count) > 0 ? [`${count} of another ${what}`] : []);
  if (records !== null && notAsked.length > 0) {
    lines.push(`${plural(records.read, "record")} read; not asked for: ${notAsked.join(", ")}.`);
  }
  const lock = lockedOut(results);
  const ofRun = results.filter(({ ticker, error }) => ticker === null && error !== null).length;
  if (lock !== undefined) lines.push(`Nothing was done: ${withZonedTimes(lock)}.`);
  else if (ofRun > 0) {
    lines.push(`${plural(ofRun, "problem")} of the run as a whole, told on standard error.`);
  }
  const { rows_fetched, rows_inserted, rows_updated, rows_rejected } = totals;
  if (
    exitCode === 0 && results.every((each) => each.error === null && isGood(each)) &&
    rows_fetched > 0 && rows_inserted + rows_updated + rows_rejected === 0
  ) lines.push("Nothing new: the database has all of it.");
  if (!report.dryRun) {
    const lost = sum(results, (each) => each.rejectsLost === true ? each.rowsRejected : 0);
    lines.push(...keptLines(report, found));
    if (lost > 0) lines.push(`${plural(lost, "rejected row")} could not be kept in the database.`);
  }
  lines.push(
    report.dryRun ? `Dry run: no data were written to ${report.db}.` : `Database: ${report.db}`,
  );
  return lines;
}

function understoodLines({ details: { understood } }: IngestReport): string[] {
  if (!Array.isArray(understood)) return [];
  const shown = understood.slice(0, MOST_UNDERSTOOD).map((each) => `understood: ${each}`);
  const left = understood.length - shown.length;
  return left > 0 ? [...shown, `understood: … and ${left} more files, see --json`] : shown;
}

function detailLines({ details }: IngestReport): string[] {
  return Object.entries(details).flatMap(([key, value]) => {
    const text = key === "understood" ? "" : factsText(value);
    return text === "" ? [] : [`${key}: ${text}`];
  });
}

function rejectLines({ results, dryRun }: IngestReport): string[] {
  const most = dryRun ? MOST_ROWS : MOST_REJECTS;
  const all = results.flatMap(({ ticker, rejects = [] }) =>
    rejects.map((reject) => ({ ticker, reject }))
  ).slice(0, most);
  const shown = all.map(({ ticker, reject: { origin, line, date, code, reason } }) => {
    const where = `${origin ?? "input"}${line === null ? "" : `:${line}`}`;
    const what = [ticker ?? "no ticker", where, ...date === null ? [] : [date], code].join(", ");
    return oneLine(`${code === BAD_CELL ? "left empty" : "rejected"}: ${what}: ${reason}`);
  });
  const told = countRefused(all.map(({ reject }) => reject));
  const more = sum(results, ({ rowsRejected }) => rowsRejected) - told;
  return shown.length > 0 && more > 0 ? [...shown, `… and ${grouped(more)} more`] : shown;
}

/** The report for a person. */
export function renderReport(report: IngestReport, options: ReportOptions = {}): string {
  const { width = Infinity, found = "", wide = false } = options;
  const rows = chosen(report.results);
  const hidden = report.results.length - rows.length;
  const text = (lines: readonly string[]): string =>
    lines.map((line) => `${wrap(line, width, { indent: 2 })}\n`).join("");
  return [
    report.dryRun ? text(detailLines(report)) : "",
    text(understoodLines(report)),
    rows.length > 0 ? renderTable(columns(wide), rows, options) : "",
    hidden > 0 ? `… and ${grouped(hidden)} more; all of them with --json\n` : "",
    text(rejectLines(report)),
    text(summaryLines(report, totalsOf(report), found)),
  ].filter((part) => part !== "").join("\n");
}

/** What failed, each reason once however many tickers it stopped. */
export function problemsOf(report: IngestReport): ShownError[] {
  const seen = new Map<string, { readonly error: ReportedError; readonly count: number }>();
  for (const { error } of report.results) {
    if (error === null) continue;
    seen.set(error.message, { error, count: (seen.get(error.message)?.count ?? 0) + 1 });
  }
  const problems: ShownError[] = [...seen.values()].slice(0, MOST_ROWS).map(({ error, count }) => ({
    ...error,
    message: error.message + (count > 1 ? ` (${grouped(count)} times)` : ""),
  }));
  if (seen.size > MOST_ROWS) {
    problems.push({
      code: "more_errors",
      message: `and ${grouped(seen.size - MOST_ROWS)} more errors`,
      hint: "See all of them with --json.",
    });
  }
  return problems;
}

/** What a receiver is told of a run. A ticker that another run has locked has not failed. */
export function toldOf(report: IngestReport): Told {
  const errors = report.results.flatMap((result) => {
    const { ticker, error } = result;
    return error === null || isLockStatus(result) ? [] : [{ ...error, ticker }];
  });
  return { runId: report.runId, counts: totalsOf(report).by_status, errors };
}

function resultJson(result: TickerResult): Record<string, unknown> {
  const { query = null, note = null, error, rejectsLost, rejects } = result;
  const columns = JOB_COLUMNS.filter(({ key }) => key in result)
    .map(({ key }) => [columnOf(key), result[key as keyof TickerResult]] as const);
  return {
    ...Object.fromEntries(columns),
    query,
    note,
    error,
    ...(rejectsLost === true ? { rejects_lost: true } : {}),
    ...(rejects === undefined ? {} : { rejects }),
  };
}

/** The report as one JSON document. Names as in `ingest_logs`. */
export function reportJson(report: IngestReport): Record<string, unknown> {
  return {
    run_id: report.runId,
    source: report.source,
    db: report.db,
    dry_run: report.dryRun,
    started_at: report.startedAt,
    finished_at: report.finishedAt,
    duration_ms: report.durationMs,
    exit_code: report.exitCode,
    totals: totalsOf(report),
    tickers: report.results.map(resultJson),
    not_started: report.notStarted,
    warnings: report.warnings,
    details: report.details,
    records: report.records && {
      read: report.records.read,
      rows: report.records.rows,
      refused: report.records.refused,
      other_market: report.records.otherMarket,
      other_ticker: report.records.otherTicker,
      other_day: report.records.otherDay,
    },
  };
}

function waitText(wait: RunWait): string {
  switch (wait.reason) {
    case "rate":
      return `rate: next request in ${spanText(wait.ms)}`;
    case "silence":
      return `silence that the service asks for: next request in ${spanText(wait.ms)}`;
    case "retry":
      return `${retryText(wait)} in ${spanText(wait.ms)}: ` +
        cut(wait.why, MOST_WHY);
    case "lock": {
      const whose = wait.pid === null ? "by another run" : `by pid ${wait.pid}`;
      const since = wait.heldMs === null ? "" : ` for ${spanText(wait.heldMs)}`;
      return `lock of ${wait.name} held ${whose}${since}`;
    }
  }
}

function waitsText(waits: readonly RunWait[]): string {
  const asked = waits.find((wait) =>
    wait.reason !== "lock" && (wait.reason !== "rate" || wait.ms >= LEAST_TOLD_MS)
  );
  const [lock, ...more] = waits.filter(({ reason }) => reason === "lock");
  const texts = [asked, lock].flatMap((wait) => wait === undefined ? [] : [waitText(wait)]);
  if (more.length > 0) texts.push(`${plural(more.length, "more lock")}`);
  return texts.map((text) => `; ${text}`).join("");
}

/** What has a speed of its own: a phase, and each file of reading. */
export function progressPart(progress: IngestProgress): string {
  if (progress.phase !== "reading") return progress.phase;
  return `${progress.doing ?? "reading"} ${progress.label}`;
}

/** What the line of progress says. @param elapsedMs Since {@linkcode progressPart} changed. */
export function progressText(progress: IngestProgress, elapsedMs: number): string {
  if (progress.phase === "waiting") return `waiting: ${waitText(progress.wait)}`;
  const rows = plural(progress.rows, "row");
  if (progress.phase === "reading") {
    const { bytesDone, bytesTotal, label, doing = "reading" } = progress;
    // A file may grow while it is read.
    const share = bytesTotal > 0 ? Math.min(1, bytesDone / bytesTotal) : 0;
    const percent = bytesTotal > 0 ? `${percentText(Math.floor(share * 100) / 100, 0)}, ` : "";
    const speed = speedText(bytesDone / 1e6, elapsedMs);
    const what = doing === "fetching" ? bytesText(bytesDone) : rows;
    return `${doing} ${label}: ${percent}${what}${speed}${leftText(share, elapsedMs)}`;
  }
  const { tickersDone, tickersTotal, failed, waits, leftMs } = progress;
  const left = leftMs === null ? "" : `, ${spanText(leftMs)} left`;
  const bad = failed > 0 ? `, ${grouped(failed)} failed` : "";
  // What is waited for stands before what a narrow terminal cuts off.
  return `writing: ${grouped(tickersDone)} of ${plural(tickersTotal, "ticker")}${bad}${left}` +
    `${waitsText(waits)}; ${rows}${speedText(progress.rows, elapsedMs, "row")}`;
}
