import { checkCertificates } from "../../src/doctor/certificates.ts";
import { checkCollector } from "../../src/doctor/collector.ts";
import {
  checkAdjustment,
  checkBackups,
  checkClock,
  checkEngineClock,
  checkForeignObjects,
  checkGaps,
  checkHistories,
  checkLastRun,
  checkRememberedFolder,
  checkRunning,
  checkSchema,
  checkWriteAheadLog,
  type Lives,
} from "../../src/doctor/database.ts";
import {
  checkSource,
  checkUserAgent,
  diagnose,
  type DiagnoseOptions,
  versions,
} from "../../src/doctor/diagnose.ts";
import { checkDisk, type Statfs } from "../../src/doctor/disk.ts";
import { checkServer } from "../../src/doctor/server.ts";
import { type Code, type Finding, FINDINGS } from "../../src/doctor/finding.ts";
import { checkLocks } from "../../src/doctor/locks.ts";
import {
  checkBackupFolder,
  checkDatabaseFile,
  checkLockFolder,
  checkSpillFile,
} from "../../src/doctor/places.ts";
import { thisUser } from "../../src/platform/owners.ts";
import { checkUnits, folderFindings, type UnitContext } from "../../src/doctor/units.ts";
import { LockError, type LockState } from "../../src/lock/mod.ts";
import { yahoo } from "../../src/sources/yahoo/source.ts";
import { StoreError } from "../../src/store/errors.ts";
import { openCare, openLocks, openReports } from "../../src/store/open.ts";
import type { CollectorHealth, DatabaseHealth, ServerHealth } from "../../src/store/reports.ts";
import type { FoundService } from "../../src/systemd/read.ts";
import { assertEquals } from "../assert.ts";
import { inSpace } from "../cli/in_process.ts";
import { prepared } from "../e2e/prepared.ts";
import { projectPath } from "../e2e/program.ts";
import type { Workspace } from "../e2e/workspace.ts";
import { AUTHORITY } from "../fake/certificates.ts";
import { has } from "../system.ts";

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
  lockFolder: { folder: null, isOther: false },
  server: null,
};

const SERVER: ServerHealth = {
  version: "15.1",
  major: 15,
  encrypted: true,
  remote: true,
  pooled: false,
  aheadMs: 0,
  readOnly: false,
  notWritable: [],
  canMigrate: true,
  statementTimeoutMs: 0,
  freeConnections: 50,
};

const HOLDER = {
  pid: 7,
  processStartedAt: ago(3_600_000),
  host: "vm",
  jobId: "r",
  command: "tickerlock collect",
  acquiredAt: ago(3_600_000),
  heartbeatAt: ago(1000),
};

const LOCK: LockState = {
  name: ".job_running",
  path: "/surely/not/here/.job_running.lock",
  state: "held",
  holder: HOLDER,
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

const ROW: CollectorHealth = {
  host: "vm",
  pid: 7,
  state: "idle",
  task: null,
  startedAt: ago(3_600_000),
  heartbeatAt: ago(1000),
  stoppedAt: null,
};

const RUN = { id: 1, ticker: "A", source: "csv", host: "vm", pid: 7, startedAt: ago(0) } as const;

/** A case: what is found where exactly one thing is wrong. */
type Find = (space: Workspace) => readonly Finding[] | Promise<readonly Finding[]>;

function collector(over: Partial<CollectorHealth>, here: Partial<Lives> = {}): Find {
  return () => checkCollector({ ...ROW, ...over }, NOW, { ...HERE, ...here });
}

function running(over: object, here: Partial<Lives> = {}): Find {
  return () =>
    checkRunning({ running: [{ ...RUN, locked: true, ...over }] }, NOW, { ...HERE, ...here });
}

function lastRun(statuses: Readonly<Record<string, number>>): Find {
  const run = { runId: "r", source: "csv", startedAt: ago(0), statuses, error: "x: y" };
  return () => [checkLastRun("csv", run)];
}

function backups(over: Partial<DatabaseHealth["backups"]>): Find {
  return () => checkBackups({ backups: { ...HEALTH.backups, ...over } });
}

function disk(over: Partial<Statfs>): Find {
  const found = { type: 0xef53, bsize: 4096, bavail: 1e9, files: 1e6, ffree: 1e6, ...over };
  return () => checkDisk("database", "x", "/", () => found, "linux");
}

function locks(over: Partial<LockState>): Find {
  return () =>
    checkLocks(
      { list: () => Promise.resolve([{ ...LOCK, ...over }]) },
      "vm",
      NOW,
      (path) => ({
        file: Deno.openSync("/dev/null"),
        ino: 1,
        dev: 1,
        birthtime: null,
        names: 1,
        path,
      }),
    );
}

const SERVICE: FoundService = {
  name: "tickerlock.service",
  path: "/u/tickerlock.service",
  scope: "system",
  mark: "untouched",
  byTimer: true,
  hasTimer: true,
  commands: [],
  enabled: ["tickerlock.timer"],
};

const CONTEXT: UnitContext = {
  db: "/srv/x.db",
  lockDir: "/srv/locks",
  readTickers: () => [],
  readPlaces: () => ({}),
  nowMs: NOW,
};

function unit(words: readonly string[], over: Partial<UnitContext> = {}): Find {
  const commands = [{ unit: "tickerlock.service", words, environment: {} }];
  return () => checkUnits([{ ...SERVICE, commands }], { ...CONTEXT, ...over });
}

function service(over: Partial<FoundService>): Find {
  return () => checkUnits([{ ...SERVICE, ...over }], CONTEXT);
}

function refuse(cause?: unknown): () => never {
  return () => {
    throw new Error("it cannot be read", { cause });
  };
}

/** All that is found on a sound machine but for what is put in place of something. */
function machine(over: (options: DiagnoseOptions) => Partial<DiagnoseOptions>): Find {
  return async ({ db, lockDir, path }) => {
    await using reports = await openReports(db);
    await using care = await openCare(db);
    const options: DiagnoseOptions = {
      versions: versions("3.50.0"),
      db,
      reports,
      care,
      locks: await openLocks(db, lockDir),
      lockDir,
      host: "",
      unitFolders: [{ path: `${path}/units`, scope: "system" }],
      user: { home: null, config: null },
      readTickers: () => Promise.resolve([]),
      readPlaces: () => ({}),
      readCalendar: () => Promise.resolve({}),
      nowMs: Date.now(),
    };
    return await diagnose({ ...options, ...over(options) });
  };
}

/** What the command finds. */
function command(env: Readonly<Record<string, string>>, ...args: readonly string[]): Find {
  return async (space) => {
    const words = ["doctor", "--offline", "--json", "--unit-dir", "units", ...args];
    const { stdout } = await inSpace(space, words, { env });
    return (JSON.parse(stdout) as { findings: Finding[] }).findings;
  };
}

function certificates(day: string, text = AUTHORITY): Find {
  return (space) => checkCertificates(space.write("ca.pem", text), Date.parse(day));
}

const ME = thisUser();
const ANOTHER = 4711;

/** Of files that have owners and modes: a place with a mode of its own, as a user sees it. */
function place(
  check: (path: string, uid: number | null) => readonly Finding[],
  name: (space: Workspace) => string,
  mode: number,
  uid = ME,
): Find {
  return (space) => {
    Deno.chmodSync(name(space), mode);
    return check(name(space), uid);
  };
}

const database = (space: Workspace): string => space.db;
const lockFolder = (space: Workspace): string => {
  Deno.mkdirSync(space.lockDir, { recursive: true });
  return space.lockDir;
};
const spillFile = (space: Workspace): string => space.write("prices.db.spill.ndjson", "");
const checkSpill = (path: string, uid: number | null): readonly Finding[] =>
  checkSpillFile(path.replace(".spill.ndjson", ""), uid);

const EACH: Readonly<Record<Code, Find>> = {
  bad_setting: command({ INGEST_LOCK_MODE: "maybe" }),
  configuration_bad: command({ TICKERLOCK_CONFIG: "nowhere.json" }),
  deno_too_old: machine((options) => ({ versions: { ...options.versions, deno: "2.6.9" } })),
  database_missing: ({ path }) => checkDatabaseFile(`${path}/none.db`, ME),
  database_not_writable: machine(({ care, db }) => ({
    care: { ...care, tryWriting: () => Promise.reject(new StoreError("db_readonly", "no", db)) },
  })),
  database_mounted_alone: ({ db }) =>
    checkDatabaseFile(db, ME, () => {
      throw Object.assign(new Error("Invalid cross-device link"), { code: "EXDEV" });
    }),
  database_unusable: ({ path }) => checkDatabaseFile(`${path}/x.txt/x.db`, ME),
  database_foreign: place(checkDatabaseFile, database, 0o600, ANOTHER),
  database_open_to_others: place(checkDatabaseFile, database, 0o644),
  lock_folder_unusable: ({ path }) => checkLockFolder(`${path}/x.txt`, ME),
  lock_folder_foreign: place(checkLockFolder, lockFolder, 0o755, ANOTHER),
  lock_folder_open_to_others: place(checkLockFolder, lockFolder, 0o777),
  locks_open_to_others: place(
    checkLockFolder,
    (space) => {
      const path = lockFolder(space);
      Deno.writeTextFileSync(`${path}/A.lock`, "");
      Deno.chmodSync(`${path}/A.lock`, 0o644);
      return path;
    },
    0o755,
  ),
  lock_folder_other: () => {
    const folder = { host: "vm", path: "/srv/locks", since: ago(1000) };
    return checkRememberedFolder("x.db", { lockFolder: { folder, isOther: true } }, HERE);
  },
  spill_file_unusable: (space) => {
    Deno.mkdirSync(`${space.db}.spill.ndjson`);
    return checkSpillFile(space.db, ME);
  },
  spill_file_foreign: place(checkSpill, spillFile, 0o600, ANOTHER),
  spill_file_open_to_others: place(checkSpill, spillFile, 0o644),
  rows_wait: (space) => {
    Deno.writeTextFileSync(`${space.db}.spill.ndjson`, "{}\n", { mode: 0o600 });
    return checkSpillFile(space.db, ME);
  },
  network_file_system: disk({ type: 0x6969 }),
  doubtful_file_system: disk({ type: 0x65735546 }),
  unknown_file_system: disk({ type: 0xabc }),
  database_in_memory: disk({ type: 0x01021994 }),
  file_system_untold: () => checkDisk("database", "x", "/", refuse()),
  little_space: disk({ bavail: 200_000 }),
  no_space: disk({ bavail: 20_000 }),
  few_files: disk({ ffree: 999 }),
  database_unreadable: async (space) => {
    Deno.writeTextFileSync(space.db, "no database, but as long as one".repeat(100));
    return await machine(() => ({}))(space);
  },
  server_old: () => checkServer({ ...SERVER, major: 12 }),
  server_unprotected: () => checkServer({ ...SERVER, encrypted: false }),
  server_clock_other: () => checkServer({ ...SERVER, aheadMs: -6000 }),
  server_read_only: () => checkServer({ ...SERVER, readOnly: true }),
  server_no_right: () => checkServer({ ...SERVER, notWritable: ["prices"] }),
  server_short_timeout: () => checkServer({ ...SERVER, statementTimeoutMs: 1000 }),
  server_few_connections: () => checkServer({ ...SERVER, freeConnections: 3 }),
  no_tables: () => [checkSchema("x.db", { ...HEALTH, empty: true })],
  schema_trigger: () => checkForeignObjects("x.db", { ...HEALTH, triggers: ["trigger zero"] }),
  schema_foreign: () => checkForeignObjects("x.db", { ...HEALTH, foreign: ["view v"] }),
  schema_old: () => [checkSchema("x.db", { ...HEALTH, pending: ["5 (collectors)"] })],
  wal_large: () => [checkWriteAheadLog("x.db", { walBytes: 200e6 })],
  clock_wrong: () => [checkClock({ newestAt: ago(-7_200_000) }, NOW)],
  engine_clock_other: () => checkEngineClock({ engineAheadMs: 5000 }),
  holder_clock_other: locks({ clockAheadMs: -21_600_000 }),
  backup_of_future: backups({ toCome: ["b"] }),
  backup_folder_unusable: (space) => checkBackupFolder(space.write("backups", "")),
  backup_without_checksum: backups({ withoutChecksum: ["b"] }),
  backup_left_over: backups({ leftOver: ["b"] }),
  run_untold: running({ locked: null }, { lives: () => false }),
  run_killed: running({ locked: false }, { lives: () => false }),
  run_without_lock: running({ locked: false }),
  run_stuck: running({ startedAt: ago(7 * 3_600_000) }),
  collector_dead: collector({}, { jobLock: { ...LOCK, state: "free" }, lives: () => false }),
  collector_without_lock: collector({}, { jobLock: { ...LOCK, state: "free" } }),
  collector_silent: collector({ heartbeatAt: ago(200_000) }, { jobLock: null }),
  collector_hung: collector({}, { jobLock: { ...LOCK, silent: true } }),
  collector_mute: collector({ heartbeatAt: ago(200_000) }),
  last_run_failed: lastRun({ failed: 2 }),
  last_run_partly: lastRun({ success: 1, failed: 1 }),
  history_in_doubt: () => [
    checkHistories({
      doubted: [{ ticker: "A", source: "yahoo", history: "contradicted", jobId: "j" }],
    }),
  ],
  sessions_missing: () => [
    checkGaps([{ ticker: "A", source: "csv", calendar: "b3", open_sessions: 2, gaps: [] }]),
  ],
  prices_not_adjustable: () => [
    checkAdjustment([{ ticker: "A", ex_date: "2024-01-02", reason: "x", has_events: true }]),
  ],
  gaps_untold: machine(() => ({ readCalendar: () => Promise.reject(new Error("no calendar")) })),
  locks_unreadable: () =>
    checkLocks({ list: () => Promise.reject(new Error("no folder")) }, "vm", NOW),
  lock_unusable: locks({ state: "unusable", holder: null, problem: "it is not a file" }),
  lock_not_takable: () =>
    checkLocks({ list: () => Promise.resolve([{ ...LOCK, state: "free" }]) }, "vm", NOW, () => {
      throw new LockError("lock_file_unusable", "lock file A.lock cannot be opened");
    }),
  lock_of_unknown: locks({ holder: null }),
  lock_of_other_host: locks({ holder: { ...HOLDER, host: "web2" } }),
  lock_silent: locks({ silent: true }),
  unit_without_command: unit([]),
  unit_program_missing: unit(["/surely/not/here", "ingest"]),
  unit_list_unreadable: unit(["tickerlock", "ingest", "--tickers-file", "/l"], {
    readTickers: refuse(),
  }),
  unit_configuration_bad: unit(["tickerlock", "collect", "--config", "/c"], {
    readPlaces: refuse(),
  }),
  unit_configuration_untold: unit(["tickerlock", "collect", "--config", "/c"], {
    readPlaces: refuse(new Deno.errors.PermissionDenied("no")),
  }),
  unit_other_database: unit(["tickerlock", "ingest", "--db", "/srv/y.db"]),
  unit_other_lock_folder: unit(["tickerlock", "ingest", "--lock-dir", "/srv/other"]),
  unit_without_timer: service({ enabled: [], hasTimer: false }),
  unit_not_enabled: service({ enabled: [] }),
  unit_file_bad: () => checkUnits([], CONTEXT, ["/u/tickerlock.service"]),
  unit_folder_unreadable: (space) => folderFindings(space.write("units.txt", "")),
  certificates_bad: certificates("2027-01-01", "no certificate"),
  certificates_expired: certificates("2127-01-01"),
  certificates_expire: certificates("2126-11-01"),
  source_failed: async () => {
    const test = () =>
      Promise.resolve({ ok: false, status: 500, message: "no", target: "t", latencyMs: 1 });
    return [await checkSource({ ...yahoo, test }, {}, new AbortController().signal)];
  },
  browser_old: () => checkUserAgent(yahoo, {}, Date.parse("2030-01-01")),
};

/** Not to be had on every system. */
const OF_MODES = /_(foreign|open_to_others|mounted_alone)$/;

for (const [code, find] of Object.entries(EACH)) {
  if (OF_MODES.test(code) && !has("modes")) continue;
  Deno.test(`where exactly that is wrong, doctor finds ${code}`, async () => {
    await using space = await prepared();
    space.write("x.txt", "");
    const found = (await find(space)).filter(({ level }) => level !== "ok");
    assertEquals(found.map((each) => each.code), [code as Code], JSON.stringify(found));
    const [check, level] = FINDINGS[code as Code];
    assertEquals([found[0]?.check, found[0]?.level], [check, level]);
  });
}

Deno.test("the table of findings is that of the code", () => {
  const page = Deno.readTextFileSync(projectPath("docs/doctor.md"));
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| \S/gm)]
    .map(([, code, level]) => ({ code, level }));
  const inCode = Object.entries(FINDINGS).map(([code, [, level]]) => ({ code, level }));
  assertEquals(rows, inCode);
});
