/** All checks of `doctor`, in their order. @module */
import { TickerlockError } from "../base/errors.ts";
import { isUrl, plural } from "../base/text.ts";
import { VERSION } from "../base/version.ts";
import type { CalendarChanges } from "../exchange/gaps.ts";
import type { NetworkOptions } from "../sources/network.ts";
import type { Source } from "../sources/source.ts";
import type { Care } from "../store/care.ts";
import type { DatabaseHealth, Reports } from "../store/reports.ts";
import type { Locks } from "../store/store.ts";
import { checkServer, checkServerLocks } from "./server.ts";
import { failed, type Finding, ok, wrong } from "./finding.ts";
import { lockPlace, namingBackup } from "../store/open.ts";
import { DEFAULT_JOB_NAME, type LockMode, type LockState } from "../lock/mod.ts";
import {
  findServices,
  findUnreadable,
  optionValues,
  type UnitFolder,
  type UserFolders,
} from "../systemd/read.ts";
import { checkCollector } from "./collector.ts";
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
} from "./database.ts";
import { checkDisk } from "./disk.ts";
import { checkLocks } from "./locks.ts";
import {
  checkBackupFolder,
  checkDatabaseFile,
  checkLockFolder,
  checkSpillFile,
  nearestExisting,
} from "./places.ts";
import { isFile } from "../platform/files.ts";
import { absolutePath } from "../platform/paths.ts";
import { thisUser } from "../platform/owners.ts";
import { processLives } from "../platform/host.ts";
import { hasSystemd } from "../platform/services.ts";
import { CURRENT_OS, type Os } from "../platform/os.ts";
import { checkUnits, noUnits, type UnitContext, type UnitRun, unitRuns } from "./units.ts";

/** `Deno.FsFile.tryLock` arrived there. */
const OLDEST_DENO = [2, 7] as const;

interface Versions {
  readonly tickerlock: string;
  readonly deno: string;
  readonly v8: string;
  readonly sqlite: string;
  readonly platform: string;
}

/** The versions of everything that this program consists of. */
export function versions(sqlite: string): Versions {
  const { deno, v8 } = Deno.version;
  const { os, arch } = Deno.build;
  return { tickerlock: VERSION, deno, v8, sqlite, platform: `${os} ${arch}` };
}

function checkVersions(found: Versions): Finding[] {
  const { tickerlock, deno, sqlite, platform } = found;
  const [major = 0, minor = 0] = deno.split(".").map(Number);
  const [leastMajor, leastMinor] = OLDEST_DENO;
  const message = `tickerlock ${tickerlock}, Deno ${deno}, SQLite ${sqlite}, ${platform}`;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return [ok("versions", message)];
  }
  const oldest = OLDEST_DENO.join(".");
  return [wrong("deno_too_old", `${message}: Deno is older than ${oldest}`, "Update Deno.")];
}

/** Whether the source can be reached: one cheap request, without another attempt. */
export async function checkSource(
  source: Source,
  network: NetworkOptions,
  signal: AbortSignal,
): Promise<Finding> {
  const { name } = source;
  if (source.input === "file" && source.fetches !== true) {
    return ok("source", `${name} reads files: there is nothing to reach`);
  }
  const found = await source.test({ files: [], network: { ...network, attempts: 1 }, signal });
  const ms = Math.round(found.latencyMs);
  if (found.ok) return ok("source", `${name}: ${found.message} (${found.target}, ${ms} ms)`);
  return wrong(
    "source_failed",
    `${name}: ${found.message} (${found.target})`,
    found.hint ?? `Try again: tickerlock sources test ${name}`,
  );
}

const OLD_BROWSER_MONTHS = 12;

/** How old the browser is that a source says it is; nothing where the user has named one. */
export function checkUserAgent(
  { name, network }: Pick<Source, "name" | "network">,
  { userAgent }: NetworkOptions,
  nowMs: number,
): Finding[] {
  if (network?.browserOf === undefined || userAgent !== undefined) return [];
  const { browserOf, environment } = network;
  const months = Math.floor((nowMs - Date.parse(browserOf)) / (365.25 / 12 * 86_400_000));
  const message = `${name}: the User-Agent is that of a browser of ${browserOf}, ` +
    `${plural(months, "month")} old`;
  if (months <= OLD_BROWSER_MONTHS) return [ok("user_agent", message)];
  const hint = `Update tickerlock, or set ${environment.userAgent} to that of your browser.`;
  return [wrong("browser_old", `${message}: the service may refuse it`, hint)];
}

/** What to look at. */
export interface DiagnoseOptions {
  readonly versions: Versions;
  readonly db: string;
  readonly reports: Reports;
  readonly care: Care;
  readonly locks: Locks;
  readonly lockDir: string;
  readonly lockMode?: LockMode;
  readonly host: string;
  readonly unitFolders: readonly UnitFolder[];
  readonly user: UserFolders;
  readonly readTickers: (path: string) => Promise<readonly string[]>;
  readonly readPlaces: UnitContext["readPlaces"];
  readonly readCalendar: () => Promise<CalendarChanges>;
  readonly nowMs: number;
  /** For tests. Default this one. */
  readonly os?: Os;
}

async function gapFindings({ reports, readCalendar }: DiagnoseOptions): Promise<Finding[]> {
  try {
    return [
      checkGaps(await reports.gaps({ calendar: await readCalendar() })),
      checkAdjustment(await reports.unexplained([])),
    ];
  } catch (reason) {
    return [failed("gaps_untold", reason)];
  }
}

/** An error as a run tells it: of a damaged database with the newest good backup. */
async function withBackup(reason: unknown): Promise<unknown> {
  return reason instanceof TickerlockError ? await namingBackup(reason) : reason;
}

/** @param place What was found of the file and its folder: what is told already is not tried. */
async function writingFindings(
  { db, care }: DiagnoseOptions,
  place: readonly Finding[],
): Promise<Finding[]> {
  if (place.some(({ level }) => level === "error")) return [];
  try {
    await care.tryWriting();
    return [];
  } catch (reason) {
    const prefix = `database ${db} cannot be written as a run writes it: `;
    return [failed("database_not_writable", await withBackup(reason), prefix)];
  }
}

async function databaseFindings(
  options: DiagnoseOptions,
  runs: readonly UnitRun[],
  place: readonly Finding[],
): Promise<Finding[]> {
  const { db, reports, care, locks, lockDir, host } = options;
  // Its place has a finding already.
  if (!isUrl(db) && !isFile(db)) return [checkClock({ newestAt: null }, options.nowMs)];
  let health: DatabaseHealth;
  let before: LockState;
  let after: LockState;
  try {
    // A collector that starts has its lock before its row, one that ends finishes its row first.
    before = await locks.status(DEFAULT_JOB_NAME);
    health = await reports.health({ lockDir, wanted: runs.map(({ wanted }) => wanted) });
    after = await locks.status(DEFAULT_JOB_NAME);
  } catch (reason) {
    return [
      failed("database_unreadable", await withBackup(reason)),
      checkClock({ newestAt: null }, options.nowMs),
    ];
  }
  // The times of a server are by its clock, which has a finding of its own.
  const nowMs = options.nowMs + (health.server?.aheadMs ?? 0);
  const isSame = before.state === after.state && before.holder?.pid === after.holder?.pid;
  const here: Lives = {
    host,
    db,
    lockDir: lockPlace(db, lockDir),
    lives: processLives,
    jobLock: isSame && !health.lockFolder.isOther ? after : null,
  };
  return [
    // Of a schema without tables that alone is told.
    ...isUrl(db) && health.empty ? [] : await writingFindings(options, place),
    ...checkServer(health.server),
    checkSchema(db, health),
    ...isUrl(db) ? [] : checkForeignObjects(db, health),
    ...isUrl(db) ? [] : [checkWriteAheadLog(db, health)],
    ...checkRememberedFolder(db, health, here),
    checkClock(health, nowMs),
    ...checkEngineClock(health),
    ...care.file === undefined ? [] : checkBackupFolder(care.file.backupFolder),
    ...checkBackups(health),
    ...checkRunning(health, nowMs, here),
    ...checkCollector(health.collector, nowMs, here),
    ...health.lastRuns.map((run) => checkLastRun(run.source, run)),
    ...runs.flatMap(({ unit }, index) => {
      const run = health.wanted[index];
      return run === undefined || run === null ? [] : checkLastRun(unit, run);
    }),
    // An older schema has nothing of these.
    ...health.pending.length > 0 ? [] : [checkHistories(health), ...await gapFindings(options)],
  ];
}

async function readLists(
  paths: Iterable<string>,
  read: DiagnoseOptions["readTickers"],
): Promise<UnitContext["readTickers"]> {
  const lists = new Map<string, () => readonly string[]>();
  for (const path of new Set(paths)) {
    try {
      const list = await read(path);
      lists.set(path, () => list);
    } catch (reason) {
      lists.set(path, () => {
        throw reason;
      });
    }
  }
  return (path) => lists.get(path)?.() ?? [];
}

const UNUSABLE: readonly string[] = ["database_unreadable", "database_not_writable"];

/** Looks at everything but the configuration and the source, which the caller knows. */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { db, locks, lockDir, host, unitFolders } = options;
  const uid = thisUser();
  const os = options.os ?? CURRENT_OS;
  const services = hasSystemd(os) ? findServices(unitFolders, options.user) : [];
  const commands = services.flatMap((service) => service.commands);
  const readTickers = await readLists(
    commands.flatMap(({ words }) => optionValues(words, "--tickers-file")),
    options.readTickers,
  );
  const context: UnitContext = {
    db: isUrl(db) ? db : absolutePath(db),
    lockDir: absolutePath(lockDir),
    readTickers,
    readPlaces: options.readPlaces,
    nowMs: options.nowMs,
  };
  const place = isUrl(db) ? [] : checkDatabaseFile(db, uid);
  const disk = (what: "database" | "lock folder", path: string): Finding[] =>
    isUrl(db) ? [] : checkDisk(what, path, nearestExisting(path), undefined, os);
  const database = await databaseFindings(options, unitRuns(services, context), place);
  // What is beside the file is tried with the database alone.
  const isUsable = !database.some(({ code }) => code !== null && UNUSABLE.includes(code));
  return [
    ...checkVersions(options.versions),
    ...place.filter(({ level }) => isUsable || level !== "ok"),
    ...isUrl(db) ? [] : checkLockFolder(lockDir, uid, options.lockMode),
    ...checkSpillFile(db, uid),
    ...disk("database", db),
    ...disk("lock folder", lockDir),
    ...database,
    ...isUrl(db) ? await checkServerLocks(locks) : await checkLocks(locks, host, options.nowMs),
    ...hasSystemd(os) ? checkUnits(services, context, findUnreadable(unitFolders)) : [noUnits(os)],
  ];
}
