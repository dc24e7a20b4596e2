/**
 * The document of `report`, and what it has in common with those of `stats`.
 *
 * @module
 */
import {
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
  text,
  time,
  word,
} from "./field.ts";

/** Numbers of jobs. */
const JOBS: Fields = {
  last_success_at: orNull(time("end of the newest success")),
  runs: count("jobs that have ended, without dry runs"),
  failures: count("ended jobs that did not bring what was wanted"),
  failure_rate: orNull(number("failures by runs, from 0 to 1")),
  running: count("jobs at work, or killed and not yet found"),
  median_ms: orNull(number("median of successful jobs in milliseconds")),
  p95_ms: orNull(number("95th percentile of successful jobs in milliseconds")),
  lock_waits: count("jobs that waited for a lock"),
  lock_waited_seconds: number("seconds waited for locks in all"),
  longest_wait_seconds: number("seconds of the longest wait for a lock"),
  rejects: count("refused rows"),
  by_status: counts("jobs by how they ended"),
};

/** What is known of a ticker and source. */
export const KNOWN: Fields = {
  ...JOBS,
  last_day: orNull(day("last day of prices")),
  whole_at: orNull(time("when the whole history was last asked for and taken")),
  doubted: flag("a newer answer was `contradicted`, or is `unmended`"),
  failures_in_a_row: count("failures since the newest job that did not fail"),
  failing_since: orNull(time("when the first of the failures in a row began")),
  error_code: orNull(text("code of the newest failure in a row, or its status")),
  error_message: orNull(text("one sentence about that")),
};

/** Jobs of a source, run or day. */
export const TOTALS: Fields = {
  key: text("source, UUID of the run, or day of UTC"),
  first_at: time("when the first of the jobs began"),
  tickers: count("different tickers"),
  ...JOBS,
};

const BAR: Fields = {
  run_id: text("UUID of the run, as in ingest_logs"),
  from: time("when its first job began"),
  to: orNull(time("when its last job ended; null while one is at work")),
  jobs: count("jobs"),
  failures: count("jobs that failed"),
  rows: count("rows that were new or other than stored"),
  waited: number("seconds of the longest wait for a lock, which came before"),
};

const PRICE: Fields = {
  date: day("day"),
  raw: number("close as traded; of `yahoo` adjusted for splits"),
  adjusted: orNull(number("close adjusted for splits and dividends")),
  volume: orNull(number("units traded")),
};

const EVENT: Fields = {
  date: day("ex-date"),
  label: text("what the exchange or service calls it"),
  split_factor: number("prices before it are multiplied by that; 1 for none"),
  cash_factor: number("the same for money; 1 for none"),
};

/** The document of `report`. */
export const REPORT: readonly Document[] = [
  {
    command: "report --json",
    what: "What the page of `report` shows.",
    fields: {
      title: text("heading"),
      db: text("the database"),
      taken_at: time("when it was read"),
      time_zone: text("zone that the page shows times in"),
      since: time("where jobs count from; for tickers 30 days ago at least"),
      verdict: text("how things stand, in a sentence"),
      counts: object("how many", {
        fresh: count("tickers and sources that are fresh"),
        behind: count("those that are behind"),
        failing: count("those of which the newest job failed"),
        sessions_missing: count("sessions of twelve months that are missing and may still come"),
        rows: count("rows that the last 24 hours brought"),
      }),
      sessions: list("the last days on which any ticker had a session", day("day")),
      tickers: list(
        "one for each ticker and source, what needs a look first",
        object("a ticker and source", {
          ticker: orNull(text("ticker; null for what belongs to none")),
          source: text("source"),
          ...KNOWN,
          days_behind: orNull(count("days that the exchange has traded on since the last stored")),
          is_fresh: orNull(flag("no more days behind than a holiday explains")),
          state: word(["fresh", "behind", "failing"], "how it stands"),
          missing: count("sessions of twelve months that are missing between stored days"),
          refused: count("sessions of twelve months of which the row was refused"),
          unadjusted_before: orNull(day("prices before it cannot be adjusted: tickerlock gaps")),
          sessions: text(
            "a letter for each of `sessions` above: `s` stored, `m` missing, `r` refused, `-` none",
          ),
          closes: list("the newest closes, the oldest first", number("close")),
        }),
      ),
      runs: list(
        "the last 24 hours by command",
        object("a command", {
          command: text("command line"),
          bars: list("jobs of a run without a pause between them", object("a bar", BAR)),
          left_out: count("bars before these"),
        }),
      ),
      failures: list(
        "by code, the most frequent first",
        object("failures of one code", {
          code: text("code of the error, or the status"),
          jobs: count("failed jobs"),
          runs: count("runs that they are of"),
          tickers: list("tickers that they are of", text("ticker")),
          source: text("source of the newest"),
          job_id: text("UUID of the newest"),
          newest_at: time("when the newest began"),
          message: orNull(text("its message")),
          remedy: text("what to do"),
        }),
      ),
      calendar: list(
        "sessions of twelve months",
        object("a session", {
          day: day("day"),
          missing: count("tickers that lack it, and may still get it"),
          refused: count("tickers of which the row was refused"),
          tickers: list("some of both", text("ticker")),
        }),
      ),
      sources: list("one for each source", object("a source", TOTALS)),
      days: list("one for each day of UTC, the newest first", object("a day", TOTALS)),
      charts: list(
        "one for each ticker that was named",
        object("prices of twelve months", {
          ticker: text("ticker"),
          source: text("source"),
          days: list("in order", object("a day", PRICE)),
          events: list("in order", object("an ex-date", EVENT)),
        }),
      ),
    },
  },
];
