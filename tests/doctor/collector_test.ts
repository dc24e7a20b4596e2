import type { CollectorHealth } from "../../src/store/reports.ts";
import { checkCollector } from "../../src/doctor/collector.ts";
import type { Lives } from "../../src/doctor/database.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import type { LockState } from "../../src/lock/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";

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
  clockAheadMs: 0,
  problem: null,
  hint: null,
};

const HERE: Lives = {
  host: "vm",
  db: "x.db",
  lockDir: "/l",
  lives: () => true,
  jobLock: LOCK,
};

/** The lock's holder is not known. */
const UNHELD: Partial<Lives> = { jobLock: null };

type Case = readonly [Partial<CollectorHealth>, Partial<Lives>, Finding["level"], ...RegExp[]];

/** What is found, and what its message and hint have in them. */
function assertFound(cases: readonly Case[]): void {
  for (const [over, here, level, ...patterns] of cases) {
    const [found] = checkCollector({ ...ROW, ...over }, NOW, { ...HERE, ...here });
    assertEquals(found?.level, level, found?.message);
    for (const each of patterns) assertMatch(`${found?.message} ${found?.hint}`, each);
  }
}

Deno.test("a collector without a heartbeat is an error, a stopped one is none", () => {
  assertFound([
    [{}, {}, "ok"],
    [{ heartbeatAt: ago(99_000) }, {}, "ok"],
    [{ heartbeatAt: ago(101_000) }, UNHELD, "error", /kill -9/],
    [{ heartbeatAt: ago(101_000), host: "web2" }, UNHELD, "error", /look on web2/],
    [{ heartbeatAt: ago(-99_000) }, {}, "ok"],
    [
      { heartbeatAt: ago(-7_200_000) },
      UNHELD,
      "error",
      /set back: its last one is 2 h in the future/,
    ],
    [{ heartbeatAt: "soon" }, UNHELD, "error"],
    [{ heartbeatAt: ago(101_000), stoppedAt: ago(1), state: "stopped" }, {}, "ok"],
    [
      { heartbeatAt: ago(600_000) },
      UNHELD,
      "error",
      /pid 7 on vm \(running, prices\).* for 10 min/,
    ],
  ]);
  assertEquals(checkCollector(undefined, NOW, HERE), []);
  assertEquals(checkCollector(null, NOW, HERE)[0]?.level, "ok");
});

Deno.test("a collector whose process or lock is gone is dead at once, however fresh its heartbeat", () => {
  const free: LockState = { ...LOCK, state: "free", stale: true };
  const other = { ...LOCK, holder: LOCK.holder && { ...LOCK.holder, pid: 8 } };
  const untold = { lives: () => null };
  const gone = { lives: () => false, jobLock: free };
  assertFound([
    [{}, gone, "error", /its job lock .* is free: it was killed/, /tickerlock collect/],
    // Where the process cannot be asked, the lock tells.
    [{}, { ...untold, jobLock: free }, "error", /its job lock \.job_running in \/l is free/],
    [{}, { ...untold, jobLock: other }, "error", /is held by pid 8 \(tickerlock collect\)/],
    // One that lives and beats may have a lock folder that is not the one looked into.
    [{}, { jobLock: free }, "warning", /--lock-dir/],
  ]);
});

Deno.test("of another machine only the heartbeat tells, and of a lock that changes hands nothing", () => {
  const free: LockState = { ...LOCK, state: "free" };
  assertFound([
    [{ host: "web2" }, { lives: () => false, jobLock: free }, "ok"],
    [{}, { jobLock: null }, "ok"],
    [{}, { jobLock: { ...LOCK, holder: null } }, "ok"],
  ]);
});

Deno.test("a collector whose lock is silent is stopped or hung, as the finding of the locks says", () => {
  const holder = LOCK.holder && { ...LOCK.holder, heartbeatAt: ago(69_000) };
  const jobLock = { ...LOCK, holder, silent: true };
  const what = [
    /1 min 9 s old: stopped or hung/,
    /job_running\.lock.*kill -CONT/,
    /^(?!.*kill.* 7)/,
  ] as const;
  assertFound([[{ heartbeatAt: ago(69_000) }, { jobLock }, "warning", ...what]]);
});

Deno.test("a lock that this user may not try leaves it to the heartbeat, whatever is known of the process", () => {
  const jobLock: LockState = { ...LOCK, state: "unusable", holder: null };
  assertFound([
    [{}, { lives: () => false, jobLock }, "ok"],
    [{ heartbeatAt: ago(600_000) }, { lives: () => false, jobLock }, "error", /no heartbeat for/],
  ]);
});

Deno.test("a held lock outranks a process of that number, which may be another's or of no one", () => {
  // In a container of the same host name the collector has another number than here.
  assertFound([[{}, { lives: () => false }, "ok"]]);
  const silent = { ...LOCK, silent: true };
  const [hung] = checkCollector(ROW, NOW, { ...HERE, lives: () => false, jobLock: silent });
  assertEquals(hung?.code, "collector_hung");
});

Deno.test("a collector that lives by its lock and notes no heartbeat cannot write", () => {
  const [mute] = checkCollector({ ...ROW, heartbeatAt: ago(600_000) }, NOW, HERE);
  assertEquals(mute?.code, "collector_mute");
  assertMatch(mute?.message ?? "", /is alive by its lock \.job_running.* for 10 min/);
});

Deno.test("a collector whose clock is another is judged by its own", () => {
  assertFound([[{ heartbeatAt: ago(21_600_000) }, {
    jobLock: { ...LOCK, clockAheadMs: -21_590_000 },
  }, "ok"]]);
});
