/**
 * `tickerlock locks`
 *
 * @module
 */
import { closest } from "../closest.ts";
import { locksSettings, type Values } from "../config.ts";
import { EXIT, type ExitCode, UsageError } from "../errors.ts";
import {
  describeHolder,
  type HolderRecord,
  inspectLock,
  listLocks,
  LockBusyError,
  type LockState,
  lockTarget,
  releaseLock,
} from "../lock/mod.ts";
import { endProcess, whoHasOpen } from "../platform/services.ts";
import { parseCommandLine, processEnvironment, refuseUnused } from "./args.ts";
import type { Command } from "./command.ts";
import { beginLog } from "./command_log.ts";
import { type FittedColumn, FittedTable } from "./fitted_table.ts";
import { commandHelp } from "./help.ts";
import { out, outJson } from "./output.ts";
import { tableOptions } from "./terminal.ts";
import { wrapOut } from "./wrap.ts";

type LocksValues = Values<typeof locksSettings>;

const SUBCOMMANDS = ["list", "status", "release"] as const;

function stateWord({ state, stale, silent }: LockState): string {
  if (stale) return "free (stale record)";
  if (silent) return "held (silent)";
  return state;
}

function age(time: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  if (!Number.isFinite(seconds)) return "-";
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

const COLUMNS: readonly FittedColumn<LockState>[] = [
  { title: "LOCK", rank: 0, shrinkTo: 12, cell: ({ name }) => name },
  { title: "STATE", rank: 1, cell: stateWord },
  { title: "PID", rank: 2, align: "right", cell: ({ holder }) => String(holder?.pid ?? "-") },
  {
    title: "STARTED",
    rank: 8,
    shrinkTo: 20,
    cell: ({ holder }) => holder?.processStartedAt || "-",
  },
  { title: "HOST", rank: 6, shrinkTo: 8, cell: ({ holder }) => holder?.host || "-" },
  { title: "JOB", rank: 7, cell: ({ holder }) => holder?.jobId ?? "-" },
  { title: "COMMAND", rank: 4, shrinkTo: 12, cell: ({ holder }) => holder?.command || "-" },
  { title: "SINCE", rank: 5, cell: ({ holder }) => holder?.acquiredAt ?? "-" },
  {
    title: "HEARTBEAT",
    rank: 3,
    align: "right",
    cell: ({ holder }) => holder === null ? "-" : age(holder.heartbeatAt),
  },
];

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

function list(values: LocksValues): ExitCode {
  const all = listLocks({ lockDir: values.lockDir });
  const locks = values.held ? all.filter(({ state }) => state === "held") : all;
  if (values.json) {
    outJson({ lock_dir: values.lockDir, locks: locks.map(lockJson) });
    return EXIT.ok;
  }
  if (locks.length > 0) {
    const table = new FittedTable(COLUMNS, locks, tableOptions(false));
    out(`${table.header()}${table.lines(locks)}\n`);
  }
  const held = locks.filter(({ state }) => state === "held").length;
  const stale = locks.filter((lock) => lock.stale).length;
  out(wrapOut(
    `${locks.length} lock${locks.length === 1 ? "" : "s"} in ${values.lockDir}: ` +
      `${held} held, ${locks.length - held} not held` +
      (stale > 0 ? `, ${stale} with a stale record` : "") + "\n",
  ));
  for (const { name, problem } of locks) {
    if (problem !== null) out(wrapOut(`${name} is unusable: ${problem}\n`, 2));
  }
  return EXIT.ok;
}

function status(name: string, values: LocksValues): ExitCode {
  const lock = inspectLock(name, { lockDir: values.lockDir });
  if (values.json) {
    outJson(lockJson(lock));
  } else if (lock.state === "held") {
    const silent = lock.silent ? "; it has shown no sign of life lately: stopped or hung" : "";
    out(`${lock.name} is held by ${describeHolder(lock.holder ?? undefined)}${silent}\n`);
  } else if (lock.state === "unusable") {
    out(`${lock.name} is unusable: ${lock.problem}\n`);
  } else {
    const stale = lock.stale
      ? `; a stale record is left of ${describeHolder(lock.holder ?? undefined)}`
      : "";
    out(`${lock.name} is free${stale}\n`);
  }
  if (lock.state === "unusable") return EXIT.failed;
  return lock.state === "held" ? EXIT.locked : EXIT.ok;
}

function howToStop(error: LockBusyError): LockBusyError {
  const pid = error.holder?.pid;
  // Only our own runs are fenced; whatever else holds a lock knows nothing of it.
  const hint = pid === undefined
    ? `Find the holder with ${
      whoHasOpen("FILE")
    } on the lock file. If it cannot be stopped, take the lock away ` +
      "with --force: a program other than tickerlock goes on working then."
    : `Stop it with: ${
      endProcess(pid)
    }. If it cannot be stopped, take the lock away with --force: its ` +
      "work is refused then.";
  return new LockBusyError(error.lockName, error.holder, hint);
}

function revokedText(jobs: readonly string[] | undefined, db: string): string {
  if (jobs === undefined) {
    return `there is no database ${db}: no claim was revoked and no audit row written. If its runs ` +
      "have another, name it with --db";
  }
  if (jobs.length === 0) return `no running job was found in ${db}`;
  return `its job(s) can no longer write: ${jobs.join(", ")}`;
}

async function release(name: string, values: LocksValues): Promise<ExitCode> {
  const target = lockTarget(name);
  let jobs: readonly string[] | undefined;
  try {
    const { outcome, holder } = await releaseLock(name, {
      lockDir: values.lockDir,
      force: values.force,
      revoke: async (found) => {
        const { revokeInFile } = await import("../ingest/revoke.ts");
        jobs = await revokeInFile(values.db, target.name, found);
      },
    });
    if (values.json) {
      outJson({
        name: target.name,
        outcome,
        holder: holderJson(holder ?? null),
        revoked_jobs: jobs ?? [],
        audited: jobs !== undefined,
      });
      return EXIT.ok;
    }
    const whose = describeHolder(holder);
    if (outcome === "free") out(`${target.name} is free; there was nothing to release\n`);
    else if (outcome === "cleared") {
      out(`${target.name} was free; cleared the record of ${whose}\n`);
    } else {
      out(`${target.name} was taken from ${whose}; ${revokedText(jobs, values.db)}\n`);
    }
    return EXIT.ok;
  } catch (error) {
    throw error instanceof LockBusyError ? howToStop(error) : error;
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
      return list(values);
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
  return subcommand === "status" ? status(name, values) : await release(name, values);
}

/** `tickerlock locks`. */
export const locksCommand: Command = {
  name: "locks",
  summary: "See who holds which lock, and settle what is stuck",
  description:
    "Shows the locks of a folder. The state always comes from trying the lock, never from its file; " +
    "the holder's record is a hint. status exits with 0 where the lock is free and 75 where it is " +
    "held. release clears what a dead holder left; with --force it takes the lock from a living " +
    "one, whose running job is marked as abandoned and can no longer write. A job's lock is named " +
    "with a leading dot: .job_running.",
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
