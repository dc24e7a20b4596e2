/** The collector: its row in the database, its lock and its process have to agree. @module */
import type { CollectorHealth } from "../store/reports.ts";
import { describeHolder, type LockState } from "../lock/mod.ts";
import { endStopped, hasSystemd } from "../platform/services.ts";
import { ageText, isUrl, spanText } from "../base/text.ts";
import { type Lives, livesHere } from "./database.ts";
import { type Finding, ok, wrong } from "./finding.ts";

const CHECK = "collector";
/** Three heartbeats of 30 seconds each, and some. */
const COLLECTOR_SILENT_MS = 100_000;

function restart(): string {
  return `${hasSystemd() ? "systemctl restart tickerlock-collect, or " : ""}tickerlock collect`;
}

function holdsLock({ pid, host }: CollectorHealth, lock: LockState | null): boolean {
  if (lock?.state !== "held") return false;
  return lock.holder === null || (lock.holder.pid === pid && lock.holder.host === host);
}

function deadFinding(
  collector: CollectorHealth,
  who: string,
  fresh: boolean,
  here: Lives,
): Finding | undefined {
  const { jobLock } = here;
  // Who holds a lock is alive, whatever is known here of a process of that number: in a container it has
  // another. A holder without a record may be the collector itself, about to write it.
  if (holdsLock(collector, jobLock)) return undefined;
  // Locks that are files do not hold between machines, and a user may not try each.
  const elsewhere = !isUrl(here.db) && here.host !== "" && collector.host !== here.host;
  if (jobLock === null || jobLock.state === "unusable" || elsewhere) return undefined;
  const { holder, name, state } = jobLock;
  const whose = state === "free" ? "is free" : `is held by ${describeHolder(holder ?? undefined)}`;
  const lock = `its job lock ${name} in ${here.lockDir} ${whose}`;
  if (livesHere(collector, here) === true && fresh) {
    const message = `${who} is alive, but ${lock}: the lock was taken away` +
      (isUrl(here.db) ? "" : ", or is in another folder");
    const hint = isUrl(here.db)
      ? `Start it again: ${restart()}`
      : `Name its folder with --lock-dir. If that is the right one: ${restart()}`;
    return wrong("collector_without_lock", message, hint);
  }
  return wrong(
    "collector_dead",
    `${who} has not said that it stopped, and ${lock}: it was killed`,
    `Start it again: ${restart()}`,
  );
}

/** The collector's heartbeat, lock and process; undefined for a schema without collectors. */
export function checkCollector(
  collector: CollectorHealth | null | undefined,
  nowMs: number,
  here: Lives,
): Finding[] {
  if (collector === undefined) return [];
  if (collector === null) return [ok(CHECK, "none has been started")];
  const { host, pid, state, task, startedAt, heartbeatAt, stoppedAt } = collector;
  const who = `pid ${pid} on ${host}`;
  if (stoppedAt !== null || state === "stopped") {
    return [ok(CHECK, `the last one, ${who}, stopped at ${stoppedAt ?? heartbeatAt}`)];
  }
  const silence = nowMs + (here.jobLock?.clockAheadMs ?? 0) - Date.parse(heartbeatAt);
  const fresh = Math.abs(silence) <= COLLECTOR_SILENT_MS;
  const doing = task === null ? state : `${state}, ${task}`;
  const dead = deadFinding(collector, `${who} (${doing})`, fresh, here);
  if (dead !== undefined) return [dead];
  const { jobLock } = here;
  const end = here.host !== "" && host !== here.host
    ? `look on ${host}`
    : endStopped(jobLock?.path ?? here.db);
  const hung = `To see to it, ${end}. Start it again: ${restart()}`;
  const isHolder = holdsLock(collector, jobLock) && jobLock?.holder !== null;
  if (!fresh && isHolder && jobLock?.silent === false) {
    return [wrong(
      "collector_mute",
      `${who} (${doing}) is alive by its lock ${jobLock.name}, and has noted no heartbeat in the ` +
        `database for ${spanText(Math.abs(silence))}: it cannot write there, or its clock was set`,
      `Its log says why (no heartbeat: …); and look at the database: tickerlock db verify`,
    )];
  }
  if (!fresh) {
    const since = Number.isNaN(silence)
      ? "that can be read"
      : silence < 0
      ? `since the clock was set back: its last one is ${ageText(silence)}`
      : `for ${spanText(silence)}`;
    const message = `${who} (${doing}) has shown no heartbeat ${since}: killed, stopped or hung`;
    return [wrong("collector_silent", message, hung)];
  }
  if (isHolder && jobLock?.silent === true && jobLock.holder !== null) {
    const beat = ageText(nowMs - Date.parse(jobLock.holder.heartbeatAt));
    return [wrong(
      "collector_hung",
      `${who} (${doing}) has the lock ${jobLock.name}, whose last heartbeat is ${beat}: ` +
        "stopped or hung",
      hung,
    )];
  }
  return [ok(CHECK, `${who} since ${startedAt}: ${doing}; heartbeat ${spanText(silence)} ago`)];
}
