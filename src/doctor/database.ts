/** Schema, clock, stuck runs and last runs, by the database. @module */
import type {
  DatabaseHealth,
  LastRun,
  RunningRow,
  TickerGaps,
  UnexplainedStep,
} from "../store/reports.ts";
import { endProcess, showProcess, whoHasOpen } from "../platform/services.ts";
import {
  bytesText,
  countsText,
  isUrl,
  listed,
  plural,
  runsOn,
  shellWord,
  spanText,
} from "../base/text.ts";
import { CLOCK_HINT, CLOCK_SLACK_MS, clockProblem } from "../base/time.ts";
import { isNotKnown } from "../model/adjustment.ts";
import { shortId } from "../model/job.ts";
import type { LockState } from "../lock/mod.ts";
import { type Code, type Finding, ok, wrong } from "./finding.ts";

/** What this machine knows of the processes that a database names. */
export interface Lives {
  readonly host: string;
  readonly db: string;
  readonly lockDir: string;
  readonly lives: (pid: number) => boolean | null;
  /** The job lock; null where its holder has just changed, or it is in another folder. */
  readonly jobLock: LockState | null;
}

type Health<K extends keyof DatabaseHealth> = Pick<DatabaseHealth, K>;

/** Whether a process is alive; null for another machine, and where it cannot be told. */
export function livesHere(
  { pid, host }: { readonly pid: number; readonly host: string },
  here: Lives,
): boolean | null {
  return here.host !== "" && host === here.host ? here.lives(pid) : null;
}

const MOST_NAMED = 5;
/** A job is over in minutes; the largest histories take hours. */
const STUCK_AFTER_MS = 6 * 3_600_000;

/** The schema. */
export function checkSchema(
  db: string,
  { empty, pending, schemaVersion, server }: DatabaseHealth,
): Finding {
  if (empty) {
    const next = server?.canMigrate === false
      ? "An administrator makes them: tickerlock db migrate --print has the statements."
      : "The first run makes them.";
    const hint = `${next} If data should be in it, ` +
      (isUrl(db)
        ? "look at host, database and ?schema= of its URL"
        : "bring back a backup: tickerlock db restore");
    return wrong("no_tables", `${db} has no tables yet`, hint);
  }
  if (pending.length === 0) return ok("schema", `schema version ${schemaVersion}, the newest`);
  return wrong(
    "schema_old",
    `schema version ${schemaVersion}; not applied: ${pending.join(", ")}`,
    `The next run applies them; at a time of your own: tickerlock db migrate --db ${db}`,
  );
}

/** Triggers, tables and views that tickerlock has not made. */
export function checkForeignObjects(
  db: string,
  { triggers, foreign }: Health<"triggers" | "foreign">,
): Finding[] {
  const findings: Finding[] = [];
  if (triggers.length > 0) {
    findings.push(wrong(
      "schema_trigger",
      `${db} has what tickerlock has not made, and what may change what is written: ` +
        listed(triggers, MOST_NAMED),
      "Find out who made it, remove it with DROP TRIGGER, and compare prices with those of a backup " +
        "from before.",
    ));
  }
  if (foreign.length > 0) {
    findings.push(wrong(
      "schema_foreign",
      `${db} has what tickerlock has not made: ${listed(foreign, MOST_NAMED)}`,
      "If it is not yours, find out who made it; tables of your own are safer in a database of their " +
        "own, to which this one is attached.",
    ));
  }
  return findings;
}

/** Four times what it is moved into the database at: a single large write stays below. */
const LARGE_WAL_BYTES = 128e6;

/** How large the write-ahead log is. */
export function checkWriteAheadLog(db: string, { walBytes }: Health<"walBytes">): Finding {
  const message = `the write-ahead log of ${db}: ${bytesText(walBytes)}`;
  if (walBytes < LARGE_WAL_BYTES) return ok("write_ahead_log", message);
  return wrong(
    "wal_large",
    `${message}: a program has been reading for so long that it cannot be moved into the database, ` +
      "and every reading gets slower",
    `See which processes have the database open: ${whoHasOpen(db)}. Let that program end its ` +
      "reading; the next runs shrink the log by themselves.",
  );
}

/** The folder of locks, against the one that the database remembers. */
export function checkRememberedFolder(
  db: string,
  { lockFolder: { folder, isOther } }: Health<"lockFolder">,
  { lockDir }: Pick<Lives, "lockDir">,
): Finding[] {
  if (folder === null) return [];
  const { host, path, since } = folder;
  if (!isOther) return [ok("lock_folder", `that of all ${runsOn(host)} on ${db}, since ${since}`)];
  const other = `its ${runsOn(host)} have their locks in ${path}, since ${since}`;
  const message = `lock folder ${lockDir} is not that of ${db}: ${other}`;
  const adopt = `tickerlock locks adopt --db ${db} --lock-dir ${lockDir}`;
  const hint = `Use --lock-dir ${path}. To move all runs to this one: ${adopt}`;
  return [wrong("lock_folder_other", `${message}, and runs with another are refused`, hint)];
}

/** The clock, against the newest time in the log. */
export function checkClock({ newestAt }: Health<"newestAt">, nowMs: number): Finding {
  const problem = clockProblem(newestAt, nowMs);
  if (problem !== undefined) return wrong("clock_wrong", problem, CLOCK_HINT);
  const now = new Date(nowMs).toISOString();
  const newest = newestAt === null ? NaN : Date.parse(newestAt);
  if (Number.isNaN(newest)) return ok("clock", `${now}; there is no row to compare it with`);
  return ok("clock", `${now}; the newest row is ${spanText(nowMs - newest)} old`);
}

/** Whether SQLite tells the time that this process does. */
export function checkEngineClock({ engineAheadMs }: Health<"engineAheadMs">): Finding[] {
  if (Math.abs(engineAheadMs) <= CLOCK_SLACK_MS) return [];
  const where = engineAheadMs > 0 ? "ahead of" : "behind";
  return [wrong(
    "engine_clock_other",
    `SQLite's clock is ${spanText(Math.abs(engineAheadMs))} ${where} that of the program`,
    "Find out what changes the time for one of the two, such as a library in LD_PRELOAD (libfaketime).",
  )];
}

/** Backups whose time is still to come, that lack their checksum, or that were never finished. */
export function checkBackups({ backups }: Health<"backups">): Finding[] {
  const { toCome, withoutChecksum, leftOver } = backups;
  const findings: Finding[] = [];
  const add = (code: Code, odd: readonly string[], what: string, hint: string): void => {
    if (odd.length > 0) {
      findings.push(wrong(code, what.replace("FILE", () => listed(odd, 1)), hint));
    }
  };
  add(
    "backup_of_future",
    toCome,
    `the time in the name of a backup is still to come: FILE: the clock was ahead, or is behind; ` +
      "db backup neither counts nor removes it, and db restore latest takes it only where no other is good",
    "Where the clock is right now: make another with tickerlock db backup; from then on this one can be " +
      "removed with its .sha256.",
  );
  add(
    "backup_without_checksum",
    withoutChecksum,
    "a backup has no .sha256 beside it: FILE: whether it is what was backed up cannot be told",
    "Make another with tickerlock db backup. What SQLite's own check says of this one: tickerlock db " +
      "restore FILE --dry-run",
  );
  add(
    "backup_left_over",
    leftOver,
    "a backup was killed, and has left: FILE",
    "The next tickerlock db backup removes what is hidden; a .sha256 without its backup is of no use " +
      "and can be removed.",
  );
  return findings;
}

function unlockedFinding(row: RunningRow, what: string, here: Lives): Finding {
  const { ticker, source, pid } = row;
  const next = `The next run of ${ticker ?? source} marks it as abandoned`;
  if (livesHere(row, here) !== true) {
    return wrong(
      "run_killed",
      `${what}: marked as running, but its lock is free: that run was killed`,
      `${next} by itself.`,
    );
  }
  const message =
    `${what}: marked as running, and there is a process ${pid}, but its lock is free ` +
    `in ${here.lockDir}: that run was killed, or its lock was taken away`;
  const [where, look] = isUrl(here.db)
    ? ["", `See whether it is that run: ${showProcess(pid)}. If so, end it.`]
    : [
      ", or is in another folder",
      `See which processes use the database: ${whoHasOpen(here.db)}. If that run is among them, ` +
      "name its folder with --lock-dir, or end it.",
    ];
  const hint = `${look} ${next}, and what it still writes is refused.`;
  return wrong("run_without_lock", message + where, hint);
}

function runningFinding(row: RunningRow, nowMs: number, here: Lives): Finding[] {
  const { ticker, source, pid, host, startedAt, locked } = row;
  const what = `${ticker ?? "a job"} of ${source}, pid ${pid} on ${host}, since ${startedAt}`;
  const ask = `tickerlock locks status ${shellWord(ticker ?? "NAME")}`;
  if (locked === null) {
    const why = "marked as running, and whether it is cannot be told: its lock cannot be tried";
    return [wrong("run_untold", `${what}: ${why}`, `Ask as the user of that run. Why: ${ask}`)];
  }
  if (!locked) return [unlockedFinding(row, what, here)];
  const age = nowMs - Date.parse(startedAt);
  if (!(age > STUCK_AFTER_MS)) return [];
  const end = `To end it, ${endProcess(here.db)}; nothing of it is half-written.`;
  const hint = `See whether it is alive: ${ask}. ${end}`;
  return [wrong("run_stuck", `${what}: at work for ${spanText(age)}`, hint)];
}

/** Runs that are stuck or were killed. */
export function checkRunning(
  { running }: Health<"running">,
  nowMs: number,
  here: Lives,
): Finding[] {
  const findings = running.flatMap((row) => runningFinding(row, nowMs, here));
  if (findings.length > 0) return findings;
  return [ok("running", running.length === 0 ? "nothing is at work" : `${running.length} at work`)];
}

/** How the last run of a source or unit ended. */
export function checkLastRun(what: string, run: LastRun): Finding {
  const { statuses, startedAt, source } = run;
  const some = (...names: readonly string[]): boolean => names.some((name) => statuses[name]);
  const message = `${what}: last run ${startedAt}: ${countsText(statuses)}`;
  const why = run.error === null ? "" : `; ${run.error}`;
  const good = some("success", "skipped", "running");
  if (!some("failed", "abandoned")) return ok("last_run", message);
  const hint = "See each with its code: tickerlock logs --failed; and try the source: " +
    `tickerlock sources test ${source}`;
  return wrong(good ? "last_run_partly" : "last_run_failed", message + why, hint);
}

/** Histories that the newest answer has left in doubt. */
export function checkHistories({ doubted }: Health<"doubted">): Finding {
  const [first] = doubted;
  if (first === undefined) return ok("histories", "none is in doubt");
  const names = doubted.map(({ ticker, source, history }) => `${ticker} (${source}) ${history}`);
  return wrong(
    "history_in_doubt",
    `${plural(doubted.length, "ticker")} with a history in doubt: ${listed(names, MOST_NAMED)}`,
    "Runs ask for all of it again until the answers agree, or a split's prices are mended. What was " +
      `answered: tickerlock logs show ${shortId(first.jobId)}. Where it denies what was wrong: ` +
      `tickerlock ingest --source ${first.source} ${shellWord(first.ticker)} --accept-restatement`,
  );
}

/** Sessions that are missing and may still come. */
export function checkGaps(gaps: readonly TickerGaps[]): Finding {
  const lacking = gaps.filter(({ open_sessions }) => open_sessions > 0);
  if (lacking.length === 0) return ok("gaps", "no session is missing that may still come");
  const names = lacking.map((each) => `${each.ticker} (${each.source}) ${each.open_sessions}`);
  const message = `${plural(names.length, "ticker")} with missing sessions: ` +
    listed(names, MOST_NAMED);
  const hint = "See which, and how each is filled: tickerlock gaps";
  return wrong("sessions_missing", message, hint);
}

/** Steps that no event explains, of tickers whose events are stored. */
export function checkAdjustment(steps: readonly UnexplainedStep[]): Finding {
  const known = steps.filter(({ has_events, reason }) => has_events || isNotKnown(reason));
  if (known.length === 0) {
    return ok("adjustment", "every event that the exchange has counted is known");
  }
  const tickers = [...new Set(known.map(({ ticker }) => ticker))];
  return wrong(
    "prices_not_adjustable",
    `${plural(tickers.length, "ticker")} with prices that cannot be adjusted before some day: ` +
      listed(tickers, MOST_NAMED),
    "See which day, and why: tickerlock gaps",
  );
}
