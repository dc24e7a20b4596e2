/** One run of a task: from what the task says to an ingest. @module */
import type { Receiver } from "../notify/receiver.ts";
import { countsText, plural } from "../base/text.ts";
import type { CalendarChanges } from "../exchange/gaps.ts";
import { LockError } from "../lock/mod.ts";
import type { Source } from "../sources/source.ts";
import { ingest } from "../ingest/run.ts";
import type { IngestOptions, IngestReport } from "../ingest/types.ts";
import type { ScheduledTask, TaskEnd } from "./task_state.ts";

/** A task of a collector. */
export interface CollectTask extends ScheduledTask {
  readonly source: Source;
  /** The tickers, read anew for each run; null for all that the source has. */
  readonly tickers: () => Promise<readonly string[] | null>;
  /** What the calendars of exchanges do not know, read anew for each run. */
  readonly calendar: () => Promise<CalendarChanges>;
  /** Who is told how its turns end; null for none. */
  readonly receiver: Receiver | null;
  /** What `ingest_logs.command` says of its rows: the task, and what an ingest would be told. */
  readonly commandLine: string;
  /** What else each of its runs is told. */
  readonly options: Omit<IngestOptions, "source">;
}

/** The error of a collector whose job lock was taken away. */
export function jobLockLost(name: string): LockError {
  const message = `the job lock ${name} was taken away from this collector, which ends`;
  const hint = "See who released it: tickerlock logs --source locks";
  return new LockError("job_lock_lost", message, { hint, details: { lock: name } });
}

/** Runs a task once. The shared `runId` is the job lock's: a forced release revokes the running task. */
export async function runTask(
  task: CollectTask,
  shared: Partial<IngestOptions>,
): Promise<IngestReport> {
  const { source, commandLine, options, name } = task;
  const [calendar, tickers] = [await task.calendar(), await task.tickers()];
  const command = `tickerlock collect ${name}`;
  return await ingest({ ...shared, ...options, source, commandLine, calendar, tickers, command });
}

/** A report in one sentence, for the log. */
export function reportSentence(report: IngestReport): string {
  const counts: Record<string, number> = {};
  let rows = 0;
  for (const { ticker, status, rowsInserted, rowsUpdated } of report.results) {
    rows += rowsInserted + rowsUpdated;
    if (ticker !== null) counts[status] = (counts[status] ?? 0) + 1;
  }
  return `${countsText(counts) || "no ticker"}; ${plural(rows, "row")} new or changed`;
}

/** What was not published yet is asked for again after that time, in ms. */
const AGAIN_MS = 30 * 60_000;

/** The end of a task's run: the exit code of its report, and its first error. */
export function endOf({ results, exitCode }: IngestReport): TaskEnd {
  const first = results.find(({ error }) => error !== null)?.error ?? null;
  const early = results.find(({ code }) => code === "not_published");
  const message = first?.message ?? early?.note ?? null;
  return { exitCode, message, ...early === undefined ? {} : { againMs: AGAIN_MS } };
}
