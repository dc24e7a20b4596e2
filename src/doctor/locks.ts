/** Held locks whose holder is foreign, stopped or hung. @module */
import { describeHolders } from "../lock/holder.ts";
import { openLockFile } from "../lock/lock_file.ts";
import { describeHolder, type LockState } from "../lock/mod.ts";
import type { Locks } from "../store/store.ts";
import { endStopped, whoHasOpen } from "../platform/services.ts";
import { ageText, listed, otherClock, plural, shellWord } from "../base/text.ts";
import { failed, type Finding, ok, wrong } from "./finding.ts";

const MOST_NAMED = 5;

function heldFinding(lock: LockState, host: string, nowMs: number): Finding[] {
  const { name, path, holder, silent, clockAheadMs } = lock;
  if (holder === null) {
    const message =
      `${name} is held by a program that left no record: not a tickerlock (flock(1), a script)`;
    const hint = `Find it with: ${whoHasOpen(path)}`;
    return [wrong("lock_of_unknown", message, hint)];
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
  if (clockAheadMs !== 0) {
    return [wrong(
      "holder_clock_other",
      `${name} is held by ${who}, whose ${otherClock(clockAheadMs)}`,
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

/** The locks that are held, unusable or stale. @param open For tests. */
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
    return [failed("locks_unreadable", reason, "which locks are held is unknown: ")];
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
