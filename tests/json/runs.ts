/**
 * Documents of `ingest`, `collect` and `sources`.
 *
 * @module
 */
import { RUN_STATUSES } from "../../src/model/job.ts";
import {
  anything,
  count,
  counts,
  day,
  type Document,
  type Fields,
  flag,
  list,
  mayBeMissing,
  number,
  object,
  orNull,
  sha256,
  text,
  time,
  word,
} from "./field.ts";
import { HISTORY_FIELDS, REJECT } from "./logs.ts";

const SUMS: Fields = {
  rows_fetched: count("rows that the source delivered"),
  rows_inserted: count("rows that are new"),
  rows_updated: count("rows that have changed"),
  rows_unchanged: count("rows that were there already"),
  rows_rejected: count("rows that were refused"),
};

/** The report of a run. */
export const REPORT: Fields = {
  run_id: text("UUID of the run, as in ingest_logs"),
  source: text("source"),
  db: text("the database"),
  dry_run: flag("a dry run: nothing was changed"),
  started_at: time("begin"),
  finished_at: time("end"),
  duration_ms: count("milliseconds"),
  exit_code: count("exit code of the program"),
  totals: object("sums over all tickers", {
    tickers: count("tickers"),
    ...SUMS,
    by_status: counts("results by how they ended"),
  }),
  tickers: list(
    "one result for each ticker",
    object("a result", {
      ticker: orNull(text("ticker; null for what belongs to the whole run")),
      job_id: text("UUID of the job, as in ingest_logs"),
      status: word(RUN_STATUSES, "how it ended"),
      lock_action: orNull(
        word(["acquired", "waited", "busy", "timed_out"], "how the lock was had"),
      ),
      lock_waited_seconds: orNull(number("seconds waited for the lock")),
      ...SUMS,
      payload_sha256: orNull(sha256("SHA-256 of what was received")),
      window_from: orNull(day("first day asked for")),
      window_to: orNull(day("last day asked for")),
      requests: orNull(count("requests to a service; null for a file")),
      query: orNull(text("what was asked of a dataset")),
      ...HISTORY_FIELDS,
      note: orNull(
        text("why there was nothing to do; what files or answers say against what is stored"),
      ),
      duration_ms: count("milliseconds"),
      error: orNull(object("what went wrong", {
        code: text("stable code"),
        message: text("one sentence"),
        hint: orNull(text("what to do about it")),
      })),
      rejects_lost: mayBeMissing(flag("true where refused rows are in no table")),
      rejects: mayBeMissing(
        list("the first refused rows, at most 5, of a dry run 20", object("a row", REJECT)),
      ),
    }),
  ),
  not_started: count("tickers whose turn had not come when the run was stopped or could not go on"),
  warnings: list("what is odd and no failure", text("a sentence")),
  details: anything("what the source tells of its files or requests; its fields differ by source"),
  records: orNull(
    object(
      "what has become of every record of the files; null where the source does not count them",
      {
        read: count("records read: the sum of the others"),
        rows: count("rows that the source delivered, good by its own judgement"),
        refused: count("records that could not be read"),
        other_market: count("records of markets that were not asked for"),
        other_ticker: count("records of tickers that were not asked for"),
        other_day: count("records of days that were not asked for"),
      },
    ),
  ),
};

/** Documents of `ingest`, `collect` and `sources`. */
export const RUNS: readonly Document[] = [
  {
    command: "ingest --json",
    what: "The report of a run. Names are those of `ingest_logs`.",
    fields: REPORT,
  },
  {
    command: "collect --once --json",
    what: "The report of each task.",
    fields: {
      run_id: text("UUID of the collector, as in the table collectors"),
      exit_code: count("exit code of the program"),
      tasks: list(
        "tasks in their order",
        object("a task", {
          name: text("its name"),
          exit_code: count("what ingest would have ended with"),
          message: orNull(text("why the task could not run, one sentence")),
          report: orNull(object("its report", REPORT)),
        }),
      ),
    },
  },
  {
    command: "collect --dry-run --json",
    what: "The turns of the next 24 hours.",
    fields: {
      from: time("begin of the plan"),
      to: time("end of the plan"),
      initial_sync: list("tasks that run at once, in that order", text("name of a task")),
      tasks: list(
        "tasks",
        object("a task", {
          name: text("its name"),
          source: text("source"),
          every_ms: count("milliseconds from one turn to the next"),
          jitter_ms: count("longest random delay of a turn in milliseconds"),
          time_zone: orNull(text("zone of its active hours and days; null without any")),
          next_turn_at: orNull(time("next turn")),
          turns: list("all turns", time("a turn")),
        }),
      ),
    },
  },
  {
    command: "sources list --json",
    what: "Every source.",
    fields: {
      sources: list(
        "sources",
        object("a source", {
          name: text("what --source says"),
          description: text("one sentence"),
          input: word(["file", "network"], "where it reads from"),
          capabilities: object("what it can do", {
            incremental: flag("asks for new days only"),
            corporate_actions: flag("delivers dividends and splits"),
            split_adjusted: flag("prices are adjusted for splits"),
          }),
          datasets: orNull(
            list(
              "what --dataset can say, all of them where it says nothing; null for prices of tickers",
              text("name of a dataset"),
            ),
          ),
          options: list(
            "options of ingest that not every source uses, and this one does",
            text("name, without the dashes"),
          ),
          environment: list("variables that set it", text("name of a variable")),
          base_url: orNull(text("address of the service; null for files")),
          rate: orNull(
            object("most requests to the service unless --rate says another; null for files", {
              count: count("requests"),
              per_seconds: number("in so many seconds"),
            }),
          ),
        }),
      ),
    },
  },
  {
    command: "sources test SOURCE --json",
    what: "One cheap request, or a look into a file.",
    fields: {
      source: text("source"),
      ok: flag("whether it can be used"),
      target: text("what was asked"),
      status: orNull(count("HTTP status; null where there was none")),
      latency_ms: count("milliseconds"),
      message: text("one sentence"),
      hint: orNull(text("what to do about it")),
    },
  },
  {
    command: "--version --json",
    what: "The version.",
    fields: {
      version: text("version of tickerlock"),
      commit: orNull(text("commit that an executable was built from; null from a checkout")),
      built: orNull(text("when an executable was built, ISO 8601; null from a checkout")),
      deno: text("version of Deno that runs it"),
      target: text("processor and system, as compilers name them"),
    },
  },
];
