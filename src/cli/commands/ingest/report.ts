/**
 * The report of an ingest, for people and as JSON.
 *
 * @module
 */
import type { IngestReport, ReportedError, TickerResult } from "../../../ingest/types.ts";
import { grouped } from "../../output/numbers.ts";
import type { ShownError } from "../../output/streams.ts";
import { type FittedColumn, type FittedOptions, FittedTable } from "../../output/fitted_table.ts";
import { statusColor } from "../../output/status_color.ts";
import { wrapText } from "../../output/wrap.ts";

/** Rows of the table before it is cut; what needs attention comes first. */
const MOST_ROWS = 50;

function isLockStatus(status: TickerResult["status"]): boolean {
  return status === "lock_busy" || status === "lock_timeout";
}

/** The one lock that kept a run from all of its work, in words; undefined where there is none. */
function lockedOut(results: readonly TickerResult[]): string | undefined {
  const said = new Set(
    results.map(({ status, error }) => isLockStatus(status) ? error?.message : undefined),
  );
  return said.size === 1 ? [...said][0] : undefined;
}

const COLUMNS: readonly FittedColumn<TickerResult>[] = [
  {
    title: "TICKER",
    rank: 0,
    shrinkTo: 12,
    cell: ({ ticker, status }) => ticker ?? (isLockStatus(status) ? "(job lock)" : "(run)"),
  },
  {
    title: "STATUS",
    rank: 1,
    cell: ({ status }) => status,
    sgr: ({ status }) => statusColor(status),
  },
  { title: "LOCK", rank: 9, cell: ({ lockAction }) => lockAction ?? "-" },
  {
    title: "WAIT",
    rank: 8,
    align: "right",
    cell: ({ lockWaitedSeconds }) =>
      lockWaitedSeconds === null ? "-" : `${lockWaitedSeconds.toFixed(1)} s`,
  },
  { title: "ROWS", rank: 5, align: "right", cell: ({ rowsFetched }) => String(rowsFetched) },
  { title: "NEW", rank: 2, align: "right", cell: ({ rowsInserted }) => String(rowsInserted) },
  { title: "CHANGED", rank: 6, align: "right", cell: ({ rowsUpdated }) => String(rowsUpdated) },
  { title: "SAME", rank: 7, align: "right", cell: ({ rowsUnchanged }) => String(rowsUnchanged) },
  { title: "REJECTED", rank: 4, align: "right", cell: ({ rowsRejected }) => String(rowsRejected) },
  { title: "TIME", rank: 10, align: "right", cell: ({ durationMs }) => `${durationMs} ms` },
];

/** Longest reason in the table; the whole of it is told on standard error. */
const MOST_REASON = 60;

function reasonOf({ ticker, error, note }: TickerResult): string {
  const text = (error?.message ?? note ?? "").replace(`${ticker}: `, "");
  return text.length > MOST_REASON ? `${text.slice(0, MOST_REASON - 1)}…` : text;
}

/** Only where there is something to explain. */
const REASON: FittedColumn<TickerResult> = {
  title: "REASON",
  rank: 3,
  shrinkTo: 20,
  cell: reasonOf,
};

function isGood({ status }: TickerResult): boolean {
  return status === "success" || status === "skipped" || status === "dry_run";
}

function needsAttention(result: TickerResult): boolean {
  return result.rowsRejected > 0 || !isGood(result);
}

/** What failed stands last: that is where a person looks first. */
function failuresLast(results: readonly TickerResult[]): TickerResult[] {
  return [...results.filter(isGood), ...results.filter((each) => !isGood(each))];
}

function chosen(results: readonly TickerResult[]): TickerResult[] {
  if (results.length <= MOST_ROWS) return [...results];
  const first = results.filter(needsAttention).slice(0, MOST_ROWS);
  const rest = results.filter((each) => !needsAttention(each)).slice(0, MOST_ROWS - first.length);
  const shown = new Set([...first, ...rest]);
  return results.filter((each) => shown.has(each));
}

/** Sums over all results. */
export interface Totals {
  readonly tickers: number;
  readonly rows_fetched: number;
  readonly rows_inserted: number;
  readonly rows_updated: number;
  readonly rows_unchanged: number;
  readonly rows_rejected: number;
  /** How many results have each status. */
  readonly by_status: Readonly<Record<string, number>>;
}

/** Adds up a report. */
export function totalsOf(report: IngestReport): Totals {
  const sum = (of: (result: TickerResult) => number): number =>
    report.results.reduce((total, result) => total + of(result), 0);
  const byStatus: Record<string, number> = {};
  for (const { status } of report.results) byStatus[status] = (byStatus[status] ?? 0) + 1;
  return {
    tickers: report.results.filter(({ ticker }) => ticker !== null).length,
    rows_fetched: sum(({ rowsFetched }) => rowsFetched),
    rows_inserted: sum(({ rowsInserted }) => rowsInserted),
    rows_updated: sum(({ rowsUpdated }) => rowsUpdated),
    rows_unchanged: sum(({ rowsUnchanged }) => rowsUnchanged),
    rows_rejected: sum(({ rowsRejected }) => rowsRejected),
    by_status: byStatus,
  };
}

function summary(report: IngestReport, totals: Totals): string {
  const count = (number: number, word: string): string =>
    `${grouped(number)} ${word}${number === 1 ? "" : "s"}`;
  const byStatus = new Map<string, number>();
  for (const { status, ticker } of report.results) {
    if (ticker !== null) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }
  const statuses = [...byStatus].map(([status, n]) => `${n} ${status}`);
  const nothingNew = report.results.every(({ error }) => error === null) &&
    totals.rows_fetched > 0 &&
    totals.rows_inserted === 0 && totals.rows_updated === 0 && totals.rows_rejected === 0 &&
    Object.keys(totals.by_status).every((status) =>
      ["success", "skipped", "dry_run"].includes(status)
    );
  const lines = [
    `${count(totals.tickers, "ticker")} (${statuses.join(", ") || "nothing to do"}), ` +
    `${count(totals.rows_fetched, "row")}: ${totals.rows_inserted} new, ` +
    `${totals.rows_updated} changed, ${totals.rows_unchanged} the same, ` +
    `${totals.rows_rejected} rejected; ${(report.durationMs / 1000).toFixed(2)} s`,
  ];
  const lock = lockedOut(report.results);
  if (lock !== undefined) lines.push(`Nothing was done: ${lock}.`);
  const whole = report.results.filter(({ ticker, error }) =>
    ticker === null && error !== null && lock === undefined
  );
  if (whole.length > 0) {
    lines.push(`${count(whole.length, "problem")} of the run as a whole, told on standard error.`);
  }
  if (nothingNew) lines.push("Nothing new: the database has all of it.");
  if (!report.dryRun) {
    const lost = report.results.reduce(
      (sum, { rejectsLost, rowsRejected }) => sum + (rejectsLost === true ? rowsRejected : 0),
      0,
    );
    if (totals.rows_rejected > lost) {
      lines.push(
        "Rejected rows are kept, each with where it was and why: tickerlock logs show JOB " +
          "(tickerlock logs has the ids).",
      );
    }
    if (lost > 0) lines.push(`${count(lost, "rejected row")} could not be kept in the database.`);
  }
  if (report.notStarted > 0) lines.push(`${count(report.notStarted, "ticker")} not started.`);
  lines.push(
    report.dryRun ? `Dry run: no data were written to ${report.db}.` : `Database: ${report.db}`,
  );
  return `${lines.join("\n")}\n`;
}

function detailLines(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details).map(([key, value]) =>
    `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}\n`
  ).join("");
}

/** What a dry run would refuse, and why. */
function rejectLines(results: readonly TickerResult[]): string {
  return results.flatMap(({ ticker, rejects = [] }) =>
    rejects.map(({ origin, line, code, reason }) =>
      `rejected: ${ticker ?? "(no ticker)"}, ${origin ?? "input"}` +
      `${line === null ? "" : ` line ${line}`}: ${code}: ${reason}\n`
    )
  ).slice(0, MOST_ROWS).join("");
}

/**
 * The report for a person.
 *
 * @param report The report.
 * @param options Width and colours. Default as wide as it takes, and plain.
 */
export function renderReport(report: IngestReport, options: FittedOptions = {}): string {
  const { width = Infinity } = options;
  const totals = totalsOf(report);
  const rows = failuresLast(chosen(report.results));
  const columns = rows.some((row) => reasonOf(row) !== "") ? [...COLUMNS, REASON] : COLUMNS;
  const parts: string[] = [];
  if (report.dryRun) parts.push(wrapText(detailLines(report.details), width, 2));
  if (rows.length > 0) {
    const table = new FittedTable(columns, rows, options);
    parts.push(table.header() + table.lines(rows));
  }
  const hidden = report.results.length - rows.length;
  if (hidden > 0) parts.push(`… and ${hidden} more; all of them with --json\n`);
  parts.push(
    wrapText(rejectLines(report.results), width, 2),
    wrapText(summary(report, totals), width, 2),
  );
  return parts.filter((part) => part !== "").join("\n");
}

/** What failed, each reason once however many tickers it stopped. */
export function problemsOf(report: IngestReport): ShownError[] {
  const seen = new Map<string, { error: ReportedError; count: number }>();
  for (const { error } of report.results) {
    if (error === null) continue;
    const count = (seen.get(error.message)?.count ?? 0) + 1;
    seen.set(error.message, { error, count });
  }
  const problems = [...seen.values()].slice(0, MOST_ROWS).map(({ error, count }) => ({
    ...error,
    message: error.message + (count > 1 ? ` (${count} times)` : ""),
  }));
  if (seen.size > MOST_ROWS) {
    problems.push({
      code: "more_errors",
      message: `and ${seen.size - MOST_ROWS} more errors`,
      hint: "See all of them with --json.",
    });
  }
  return problems;
}

function resultJson(result: TickerResult): Record<string, unknown> {
  return {
    ticker: result.ticker,
    job_id: result.jobId,
    status: result.status,
    lock_action: result.lockAction,
    lock_waited_seconds: result.lockWaitedSeconds,
    rows_fetched: result.rowsFetched,
    rows_inserted: result.rowsInserted,
    rows_updated: result.rowsUpdated,
    rows_unchanged: result.rowsUnchanged,
    rows_rejected: result.rowsRejected,
    payload_sha256: result.payloadSha256,
    window_from: result.windowFrom,
    window_to: result.windowTo,
    requests: result.requests,
    query: result.query ?? null,
    note: result.note ?? null,
    duration_ms: result.durationMs,
    error: result.error,
    ...(result.rejectsLost === true ? { rejects_lost: true } : {}),
    ...(result.rejects === undefined ? {} : { rejects: result.rejects }),
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
  };
}
