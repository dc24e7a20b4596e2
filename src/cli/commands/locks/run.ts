/**
 * `tickerlock locks`
 *
 * @module
 */
import { closest } from "../../../base/closest.ts";
import { locksSettings, type Values } from "../../args/config.ts";
import { openLocks } from "../../../store/open.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import {
  describeHolder,
  type HolderRecord,
  LockBusyError,
  type LockState,
  lockTarget,
} from "../../../lock/mod.ts";
import { endProcess, endStopped, showProcess, whoHasOpen } from "../../../platform/services.ts";
import { parseCommandLine, processEnvironment, refuseUnused } from "../../args/parse.ts";
import type { Command } from "../../command.ts";
import { beginLog } from "../../log/begin.ts";
import { plural } from "../../../base/text.ts";
import { renderTable } from "../../output/table.ts";
import { commandHelp } from "../../args/help.ts";
import { localZone, withLocalTimes } from "../../output/time.ts";
import { LOCK_COLUMNS } from "./table.ts";
import { note, out, outJson } from "../../output/streams.ts";
import { tableOptions } from "../../output/terminal.ts";
import { wrapOut } from "../../output/wrap.ts";

type LocksValues = Values<typeof locksSettings>;

const SUBCOMMANDS = ["list", "status", "release"] as const;

/** Who holds a lock, in one phrase with the local time and its zone. */
function holderText(holder: HolderRecord | undefined): string {
  const text = withLocalTimes(describeHolder(holder));
  return holder === undefined ? text : `${text} (${localZone()})`;
}

function holderJson(holder: HolderRecord | null): Record<string, unknown> | null {
  return holder && {
    pid: holder.pid,
    process_started_at: holder.processStartedAt,
    host: holder.host,
    job_id: holder.jobId,
    command: holder.command,
    acquired_at: holder.acquiredAt,
    heartbeat_at: holder.heartbeatAt,
  };
}

function lockJson(lock: LockState): Record<string, unknown> {
  const { name, path, state, stale, silent, holder, problem } = lock;
  return { name, path, state, stale, silent, holder: holderJson(holder), problem };
}

async function list(values: LocksValues): Promise<ExitCode> {
  const all = await (await openLocks(values.db, values.lockDir)).list();
  const locks = values.held ? all.filter(({ state }) => state === "held") : all;
  if (values.json) {
    outJson({ lock_dir: values.lockDir, locks: locks.map(lockJson) });
    return EXIT.ok;
  }
  if (locks.length > 0) out(`${renderTable(LOCK_COLUMNS, locks, tableOptions())}\n`);
  const held = locks.filter(({ state }) => state === "held").length;
  const stale = locks.filter((lock) => lock.stale).length;
  out(wrapOut(
    `${plural(locks.length, "lock")} in ${values.lockDir}: ` +
      `${held} held, ${locks.length - held} not held` +
      (stale > 0 ? `, ${stale} with a stale record` : "") +
      (locks.some(({ holder }) => holder !== null) ? `; times in ${localZone()}` : "") + "\n",
  ));
  for (const { name, problem } of locks) {
    if (problem !== null) out(wrapOut(`${name} is unusable: ${problem}\n`, 2));
  }
  return EXIT.ok;
}

async function status(name: string, values: LocksValues): Promise<ExitCode> {
  const lock = await (await openLocks(values.db, values.lockDir)).status(name);
  if (values.json) {
    outJson(lockJson(lock));
  } else if (lock.state === "held") {
    const silent = lock.silent && lock.holder !== null
      ? "; it has shown no sign of life lately: stopped or hung: " +
        endStopped(lock.holder.pid)
      : "";
    out(`${lock.name} is held by ${holderText(lock.holder ?? undefined)}${silent}\n`);
  } else if (lock.state === "unusable") {
    out(`${lock.name} is unusable: ${lock.problem}\n`);
  } else {
    const stale = lock.stale
      ? `; a stale record is left of ${holderText(lock.holder ?? undefined)}`
      : "";
    out(`${lock.name} is free${stale}\n`);
  }
  if (lock.state === "unusable") return EXIT.failed;
  return lock.state === "held" ? EXIT.locked : EXIT.ok;
}

function howToStop(error: LockBusyError, silent: boolean): LockBusyError {
  const pid = error.holder?.pid;
  // Only our own runs are fenced; whatever else holds a lock knows nothing of it.
  const hint = pid === undefined
    ? `Find the holder with ${
      whoHasOpen("FILE")
    } on the lock file. If it cannot be stopped, take the lock away ` +
      "with --force: a program other than tickerlock goes on working then."
    : `${
      silent
        ? `It is stopped or hung: ${endStopped(pid)}`
        : `Stop it with: ${endProcess(pid)} (kill -9 ${pid} where it is stopped or hung)`
    }. If it cannot be ended, take the lock away with --force: its work is refused then.`;
  return new LockBusyError(error.lockName, error.holder, hint);
}

/** What is to be looked into where a lock was taken from a run and no claim of it was revoked. */
function unrevokedText({ pid, jobId }: HolderRecord, db: string): string {
  return `no claim was revoked: ${db} has no running row of job ${jobId}. If that run works on another ` +
    `database (--db), it goes on there until it notices; see ${showProcess(pid)}`;
}

function revokedText(jobs: readonly string[] | null, db: string): string {
  if (jobs === null) {
    return `there is no database ${db}: no claim was revoked and no audit row written. If its runs ` +
      "have another, name it with --db";
  }
  if (jobs.length === 0) return `no running job was found in ${db}`;
  return `its job(s) can no longer write: ${jobs.join(", ")}`;
}

async function release(name: string, values: LocksValues): Promise<ExitCode> {
  const target = lockTarget(name);
  const locks = await openLocks(values.db, values.lockDir);
  try {
    const { outcome, holder, revokedJobs: jobs } = await locks.release(name, values.force);
    if (outcome === "revoked" && holder?.jobId && jobs?.length === 0) {
      note(unrevokedText(holder, values.db));
    }
    if (values.json) {
      outJson({
        name: target.name,
        outcome,
        holder: holderJson(holder ?? null),
        revoked_jobs: jobs ?? [],
        audited: jobs !== null,
      });
      return EXIT.ok;
    }
    const whose = holderText(holder);
    if (outcome === "free") out(`${target.name} is free; there was nothing to release\n`);
    else if (outcome === "cleared") {
      out(`${target.name} was free; cleared the record of ${whose}\n`);
    } else {
      out(`${target.name} was taken from ${whose}; ${revokedText(jobs, values.db)}\n`);
    }
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof LockBusyError)) throw error;
    throw howToStop(error, (await locks.status(name)).silent);
  }
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommandLine(args, locksSettings, processEnvironment, 2);
  const { values, origins, operands, help } = parsed;
  if (help) {
    out(commandHelp(locksCommand, operands[0]));
    return EXIT.ok;
  }
  const [subcommand = "list", name] = operands;
  if (subcommand !== "list" && subcommand !== "status" && subcommand !== "release") {
    const near = closest(subcommand, SUBCOMMANDS);
    throw new UsageError("unknown_command", `unknown command "locks ${subcommand}"`, {
      hint: near === undefined ? `Use one of: ${SUBCOMMANDS.join(", ")}.` : `Did you mean ${near}?`,
    });
  }
  refuseUnused("locks", subcommand, locksSettings, origins);
  if (subcommand === "list") {
    if (name === undefined) {
      await beginLog("locks list", parsed);
      return await list(values);
    }
    throw new UsageError("unexpected_argument", `locks list takes no name: ${name}`, {
      hint: `For one lock: tickerlock locks status ${name}`,
    });
  }
  if (name === undefined) {
    throw new UsageError("missing_name", `locks ${subcommand} needs the name of a lock`, {
      hint: "Name a ticker, or a job with a leading dot such as .job_running.",
    });
  }
  lockTarget(name);
  await beginLog(`locks ${subcommand}`, parsed);
  return subcommand === "status" ? await status(name, values) : await release(name, values);
}

/** `tickerlock locks`. */
export const locksCommand: Command = {
  name: "locks",
  summary: "See who holds which lock, and settle what is stuck",
  description:
    "Shows the locks of a folder. The state always comes from trying the lock, never from its file; " +
    "the holder's record is a hint. status exits with 0 where the lock is free and 75 where it is " +
    "held. release clears what a dead holder left; with --force it takes the lock from a living " +
    "one, whose running job is marked as abandoned and can no longer write; where the database that " +
    "--db names is not there, the lock stays with its run (exit code 1), and where it knows of no " +
    "such job, that is told on standard error. A job's lock is named with a leading dot: .job_running.",
  usage: [
    "list [--held] [--json] [--lock-dir DIR]",
    "status NAME [--json] [--lock-dir DIR]",
    "release NAME [--force] [--json] [--lock-dir DIR] [--db PATH]",
  ],
  subcommands: [
    { name: "list", summary: "Every lock of the folder, and who holds it", isDefault: true },
    { name: "status", summary: "How one lock stands", completes: "lock" },
    { name: "release", summary: "Clear what a dead holder left", completes: "lock" },
  ],
  settings: locksSettings,
  examples: [
    { line: "tickerlock locks list --held", what: "Who works on what right now" },
    { line: "tickerlock locks status PETR4.SA", what: "Is one ticker locked? (exit code 0 or 75)" },
    {
      line: "tickerlock locks release PETR4.SA --force",
      what: "Take the lock from a run that hangs, without letting it write any more",
    },
  ],
  run,
};
