import { openReports } from "../../../store/open.ts";
import type { LogFilter, LogPage, Reports } from "../../../store/reports.ts";
import { sleep } from "../../../base/sleep.ts";
import { closest } from "../../../base/closest.ts";
import { InterruptedError } from "../../../base/errors.ts";
import { FAILURE_STATUSES, isFailure } from "../../../model/job.ts";
import type { LogsCall, LogsValues, spec } from "./spec.ts";
import { csvValuesWriter, type LogWriter, logWriter, PAGE_ROWS } from "./writer.ts";
import { StopSignals } from "../../process/signals.ts";
import { bad, checkOlderThan, checkSpan, conflict, unused } from "../../args/parsers.ts";
import type { Actions, Ended } from "../../command.ts";
import { pruneCommand } from "./prune.ts";
import { writeRuns } from "./runs.ts";
import { showCommand } from "./show.ts";

const ROWS_FOR_PEOPLE = 50;

function checkList({ values }: LogsCall): void {
  const [one, other] = (["json", "ndjson", "csv"] as const).filter((name) => values[name]);
  if (one !== undefined && other !== undefined) {
    throw conflict(`--${one}`, `--${other}`, "Ask for one format.");
  }
  if (values.csvSafe && !values.csv) {
    const hint = "Leave it out, or print CSV with --csv.";
    throw unused("--csv-safe", "--csv-safe is for CSV, and none is printed", hint);
  }
  // With --follow there are rows to come, and in `logs show` more than rejects to see.
  if (values.limit === 0 && !values.follow) {
    const hint = "Write a number from 1 up, or --limit all; 0 goes with --follow: only what comes.";
    throw bad("--limit", "0", "would show no row", hint);
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
    const hint = `--failed is ${FAILURE_STATUSES.join(", ")}: leave one of them out.`;
    throw conflict("--failed", `--status ${values.status.join(",")}`, hint);
  }
  checkSpan(values.since, values.until);
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

async function writePages<Row>(
  { values: { limit, json, ndjson, csv }, io }: LogsCall,
  read: (page: LogPage) => Promise<readonly Row[]>,
  idOf: (row: Row) => number,
  writer: LogWriter<Row>,
): Promise<number> {
  let left = limit ?? (json || ndjson || csv ? Infinity : ROWS_FOR_PEOPLE);
  let written = 0;
  let before: number | undefined;
  for (;;) {
    // One more than is wanted, to know whether there are more.
    const asked = Math.min(PAGE_ROWS, left + 1);
    const rows = await read({ before, limit: asked });
    const shown = rows.slice(0, left);
    writer.write(shown);
    written += shown.length;
    const more = rows.length > left;
    left -= shown.length;
    const last = rows.at(-1);
    before = last && idOf(last);
    if (more || rows.length < asked || io.outputGone) {
      writer.end(more);
      return written;
    }
  }
}

function writeList(reports: Reports, call: LogsCall): Promise<number> {
  const { values, io } = call;
  const filter = filterOf(values);
  if (!values.csv) {
    return writePages(call, (page) => reports.logs(filter, page), ({ id }) => id, logWriter(call));
  }
  const writer = csvValuesWriter(io, values.csvSafe);
  return writePages(call, (page) => reports.logValues(filter, page), ([id]) => id, writer);
}

async function runs(call: LogsCall): Promise<void> {
  const { values } = call;
  await using reports = await openReports(values.db);
  const limit = values.limit ?? (values.json ? Infinity : ROWS_FOR_PEOPLE);
  // One more than is wanted, to know whether there are more.
  const found = await reports.runs(filterOf(values), limit + 1);
  writeRuns(call, found.slice(0, limit), found.length > limit);
  if (found.length === 0) await suggestNames(reports, call);
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

/** Older rows that are shown first where no limit is given, as tail(1) does. */
const ROWS_BEFORE = 10;
/** Pause between two looks, in ms: soon enough for a person, and nothing for the machine. */
const POLL_MS = 250;

async function followLogs(
  { values, io }: LogsCall,
  filter: LogFilter,
  writer: LogWriter,
): Promise<Ended> {
  using signals = new StopSignals();
  await using reports = await openReports(values.db);
  await using follower = await reports.follow(filter);
  writer.write(await follower.first(values.limit ?? ROWS_BEFORE));
  while (!io.outputGone) {
    try {
      await sleep(POLL_MS, signals.signal);
    } catch (error) {
      if (error instanceof InterruptedError) return error.exitCode;
      throw error;
    }
    const rows = await follower.next();
    if (rows.length > 0) writer.write(rows);
  }
}

async function list(call: LogsCall): Promise<Ended> {
  const { values } = call;
  if (values.follow) return await followLogs(call, filterOf(values), logWriter(call));
  await using reports = await openReports(values.db);
  const written = await writeList(reports, call);
  if (written === 0) await suggestNames(reports, call);
}

/** What `tickerlock logs` does. */
export const actions: Actions<typeof spec> = {
  list: { check: checkList, run: list },
  runs: { check: checkList, run: runs },
  show: { run: showCommand },
  prune: {
    log: "always",
    check: ({ values }) => checkOlderThan("logs prune", values.olderThan),
    run: pruneCommand,
  },
};
