import type { DatabaseHealth, RunningRow } from "../../src/store/reports.ts";
import {
  checkBackups,
  checkClock,
  checkEngineClock,
  checkHistories,
  checkLastRun,
  checkRememberedFolder,
  checkRunning,
  checkSchema,
  checkWriteAheadLog,
  type Lives,
} from "../../src/doctor/database.ts";
import { whoHasOpen } from "../../src/platform/services.ts";
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

function ago(ms: number): string {
  return new Date(NOW - ms).toISOString();
}

const HEALTH: DatabaseHealth = {
  doubted: [],
  empty: false,
  schemaVersion: 4,
  pending: [],
  triggers: [],
  foreign: [],
  newestAt: ago(60_000),
  walBytes: 0,
  backups: { toCome: [], withoutChecksum: [], leftOver: [] },
  engineAheadMs: 0,
  running: [],
  lastRuns: [],
  wanted: [],
  collector: undefined,
  server: null,
  lockFolder: { folder: null, isOther: false },
};

Deno.test("a schema that is behind is a warning with the command", () => {
  assertEquals(checkSchema("x.db", HEALTH).level, "ok");
  const behind = checkSchema("x.db", { ...HEALTH, pending: ["5 (collectors)"] });
  assertEquals(behind.level, "warning");
  assertStringIncludes(behind.hint ?? "", "tickerlock db migrate --db x.db");
  assertEquals(checkSchema("x.db", { ...HEALTH, empty: true }).level, "warning");
});

Deno.test("a clock behind the newest row, or before the first release, is an error", () => {
  const level = (newestAt: string | null, now = NOW) => checkClock({ newestAt }, now).level;
  assertEquals(level(ago(0)), "ok");
  assertEquals(level(ago(-2000)), "ok");
  assertEquals(level(ago(-2001)), "error");
  assertEquals(level(null), "ok");
  assertEquals(level(null, 0), "error");
  assertStringIncludes(checkClock({ newestAt: ago(-7_200_000) }, NOW).message, "2 h later");
});

Deno.test("a history in doubt is a warning, with the answer and what takes it", () => {
  assertEquals(checkHistories(HEALTH).level, "ok");
  const jobId = "00000001-0000-7000-8000-000000000001";
  const of = { source: "yahoo", jobId } as const;
  const { level, message, hint } = checkHistories({
    doubted: [
      { ...of, ticker: "M&M.NS", history: "contradicted" },
      { ...of, ticker: "PETR4.SA", history: "unmended" },
    ],
  });
  assertEquals(level, "warning");
  assertStringIncludes(
    message,
    "2 tickers with a history in doubt: M&M.NS (yahoo) contradicted, PETR4.SA (yahoo) unmended",
  );
  assertStringIncludes(hint ?? "", "tickerlock logs show 00000001");
  assertStringIncludes(hint ?? "", "ingest --source yahoo 'M&M.NS' --accept-restatement");
});

Deno.test("backups whose time is still to come are a warning of the clock", () => {
  assertEquals(checkBackups(HEALTH), []);
  const [found] = checkBackups({
    backups: { ...HEALTH.backups, toCome: ["b/x-2.db", "b/x-1.db"] },
  });
  assertEquals([found?.check, found?.code], ["clock", "backup_of_future"]);
  assertStringIncludes(found?.message ?? "", "still to come: b/x-2.db and 1 more");
});

Deno.test("backups without a checksum, and what was never finished, are told", () => {
  const odd = (over: Partial<DatabaseHealth["backups"]>) =>
    checkBackups({ backups: { ...HEALTH.backups, ...over } })[0];
  const bare = odd({ withoutChecksum: ["b/x-1.db"] });
  assertEquals([bare?.check, bare?.code], ["backups", "backup_without_checksum"]);
  assertStringIncludes(bare?.message ?? "", "no .sha256 beside it: b/x-1.db");
  const left = odd({ leftOver: ["b/.x-1.db.tickerlock-backup.tmp"] });
  assertEquals([left?.check, left?.code], ["backups", "backup_left_over"]);
});

Deno.test("a clock of SQLite that is not that of the program is an error", () => {
  const found = (engineAheadMs: number) => checkEngineClock({ engineAheadMs });
  assertEquals([...found(2000), ...found(-2000)], []);
  assertEquals(found(-21_600_000).map(({ code }) => code), ["engine_clock_other"]);
  assertStringIncludes(found(-21_600_000)[0]?.message ?? "", "6 h behind that of the program");
});

Deno.test("a write-ahead log that a reader has let grow is a warning", () => {
  const found = (walBytes: number) => checkWriteAheadLog("x.db", { walBytes });
  assertEquals(found(0).level, "ok");
  assertEquals(found(127_000_000).level, "ok");
  const large = found(300_000_000);
  assertEquals([large.check, large.code], ["write_ahead_log", "wal_large"]);
  assertStringIncludes(large.message, "300.0 MB");
  assertStringIncludes(large.hint ?? "", whoHasOpen("x.db"));
});

const HERE: Lives = {
  host: "vm",
  db: "x.db",
  lockDir: "/l",
  lives: () => false,
  jobLock: null,
};

const ROW: RunningRow = {
  id: 1,
  ticker: "PETR4.SA",
  source: "csv",
  host: "vm",
  pid: 4711,
  startedAt: ago(1000),
  locked: true,
};

Deno.test("a run without its lock was killed; one that goes on for hours is stuck", () => {
  const found = (over: Partial<RunningRow>, here: Partial<Lives> = {}) =>
    checkRunning({ running: [{ ...ROW, ...over }] }, NOW, { ...HERE, ...here });
  assertEquals(found({}).map(({ level, message }) => [level, message]), [["ok", "1 at work"]]);
  const [killed] = found({ locked: false });
  assertEquals(killed?.level, "warning");
  assertStringIncludes(killed?.message ?? "", "that run was killed");
  const alive = { lives: () => true };
  const [lost] = found({ locked: false }, alive);
  assertEquals(lost?.level, "warning");
  assertStringIncludes(
    lost?.message ?? "",
    "there is a process 4711, but its lock is free in /l",
  );
  assertStringIncludes(lost?.hint ?? "", whoHasOpen("x.db"));
  // What lives here says nothing of another machine's processes.
  const [far] = found({ locked: false, host: "other" }, alive);
  assertStringIncludes(far?.message ?? "", "that run was killed");
  const [stuck] = found({ startedAt: ago(7 * 3_600_000) });
  assertEquals(stuck?.level, "warning");
  assertStringIncludes(stuck?.message ?? "", "at work for 7 h");
  assertStringIncludes(stuck?.hint ?? "", "tickerlock locks status PETR4.SA");
  assertNotMatch(`${lost?.hint} ${stuck?.hint}`, /4711/);
  assertEquals(checkRunning({ running: [] }, NOW, HERE)[0]?.message, "nothing is at work");
});

Deno.test("the last run is judged by its rows", () => {
  const last = (statuses: Readonly<Record<string, number>>) =>
    checkLastRun("tickerlock.service", {
      runId: "r",
      source: "yahoo",
      startedAt: ago(0),
      statuses,
      error: "http_429: too many requests",
    });
  assertEquals(last({ success: 3, skipped: 1 }).level, "ok");
  assertEquals(last({ lock_busy: 2 }).level, "ok");
  assertEquals(last({ success: 1, failed: 1 }).level, "warning");
  const failed = last({ failed: 2 });
  assertEquals(failed.level, "error");
  assert(failed.message.includes("2 failed; http_429: too many requests"), failed.message);
  assertStringIncludes(failed.hint ?? "", "tickerlock sources test yahoo");
});

Deno.test("another lock folder than the database remembers is an error with both ways out", () => {
  const here = { lockDir: "other/" };
  const found = (lockFolder: DatabaseHealth["lockFolder"]) =>
    checkRememberedFolder("x.db", { lockFolder }, here);
  assertEquals(found({ folder: null, isOther: false }), []);
  const folder = { host: "vm", path: "/srv/locks", since: ago(1000) };
  assertEquals(found({ folder, isOther: false }).map(({ level }) => level), ["ok"]);
  const [other] = found({ folder, isOther: true });
  assertEquals([other?.check, other?.level], ["lock_folder", "error"]);
  assertStringIncludes(other?.message ?? "", "other/ is not that of x.db");
  assertStringIncludes(other?.hint ?? "", "--lock-dir /srv/locks.");
  assertStringIncludes(other?.hint ?? "", "locks adopt --db x.db --lock-dir other/");
});
