import type { CollectorHealth } from "../../src/store/reports.ts";
import { checkCollector } from "../../src/doctor/collector.ts";
import type { Lives } from "../../src/doctor/database.ts";
import type { LockState } from "../../src/lock/mod.ts";
import { assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

function ago(ms: number): string {
  return new Date(NOW - ms).toISOString();
}

const ROW: CollectorHealth = {
  host: "vm",
  pid: 7,
  state: "running",
  task: "prices",
  startedAt: ago(3_600_000),
  heartbeatAt: ago(30_000),
  stoppedAt: null,
};

const LOCK: LockState = {
  name: ".job_running",
  path: "/l/.job_running.lock",
  state: "held",
  holder: {
    pid: 7,
    processStartedAt: ago(3_600_000),
    host: "vm",
    jobId: "r",
    command: "tickerlock collect",
    acquiredAt: ago(3_600_000),
    heartbeatAt: ago(1000),
  },
  stale: false,
  silent: false,
  problem: null,
};

const HERE: Lives = { host: "vm", lockDir: "/l", lives: () => true, jobLock: LOCK };

function found(over: Partial<CollectorHealth>, here: Partial<Lives> = {}) {
  return checkCollector({ ...ROW, ...over }, NOW, { ...HERE, ...here })[0];
}

Deno.test("a collector without a heartbeat is an error, a stopped one is none", () => {
  const level = (over: Partial<CollectorHealth>) => found(over)?.level;
  assertEquals(level({}), "ok");
  assertEquals(level({ heartbeatAt: ago(99_000) }), "ok");
  assertEquals(level({ heartbeatAt: ago(101_000) }), "error");
  assertEquals(level({ heartbeatAt: "soon" }), "error");
  assertEquals(level({ heartbeatAt: ago(101_000), stoppedAt: ago(1), state: "stopped" }), "ok");
  assertEquals(checkCollector(undefined, NOW, HERE), []);
  assertEquals(checkCollector(null, NOW, HERE)[0]?.level, "ok");
  const silent = found({ heartbeatAt: ago(600_000) });
  assertStringIncludes(silent?.message ?? "", "pid 7 on vm (running, prices)");
  assertStringIncludes(silent?.message ?? "", "for 10 min");
});

Deno.test("a collector whose process or lock is gone is dead at once, however fresh its heartbeat", () => {
  const free: LockState = { ...LOCK, state: "free", stale: true };
  const gone = found({}, { lives: () => false, jobLock: free });
  assertEquals(gone?.level, "error");
  assertStringIncludes(gone?.message ?? "", "its process is gone");
  assertStringIncludes(gone?.hint ?? "", "tickerlock collect");
  // Where the process cannot be asked, the lock tells.
  const untold = found({}, { lives: () => null, jobLock: free });
  assertEquals(untold?.level, "error");
  assertStringIncludes(untold?.message ?? "", "its job lock .job_running in /l is free");
  const other = { ...LOCK, holder: LOCK.holder && { ...LOCK.holder, pid: 8 } };
  const taken = found({}, { lives: () => null, jobLock: other });
  assertEquals(taken?.level, "error");
  assertStringIncludes(taken?.message ?? "", "is held by pid 8 (tickerlock collect)");
  // One that lives and beats may have a lock folder that is not the one looked into.
  const elsewhere = found({}, { jobLock: free });
  assertEquals(elsewhere?.level, "warning");
  assertStringIncludes(elsewhere?.hint ?? "", "--lock-dir");
});

Deno.test("of another machine only the heartbeat tells, and of a lock that changes hands nothing", () => {
  const free: LockState = { ...LOCK, state: "free" };
  assertEquals(found({ host: "web2" }, { lives: () => false, jobLock: free })?.level, "ok");
  assertEquals(found({}, { jobLock: null })?.level, "ok");
  assertEquals(found({}, { jobLock: { ...LOCK, holder: null } })?.level, "ok");
});

Deno.test("a collector whose lock is silent is stopped or hung, as the finding of the locks says", () => {
  const holder = LOCK.holder && { ...LOCK.holder, heartbeatAt: ago(69_000) };
  const stopped = found({ heartbeatAt: ago(69_000) }, {
    jobLock: { ...LOCK, holder, silent: true },
  });
  assertEquals(stopped?.level, "warning");
  assertStringIncludes(stopped?.message ?? "", "69 s old: stopped or hung");
  assertStringIncludes(stopped?.hint ?? "", "kill -CONT 7");
  assertNotMatch(stopped?.hint ?? "", /kill 7/);
});
