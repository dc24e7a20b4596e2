/** `tickerlock logs show JOB`: all that is known of one job. @module */
import { countsText, grouped, lengthOf, oneLine, plural } from "../../../base/text.ts";
import { UsageError } from "../../../base/errors.ts";
import { describeHolder } from "../../../lock/mod.ts";
import { BAD_CELL } from "../../../model/prices.ts";
import type { LogRow } from "../../../model/job.ts";
import { lockPlace, openLocks, openReports } from "../../../store/open.ts";
import type { JobDetail, StoredReject } from "../../../store/reports.ts";
import { rowsText } from "../ingest/report.ts";
import { type LogsCall, parseId } from "./spec.ts";
import { type Column, renderTable, widthOf } from "../../output/table.ts";
import { tableOptions } from "../../output/terminal.ts";
import { localTime, localZone, withLocalTimes } from "../../output/time.ts";
import type { Io } from "../../output/io.ts";
import { renderPairs, wrap } from "../../output/wrap.ts";
import { errorText } from "./writer.ts";

const MOST_NAMED = 10;
const REJECTS_FOR_PEOPLE = 20;

async function findJob(db: string, text: string, rejects: number): Promise<JobDetail> {
  const id = parseId(text, "JOB");
  await using reports = await openReports(db);
  const { matches: found, detail } = await reports.job(id, { matches: MOST_NAMED + 1, rejects });
  if (detail !== null) return detail;
  if (found.length === 0) {
    throw new UsageError("job_not_found", `no job ${text} is in the log of ${db}`, {
      hint: "See the jobs with: tickerlock logs. A part of an id is its beginning or its end.",
      details: { job: text },
    });
  }
  const names = found.slice(0, MOST_NAMED).map(({ job_id, ticker, source, status, started_at }) =>
    `${job_id} (${ticker ?? "no ticker"}, ${source}, ${status}, ${localTime(started_at)})`
  );
  const many = found.length > MOST_NAMED ? `more than ${MOST_NAMED}` : String(found.length);
  const more = found.length > MOST_NAMED ? "; …" : "";
  const message = `${many} jobs have an id that begins or ends with ${text}: ${names.join("; ")}`;
  throw new UsageError("job_ambiguous", message + more, {
    hint: "Give more of the id. Ids of one moment begin alike: their last 8 characters differ.",
    details: { job: text, matches: found.slice(0, MOST_NAMED).map(({ job_id }) => job_id) },
  });
}

function lockStory({ lock_action, lock_waited_seconds }: LogRow): string {
  const waited = lengthOf((lock_waited_seconds ?? 0) * 1000);
  switch (lock_action) {
    case "acquired":
      return "free, and acquired at once";
    case "waited":
      return `held by another, acquired after waiting ${waited}`;
    case "busy":
      return "held by another, not waited for";
    case "timed_out":
      return `held by another, given up after waiting ${waited}`;
    case null:
      return "not asked for";
  }
}

const HISTORIES = {
  whole: "all of it, nothing changed",
  unmended: "all of it, nothing changed; prices before a split are unmended",
  contradicted: "contradicted, stored days kept",
};

function historyStory(job: LogRow): string | null {
  const { history, restated, restated_by, restated_from, restated_to, restated_factor } = job;
  if (restated === null) {
    if (history === null) return null;
    return HISTORIES[history];
  }
  const factor = restated_factor === null
    ? ""
    : `, the largest factor ${Math.round(restated_factor * 1e4) / 1e4}`;
  return `${plural(restated, "stored day")} changed (${restated_by?.replaceAll("_", " ")}), ` +
    `${restated_from} to ${restated_to}${factor}` +
    (history === "unmended" ? "; prices before a split are unmended" : "");
}

/** Who holds the lock now, where that tells more than how the job got it. */
async function lockNow(
  { ticker, status, lock_action, job_id }: LogRow,
  { db, lockDir }: LogsCall["values"],
): Promise<string | null> {
  if (ticker === null || lock_action === null) return null;
  const locks = await openLocks(db, lockDir);
  const lock = await locks.status(ticker);
  const { holder } = lock;
  if (lock.state === "held") {
    const whose = holder?.jobId === job_id ? "this job" : "another";
    return `held by ${whose}: ${withLocalTimes(describeHolder(holder ?? undefined))}`;
  }
  if (status !== "running") return null;
  if (lock.state === "unusable") return `unusable: ${lock.problem}`;
  try {
    await locks.checkFolder();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return `not known: ${error.message}`;
  }
  const next = `the next one of ${ticker} marks the job as abandoned`;
  return `free in ${lockPlace(db, lockDir)}: this run was killed, and ${next}`;
}

function jobLines(
  job: LogRow,
  run: Readonly<Record<string, number>>,
  meanwhile: readonly LogRow[],
  now: string | null,
): [string, string][] {
  const history = historyStory(job);
  const { attempts, requests, window_to: to, rows_fetched: fetched } = job;
  const jobs = Object.values(run).reduce((sum, n) => sum + n, 0);
  const lines: [string, string][] = [
    ["job", job.job_id],
    ["run", `${job.run_id}, ${plural(jobs, "job")}: ${countsText(run)}`],
    ["ticker", job.ticker ?? "-"],
    ["source", job.source],
    ["status", job.status],
    [
      job.error_code === null && job.error_message !== null ? "note" : "error",
      withLocalTimes(errorText(job)) || "-",
    ],
    ["started", localTime(job.started_at)],
    ["finished", localTime(job.finished_at)],
    ["duration", lengthOf(job.duration_ms)],
    ["lock", lockStory(job)],
    ...now === null ? [] : [["lock now", now] as [string, string]],
    ...meanwhile.map((other): [string, string] => [
      "lock was with",
      `${other.job_id}, pid ${other.pid} on ${other.host}, ${localTime(other.started_at)} to ` +
      localTime(other.finished_at),
    ]),
    ["attempts", grouped(attempts) + (requests === null ? "" : `, ${plural(requests, "request")}`)],
    ["days asked for", to === null ? "-" : `${job.window_from ?? "the beginning"} to ${to}`],
    ["rows", fetched === null ? "-" : `${grouped(fetched)}: ${rowsText(job)}`],
    ...history === null ? [] : [["history", history] as [string, string]],
    ["payload SHA-256", job.payload_sha256 ?? "-"],
    ["command", job.command],
    ["process", `pid ${job.pid} on ${job.host}, tickerlock ${job.version}`],
  ];
  if (job.query !== null) lines.push(["query", job.query]);
  return lines;
}

const REJECT_COLUMNS: readonly Column<StoredReject>[] = [
  { title: "CODE", cell: ({ code }) => code },
  { title: "REASON", cell: ({ reason }) => reason },
  { title: "DATE", cell: ({ date }) => date ?? "-" },
  { title: "LINE", align: "right", cell: ({ line }) => String(line ?? "-") },
  { title: "ORIGIN", cell: ({ origin }) => origin ?? "-" },
  { title: "RAW", optional: true, cell: ({ raw }) => raw ?? "" },
];

function rejectBlock(
  { code, reason, date, line, origin, raw }: StoredReject,
  width: number,
): string {
  const where = [date, line === null ? null : `line ${line}`, origin];
  const texts = [reason, where.filter((text) => text !== null).join(", "), raw ?? ""];
  const lines = texts.map(oneLine).filter((text) => text !== "")
    .flatMap((text) => wrap(text, Math.max(1, width - 2), { breakWords: true }).split("\n"));
  return `${[code, ...lines.map((text) => `  ${text}`)].join("\n")}\n`;
}

/** The rejected rows and cells: a table where it fits uncut, else a block of lines for each. */
function rejectsText(
  io: Io,
  rejects: readonly StoredReject[],
  counts: Readonly<Record<string, number>>,
): string {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  if (total === 0) return "";
  const left = rejects.length < total
    ? `, the first ${grouped(rejects.length)} of them; all with --limit all`
    : "";
  const { [BAD_CELL]: cells = 0 } = counts;
  const parts = [
    ...(total > cells ? [plural(total - cells, "rejected row")] : []),
    ...(cells > 0 ? [`${plural(cells, "cell")} left empty`] : []),
  ];
  const title = `\n${parts.join(" and ")} (${countsText(counts)})${left}\n`;
  if (rejects.length === 0) return title;
  const { width = Infinity } = tableOptions(io);
  const table = renderTable(REJECT_COLUMNS, rejects);
  const fits = table.split("\n").every((line) => widthOf(line) <= width);
  return title + (fits ? table : rejects.map((each) => rejectBlock(each, width)).join(""));
}

/** `tickerlock logs show JOB`. */
export async function showCommand({ values, io, operands: [text = ""] }: LogsCall): Promise<void> {
  const limit = values.limit ?? (values.json ? Infinity : REJECTS_FOR_PEOPLE);
  const { job, run, meanwhile, counts, rejects } = await findJob(values.db, text, limit);
  if (values.json) {
    return io.outJson({
      db: values.db,
      job,
      run: { run_id: job.run_id, by_status: run },
      lock_holders: meanwhile.map(({ job_id, pid, host, started_at, finished_at }) => (
        { job_id, pid, host, started_at, finished_at }
      )),
      rejects_by_code: counts,
      rejects,
    });
  }
  io.out(renderPairs(io, jobLines(job, run, meanwhile, await lockNow(job, values))));
  io.out(`${rejectsText(io, rejects, counts)}\ntimes in ${localZone()}\n`);
}
