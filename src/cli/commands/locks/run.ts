import { lockPlace, openLocks } from "../../../store/open.ts";
import type { Locks } from "../../../store/store.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import {
  describeHolder,
  type HolderRecord,
  LockBusyError,
  type LockState,
  lockTarget,
} from "../../../lock/mod.ts";
import { endProcess, endStopped, showProcess, whoHasOpen } from "../../../platform/services.ts";
import { grouped, isUrl, listed, otherClock, plural, spanText } from "../../../base/text.ts";
import { StopSignals } from "../../process/signals.ts";
import { checkOlderThan, conflict, unused } from "../../args/parsers.ts";
import { type Column, renderTable } from "../../output/table.ts";
import { localTime, localZone, withZonedTimes } from "../../output/time.ts";
import type { Actions, Invocation } from "../../command.ts";
import type { locksSettings, spec } from "./spec.ts";
import { levelColor, tableOptions } from "../../output/terminal.ts";
import { outWrapped } from "../../output/wrap.ts";

function stateWord({ state, stale, silent }: LockState): string {
  if (stale) return "free (stale record)";
  if (silent) return "held (silent)";
  return state;
}

function age(time: string, clockAheadMs: number): string {
  const ms = Math.max(0, Date.now() + clockAheadMs - Date.parse(time));
  return Number.isFinite(ms) ? `${spanText(ms)} ago` : "-";
}

function stateColor({ state, silent }: LockState): string | undefined {
  if (state === "free") return undefined;
  if (state === "unusable") return levelColor("error");
  return levelColor(silent ? "warning" : "ok");
}

const COLUMNS: readonly Column<LockState>[] = [
  { title: "LOCK", rank: 0, shrinkTo: 12, cell: ({ name }) => name },
  { title: "STATE", rank: 1, cell: stateWord, sgr: stateColor },
  { title: "PID", rank: 2, align: "right", cell: ({ holder }) => String(holder?.pid ?? "-") },
  {
    title: "STARTED",
    rank: 8,
    shrinkTo: 20,
    cell: ({ holder }) => localTime(holder?.processStartedAt || null),
  },
  { title: "HOST", rank: 6, shrinkTo: 8, cell: ({ holder }) => holder?.host || "-" },
  { title: "JOB", rank: 7, cell: ({ holder }) => holder?.jobId ?? "-" },
  { title: "COMMAND", rank: 4, shrinkTo: 12, cell: ({ holder }) => holder?.command || "-" },
  { title: "SINCE", rank: 5, cell: ({ holder }) => localTime(holder?.acquiredAt ?? null) },
  {
    title: "HEARTBEAT",
    rank: 3,
    align: "right",
    cell: ({ holder, clockAheadMs }) =>
      holder === null ? "-" : age(holder.heartbeatAt, clockAheadMs),
  },
];

type LocksCall = Invocation<typeof locksSettings>;

function holderText(holder: HolderRecord | null | undefined): string {
  return withZonedTimes(describeHolder(holder ?? undefined));
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
  const { name, path, state, stale, silent, holder, problem, hint } = lock;
  return { name, path, state, stale, silent, holder: holderJson(holder), problem, hint };
}

function unusableText({ name, problem, hint }: LockState): string {
  return `${name} is unusable: ${problem}\nTry: ${hint}\n`;
}

/** Refuses a file, whose locks are in a folder that it does not name. */
function checkDb({ values: { db }, origins }: LocksCall): void {
  if (origins.db !== "option" || isUrl(db)) return;
  const hint =
    "Leave --db out, and name the folder with --lock-dir; --db is for a database on a server.";
  throw unused("--db", `the locks of ${db} are files of the folder of locks`, hint, { db });
}

function checkList(call: LocksCall): void {
  const { held, all } = call.values;
  if (held && all) throw conflict("--held", "--all", "Leave one of them out.");
  checkDb(call);
}

/** Tells of a folder that is not the one that the database's runs have their locks in. */
async function noteOtherFolder(locks: Locks, io: LocksCall["io"]): Promise<void> {
  try {
    await locks.checkFolder();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.note(error.message);
  }
}

async function list({ values, io }: LocksCall): Promise<void> {
  const store = await openLocks(values.db, values.lockDir);
  const there = await store.list();
  await noteOtherFolder(store, io);
  const locks = there.filter(({ state, stale }) =>
    values.all || state === "held" || (!values.held && (stale || state === "unusable"))
  );
  const hidden = there.length - locks.length;
  if (values.json) {
    const lock_dir = isUrl(values.db) ? null : values.lockDir;
    return io.outJson({ lock_dir, locks: locks.map(lockJson), hidden });
  }
  if (locks.length > 0) io.out(`${renderTable(COLUMNS, locks, tableOptions(io, values.wide))}\n`);
  const counted = (state: LockState["state"]): number =>
    there.filter((lock) => lock.state === state).length;
  const stale = there.filter((lock) => lock.stale).length;
  const unusable = counted("unusable");
  outWrapped(
    io,
    `${plural(there.length, "lock")} in ${lockPlace(values.db, values.lockDir)}: ` +
      `${grouped(counted("held"))} held, ${grouped(counted("free"))} not held` +
      (unusable > 0 ? `, ${grouped(unusable)} that cannot be tried` : "") +
      (stale > 0 ? `, ${grouped(stale)} with a stale record` : "") +
      (hidden > 0 ? `; ${grouped(hidden)} not shown, see --all` : "") +
      (locks.some(({ holder }) => holder !== null) ? `; times in ${localZone()}` : "") + "\n",
  );
  for (const lock of locks) {
    if (lock.problem !== null) outWrapped(io, unusableText(lock), 2);
  }
}

async function status({ values, io, operands: [name = ""] }: LocksCall): Promise<ExitCode> {
  const store = await openLocks(values.db, values.lockDir);
  const lock = await store.status(name);
  await noteOtherFolder(store, io);
  const say = (text: string): void => outWrapped(io, `${text}\n`, 2);
  if (values.json) {
    io.outJson(lockJson(lock));
  } else if (lock.state === "held") {
    const stopped = "; it has shown no sign of life lately: stopped or hung. To see to it, ";
    const more = lock.silent
      ? stopped + endStopped(lock.path)
      : lock.clockAheadMs === 0
      ? ""
      : `; it is at work, and its ${otherClock(lock.clockAheadMs)}`;
    say(`${lock.name} is held by ${holderText(lock.holder)}${more}`);
  } else if (lock.state === "unusable") {
    outWrapped(io, unusableText(lock), 2);
  } else {
    const left = lock.stale ? `; a stale record is left of ${holderText(lock.holder)}` : "";
    say(`${lock.name} is free${left}`);
  }
  const isPlain = isUrl(values.db) || lock.path.endsWith(`${lock.name}.lock`);
  if (!values.json && !isPlain) io.out(`Its file is ${lock.path}\n`);
  if (lock.state === "unusable") return EXIT.failed;
  return lock.state === "held" ? EXIT.locked : EXIT.ok;
}

function howToStop(error: LockBusyError, { path, silent }: LockState): LockBusyError {
  // Only runs of tickerlock are fenced; another program that holds a lock knows nothing of it.
  const hint = error.holder === undefined
    ? `Find the holder with ${whoHasOpen(path)}. If it cannot be stopped, take the lock away ` +
      "with --force: a program other than tickerlock goes on working then."
    : silent
    ? `It is stopped or hung: ${endStopped(path)}. If it cannot be ended, take the lock away ` +
      "with --force: its work is refused then."
    : `It is at work: let it finish, or, to stop it, ${endProcess(path)}.`;
  return new LockBusyError(error.lockName, error.holder, hint);
}

/** What is to be looked into where a lock was taken from a run and no claim of it was revoked. */
function unrevokedText({ pid, jobId }: HolderRecord, db: string): string {
  return `no claim was revoked: ${db} has no running row of job ${jobId}. If that run works on another ` +
    `database (--db), it goes on there until it notices; see ${showProcess(pid)}`;
}

const MOST_JOBS = 3;

function revokedText(jobs: readonly string[] | null, db: string): string {
  if (jobs === null) {
    return `there is no database ${db}: no claim was revoked and no audit row written. If its runs ` +
      "have another, name it with --db";
  }
  if (jobs.length === 0) return `no running job was found in ${db}`;
  const whose = jobs.length === 1 ? "its job" : `its ${plural(jobs.length, "job")}`;
  return `${whose} can no longer write: ${listed(jobs, MOST_JOBS)}`;
}

async function release({ values, io, operands: [name = ""] }: LocksCall): Promise<void> {
  const target = lockTarget(name);
  const locks = await openLocks(values.db, values.lockDir);
  try {
    const { outcome, holder, revokedJobs: jobs } = await locks.release(name, values.force);
    await noteOtherFolder(locks, io);
    if (outcome === "revoked" && holder?.jobId && jobs?.length === 0) {
      io.note(unrevokedText(holder, values.db));
    }
    if (values.json) {
      return io.outJson({
        name: target.name,
        outcome,
        holder: holderJson(holder ?? null),
        revoked_jobs: jobs ?? [],
        audited: jobs !== null,
      });
    }
    const whose = holderText(holder);
    const said = {
      free: "is free; there was nothing to release",
      cleared: `was free; cleared the record of ${whose}`,
      revoked: `was taken from ${whose}; ${revokedText(jobs, values.db)}`,
    };
    outWrapped(io, `${target.name} ${said[outcome]}\n`, 2);
  } catch (error) {
    if (!(error instanceof LockBusyError)) throw error;
    throw howToStop(error, await locks.status(name));
  }
}

async function adopt({ values, io }: LocksCall): Promise<void> {
  const { db } = values;
  const { host, path, previous } = await (await openLocks(db, values.lockDir)).adopt();
  if (values.json) {
    return io.outJson({ db, host, lock_dir: path, previous: previous?.path ?? null });
  }
  const before = previous === null
    ? "none was remembered before"
    : previous.path === path
    ? "as before"
    : `before: ${previous.path}`;
  io.out(`the runs on ${db} on ${host} have their locks in ${path}; ${before}\n`);
}

async function prune({ values, io }: LocksCall): Promise<void> {
  const { lockDir, olderThan, dryRun } = values;
  const { pruneLocks } = await import("../../../lock/prune.ts");
  using signals = new StopSignals();
  const beforeMs = Date.parse(olderThan ?? "");
  const { removed, kept } = await pruneLocks({ lockDir, beforeMs, dryRun, signal: signals.signal });
  if (values.json) {
    return io.outJson({ lock_dir: lockDir, older_than: olderThan, dry_run: dryRun, removed, kept });
  }
  const what = dryRun ? "would be removed" : "removed";
  outWrapped(
    io,
    `${plural(removed.length, "lock file")} ${what} in ${lockDir}; ${grouped(kept)} kept: used ` +
      `since ${localTime(olderThan)}, held, or not to be tried\n`,
    2,
  );
}

function checkName({ operands: [name = ""] }: LocksCall): void {
  lockTarget(name);
}

/** What `tickerlock locks` does. */
export const actions: Actions<typeof spec> = {
  list: { check: checkList, run: list },
  status: {
    check: (call) => {
      checkName(call);
      checkDb(call);
    },
    run: status,
  },
  release: { check: checkName, run: release },
  adopt: { run: adopt },
  prune: { check: ({ values }) => checkOlderThan("locks prune", values.olderThan), run: prune },
};
