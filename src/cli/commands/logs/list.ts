/**
 * `tickerlock logs list`
 *
 * @module
 */
import { openReports } from "../../../store/open.ts";
import type { LogFilter, Reports } from "../../../store/reports.ts";
import { closest } from "../../../base/closest.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { FAILURE_STATUSES, isFailure } from "../../../model/job.ts";
import type { LogsCall, LogsValues } from "./settings.ts";
import { followLogs } from "./follow.ts";
import { type LogWriter, logWriter, PAGE_ROWS } from "./writer.ts";

/** Rows of the table where no limit is given. */
const ROWS_FOR_PEOPLE = 50;

function conflict(one: string, other: string, hint: string): UsageError {
  return new UsageError("conflicting_options", `${one} and ${other} exclude each other`, { hint });
}

/**
 * Refuses what makes no sense for `logs list`, before anything is touched.
 *
 * @throws {UsageError} `conflicting_options`, or `bad_value` for a limit of 0.
 */
export function checkList(values: LogsValues): void {
  const [one, other] = (["json", "ndjson", "csv"] as const).filter((name) => values[name]);
  if (one !== undefined && other !== undefined) {
    throw conflict(`--${one}`, `--${other}`, "Ask for one format.");
  }
  // With --follow there are rows to come, and in `logs show` more than rejects to see.
  if (values.limit === 0 && !values.follow) {
    throw new UsageError("bad_value", '--limit "0": would show no row', {
      hint: "Write a number from 1 up, or --limit all; 0 goes with --follow: only what comes.",
      details: { option: "--limit", value: "0" },
    });
  }
  if (values.wide && one !== undefined) {
    throw conflict("--wide", `--${one}`, `Leave --wide out: --${one} has every column.`);
  }
  if (values.follow && values.json) {
    throw conflict("--follow", "--json", "Use --ndjson: one JSON document would never end.");
  }
  if (values.follow && values.until !== null) {
    throw conflict("--follow", "--until", "Leave one of them out: what follows begins later.");
  }
  if (values.failed && values.status.length > 0 && !values.status.some(isFailure)) {
    throw conflict(
      "--failed",
      `--status ${values.status.join(",")}`,
      `--failed is ${FAILURE_STATUSES.join(", ")}: leave one of them out.`,
    );
  }
  const { since, until } = values;
  if (since !== null && until !== null && since >= until) {
    throw new UsageError("conflicting_options", `--since ${since} is not before --until ${until}`, {
      hint: "Let --since be the earlier of the two.",
    });
  }
}

function filterOf(values: LogsValues): LogFilter {
  const { ticker, source, status, run, job, since, until, failed } = values;
  const failures = status.length === 0 ? FAILURE_STATUSES : status.filter(isFailure);
  return {
    tickers: ticker,
    sources: source,
    statuses: failed ? failures : status,
    runs: run,
    jobs: job,
    since,
    until,
  };
}

async function writePages(
  reports: Reports,
  { values, io }: LogsCall,
  writer: LogWriter,
): Promise<number> {
  const { limit, json, ndjson, csv } = values;
  const filter = filterOf(values);
  let left = limit ?? (json || ndjson || csv ? Infinity : ROWS_FOR_PEOPLE);
  let written = 0;
  let before: number | undefined;
  for (;;) {
    // One more than is wanted, to know whether there are more.
    const asked = Math.min(PAGE_ROWS, left + 1);
    const rows = await reports.logs(filter, { before, limit: asked });
    writer.write(rows.slice(0, left));
    const more = rows.length > left;
    const taken = Math.min(rows.length, left);
    written += taken;
    left -= taken;
    before = rows.at(-1)?.id;
    if (more || rows.length < asked || io.outputGone) {
      writer.end(more);
      return written;
    }
  }
}

/** Where no row fits, a name that is nearly right is the likeliest reason. */
async function suggestNames(reports: Reports, { values, io }: LogsCall): Promise<void> {
  // Standard error has JSON Lines, which notes of another kind would break.
  if (values.logFormat === "json") return;
  for (const column of ["ticker", "source"] as const) {
    if (values[column].length === 0) continue;
    const known = await reports.loggedNames(column);
    for (const name of values[column].filter((each) => !known.includes(each))) {
      const near = closest(name, known);
      const question = near === undefined ? "" : `; did you mean ${near}?`;
      io.note(`no job of ${column} ${name} is in the log${question}`);
    }
  }
}

/** `tickerlock logs list`. */
export async function listCommand(call: LogsCall): Promise<ExitCode> {
  const { values } = call;
  const writer = logWriter(call);
  if (values.follow) return await followLogs(call, filterOf(values), writer);
  await using reports = await openReports(values.db);
  const written = await writePages(reports, call, writer);
  if (written === 0) await suggestNames(reports, call);
  return EXIT.ok;
}
