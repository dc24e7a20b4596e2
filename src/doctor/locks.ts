/**
 * Held locks whose holder is foreign, stopped or hung.
 *
 * @module
 */
import { describeHolders } from "../lock/holder.ts";
import { SILENT_AFTER_SECONDS } from "../lock/inspect.ts";
import { openLockFile } from "../lock/lock_file.ts";
import { describeHolder, type LockState } from "../lock/mod.ts";
import type { Locks } from "../store/store.ts";
import { statIfThere } from "../platform/files.ts";
import { endStopped, whoHasOpen } from "../platform/services.ts";
import { ageText, listed, plural, shellWord, spanText } from "../base/text.ts";
import { failed, type Finding, ok, wrong } from "./finding.ts";

/** How many locks a finding names. */
const MOST_NAMED = 5;

/** The holder writes the file every few seconds, and the time of that is of the system. */
const BEATS_WITHIN_MS = SILENT_AFTER_SECONDS * 1000;

/** The record is read before the time of its file: one or two beats can be between. */
const BETWEEN_MS = 15_000;

/**
 * How far the clock of a lock's holder is ahead of the system's, in ms, by what it wrote and when; 0 for
 * what is no difference.
 *
 * @returns Undefined where it has written nothing lately, and where the record is not in the file.
 */
export function holderAheadMs(
  { path, state, holder }: LockState,
  nowMs: number,
): number | undefined {
  if (state !== "held" || holder === null) return undefined;
  const writtenMs = statIfThere(path)?.mtime?.getTime() ?? NaN;
  if (!(Math.abs(nowMs - writtenMs) <= BEATS_WITHIN_MS)) return undefined;
  const aheadMs = Date.parse(holder.heartbeatAt) - writtenMs;
  return Math.abs(aheadMs) <= BETWEEN_MS ? 0 : aheadMs;
}

function heldFinding(lock: LockState, host: string, nowMs: number): Finding[] {
  const { name, path, holder, silent } = lock;
  if (holder === null) {
    return [wrong(
      "lock_of_unknown",
      `${name} is held by a program that left no record: not a tickerlock (flock(1), a script)`,
      `Find it with: ${whoHasOpen(path)}`,
    )];
  }
  const who = describeHolder(holder);
  const release = `tickerlock locks release ${shellWord(name)} --force`;
  if (host !== "" && holder.host !== "" && holder.host !== host) {
    return [wrong(
      "lock_of_other_host",
      `${name} is held by ${who}, and this is ${host}: a container, or another machine that ` +
        "shares the folder",
      "Look there; locks do not hold between machines, so give each a lock folder and a database of " +
        "its own.",
    )];
  }
  const aheadMs = holderAheadMs(lock, nowMs) ?? 0;
  if (aheadMs !== 0) {
    const where = `${spanText(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"}`;
    return [wrong(
      "holder_clock_other",
      `${name} is held by ${who}, whose clock is ${where} this one`,
      "Find out what changes the time there, such as a library in LD_PRELOAD (libfaketime), and start " +
        "it again: its turns and what it notes go by that clock.",
    )];
  }
  if (!silent) return [];
  const age = ageText(nowMs - Date.parse(holder.heartbeatAt));
  return [wrong(
    "lock_silent",
    `${name} is held by ${who}, whose last heartbeat is ${age}: stopped or hung`,
    `To see to it, ${endStopped(path)}. Or take the lock away: ${release}`,
  )];
}

/** Locks that a run of this user could not take, however free: their files are opened as a run does. */
function takingFindings(locks: readonly LockState[], open: typeof openLockFile): Finding[] {
  const refused: { readonly name: string; readonly reason: unknown }[] = [];
  for (const { name, path, state } of locks) {
    try {
      if (state !== "unusable") open(path).file.close();
    } catch (reason) {
      refused.push({ name, reason });
    }
  }
  const [first] = refused;
  if (first === undefined) return [];
  const names = listed(refused.map(({ name }) => name), MOST_NAMED);
  const what = `${plural(refused.length, "lock")} cannot be taken by a run of this user: ${names}`;
  return [failed("lock_not_takable", first.reason, `${what}; `)];
}

/**
 * The locks that are held, unusable or stale.
 *
 * @param host Name of this machine; empty where it cannot be told.
 * @param open For tests. Default as a run opens a lock.
 */
export async function checkLocks(
  from: Pick<Locks, "list">,
  host: string,
  nowMs: number,
  open = openLockFile,
): Promise<Finding[]> {
  let locks: readonly LockState[];
  try {
    locks = await from.list();
  } catch (reason) {
    return [failed("locks_unreadable", reason)];
  }
  const held = locks.filter(({ state }) => state === "held");
  const findings = [
    ...takingFindings(locks, open),
    ...held.flatMap((lock) => heldFinding(lock, host, nowMs)),
    ...locks.filter(({ state }) => state === "unusable").map(({ name, path, problem, hint }) =>
      wrong("lock_unusable", `lock ${name} is unusable: ${problem}`, hint ?? `See to ${path}.`)
    ),
  ];
  if (findings.length > 0) return findings;
  const stale = locks.filter((lock) => lock.stale).length;
  const left = stale === 0
    ? ""
    : `; ${stale} with the record of a run that was killed: the next run overwrites it`;
  const all = plural(locks.length, "lock");
  const by = held.length === 0 ? "" : `: ${describeHolders(held)}`;
  return [ok("locks", `${all}, ${held.length} held by runs that are at work${by}${left}`)];
}
