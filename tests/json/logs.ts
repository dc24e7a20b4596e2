/**
 * Documents of `logs`, `stats` and `gaps`.
 *
 * @module
 */
import { RUN_STATUSES } from "../../src/model/job.ts";
import { HISTORIES, RESTATED_BY } from "../../src/model/restatement.ts";
import {
  anything,
  count,
  counts,
  day,
  type Document,
  type Fields,
  flag,
  list,
  number,
  object,
  orNull,
  sha256,
  text,
  time,
  word,
} from "./field.ts";
import { KNOWN, TOTALS } from "./report.ts";

/** Why a row was refused. */
export const REJECT: Fields = {
  origin: orNull(text("file name or path of the address that it came from")),
  line: orNull(count("line in the file, from 1")),
  date: orNull(text("the day that it was for, where that could be read")),
  code: text("stable code of the reason"),
  reason: text("one sentence with the value"),
  raw: orNull(text("the record as received, at most 500 characters")),
};

/** What a job did with the history of a ticker. */
export const HISTORY_FIELDS: Fields = {
  history: orNull(
    word(
      HISTORIES,
      "the whole history was taken, also where prices before a split are unmended; or contradicted and not taken",
    ),
  ),
  restated: orNull(count("stored days whose prices change by more than rounding")),
  restated_by: orNull(word(RESTATED_BY, "why stored prices change")),
  restated_from: orNull(day("first stored day that changes so")),
  restated_to: orNull(day("last stored day that changes so")),
  restated_factor: orNull(number("of all changed prices the larger by the smaller, the largest")),
};

/** One row of `ingest_logs`. */
export const LOG_ROW: Fields = {
  id: count("key of the row"),
  job_id: text("UUID of the job, as in ingest_logs"),
  run_id: text("UUID of the run, as in ingest_logs"),
  ticker: orNull(text("ticker; null for what belongs to none")),
  source: text("source"),
  command: text(
    "command line that did it, at most 500 characters, without secrets; of collect with what " +
      "ingest would be told",
  ),
  started_at: time("begin; with the lock in hand, where it was obtained"),
  finished_at: orNull(time("end; null while it runs")),
  status: word(RUN_STATUSES, "how it ended"),
  lock_action: orNull(word(["acquired", "waited", "busy", "timed_out"], "how the lock was had")),
  lock_waited_seconds: orNull(number("seconds waited for the lock")),
  rows_fetched: orNull(count("rows that the source delivered")),
  rows_inserted: orNull(count("rows that are new")),
  rows_updated: orNull(count("rows that have changed")),
  rows_unchanged: orNull(count("rows that were there already")),
  rows_rejected: orNull(count("rows that were refused")),
  payload_sha256: orNull(sha256("SHA-256 of what was received")),
  attempts: count("tries of the write"),
  requests: orNull(count("requests to a service; null for a file")),
  duration_ms: orNull(count("milliseconds, waiting for the lock included")),
  window_from: orNull(day("first day asked for")),
  window_to: orNull(day("last day asked for")),
  query: orNull(text("what was asked of a dataset")),
  ...HISTORY_FIELDS,
  error_code: orNull(text("stable code of what went wrong")),
  error_message: orNull(text("one sentence about that")),
  host: text("machine"),
  pid: count("process"),
  version: text("version of tickerlock"),
};

/** Documents of `logs`, `stats` and `gaps`. */
export const LOGS: readonly Document[] = [
  {
    command: "logs list --json",
    what:
      "The jobs that the filters let through, the newest first. With `--ndjson` each is a line.",
    fields: {
      db: text("the database"),
      logs: list("jobs", object("a row of ingest_logs", LOG_ROW)),
      more: flag("whether --limit has left jobs out"),
    },
  },
  {
    command: "logs runs --json",
    what: "The runs of which a job fits the filters, the newest first. Each is counted whole.",
    fields: {
      db: text("the database"),
      runs: list(
        "runs",
        object("a run", {
          run_id: text("UUID of the run, as in ingest_logs"),
          command: text("command line of its newest job; a collector has one for each task"),
          host: text("machine"),
          pid: count("process"),
          started_at: time("begin of its first job"),
          finished_at: orNull(time("end of its last job; null while one runs")),
          duration_ms: orNull(count("milliseconds between these; null while one runs")),
          jobs: count("jobs"),
          tickers: count("different tickers"),
          tickers_ok: count("tickers of which every job has ended, and none failed"),
          tickers_failed: count("tickers of which a job failed"),
          run_failures: count("failures of no ticker: a file, the run as a whole"),
          rows_inserted: count("rows that are new"),
          rows_updated: count("rows that have changed"),
          rows_rejected: count("rows that were refused"),
          by_status: counts("jobs by how they ended"),
        }),
      ),
      more: flag("whether --limit has left runs out"),
    },
  },
  {
    command: "logs show JOB --json",
    what: "One job with all that belongs to it.",
    fields: {
      db: text("the database"),
      job: object("its row of ingest_logs", LOG_ROW),
      run: object("the run that it belongs to", {
        run_id: text("UUID of the run, as in ingest_logs"),
        by_status: counts("jobs by how they ended"),
      }),
      lock_holders: list(
        "jobs that had the ticker while this one waited",
        object("a job", {
          job_id: text("UUID of the job, as in ingest_logs"),
          pid: count("process"),
          host: text("machine"),
          started_at: time("begin"),
          finished_at: orNull(time("end; null while it runs")),
        }),
      ),
      rejects_by_code: counts("refused rows by the code of the reason"),
      rejects: list(
        "refused rows",
        object("a row of ingest_rejects", {
          ticker: orNull(text("ticker")),
          source: text("source"),
          ...REJECT,
          rejected_at: time("when it was refused"),
        }),
      ),
    },
  },
  {
    command: "logs prune --older-than WHEN --json",
    what: "What was removed, or with `--dry-run` would be.",
    fields: {
      db: text("the database"),
      older_than: time("jobs that ended before it were looked at"),
      dry_run: flag("a dry run: nothing was changed"),
      keep_failed: flag("whether failures stay"),
      would_remove: object("what was found", {
        logs: count("rows of ingest_logs"),
        rejects: count("rows of ingest_rejects"),
      }),
      removed: object("what was removed", {
        logs: count("rows of ingest_logs"),
        rejects: count("rows of ingest_rejects"),
      }),
      kept: object("older rows that stay", {
        needed: count("rows that runs need"),
        failures: count("failures that --keep-failed keeps"),
      }),
    },
  },
  {
    command: "stats --json",
    what: "How fresh and how reliable each ticker of each source is.",
    fields: {
      db: text("the database"),
      taken_at: time("when it was counted"),
      stats: list(
        "one for each ticker and source",
        object("numbers of a pair", {
          ticker: orNull(text("ticker; null for what belongs to none")),
          source: text("source"),
          ...KNOWN,
          days_behind: orNull(count("days that the exchange has traded on since the last stored")),
          is_fresh: orNull(flag("no more days behind than a holiday explains")),
          open_gaps: orNull(count("sessions that are missing before it and may still come")),
          full_due_at: orNull(time("when the next run asks for the whole history again")),
        }),
      ),
      by: word(["ticker"], "what they are put together by"),
      violations: list(
        "what is beyond --max-behind or --max-age",
        object("a ticker and source", {
          ticker: text("ticker"),
          source: orNull(text("source; null where nothing is known of the ticker")),
          what: text("why, in words"),
        }),
      ),
    },
  },
  {
    command: "stats --by WHAT --json",
    what: "How reliable the jobs of each source, run or day were.",
    fields: {
      db: text("the database"),
      taken_at: time("when it was counted"),
      by: word(["source", "run", "day"], "what they are put together by"),
      stats: list("one for each, runs and days the newest first", object("numbers", TOTALS)),
    },
  },
  {
    command: "gaps --json",
    what: "The sessions that tickers lack between stored days.",
    fields: {
      db: text("the database"),
      taken_at: time("when it was looked"),
      gaps: list(
        "one for each ticker and source with gaps, without --all only those that may still be filled",
        object("what it lacks", {
          ticker: text("ticker"),
          source: text("source"),
          calendar: word(
            ["b3", "nyse", "every day", "file", "peers"],
            "whose sessions count: of the exchange, of --calendar, or of most tickers of its ending " +
              "and source",
          ),
          open_sessions: count("sessions that may still be filled"),
          gaps: list(
            "in order",
            object("sessions that follow each other", {
              from: day("first session"),
              to: day("last session"),
              sessions: count("how many"),
              status: word(
                ["missing", "refused", "never_delivered", "ticker_unknown", "before_listing"],
                "what is known: nothing; a row was refused; the service was asked for it twice, a " +
                  "month later, and has none; it does not know the ticker any more; it was asked, " +
                  "and its history begins later",
              ),
              code: orNull(text("why the row was refused, as in ingest_rejects")),
              open: flag("whether it may still be filled"),
            }),
          ),
        }),
      ),
      unexplained: list(
        "days before which prices cannot be adjusted, without --all only of tickers with events",
        object("a step in the exchange's count of events", {
          ticker: text("ticker"),
          ex_date: day("the first day of the step"),
          reason: text("why"),
          has_events: flag("whether any event of the ticker is stored"),
        }),
      ),
      remedies: anything("by source, how its gaps are filled"),
    },
  },
];
