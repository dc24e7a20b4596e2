/**
 * All checks, in the order in which a person would look.
 *
 * @module
 */
import { type DatabaseHealth, databaseHealth } from "../store/mod.ts";
import { DEFAULT_HINT, error, type Finding } from "./finding.ts";
import { messageOf, TickerlockError } from "../base/errors.ts";
import { DEFAULT_JOB_NAME, inspectLock, type LockState } from "../lock/mod.ts";
import {
  findServices,
  findUnreadable,
  optionValues,
  type UnitFolder,
  type UserFolders,
} from "../systemd/read.ts";
import { checkCollector } from "./collector.ts";
import { checkClock, checkLastRun, checkRunning, checkSchema } from "./database.ts";
import { checkDisk } from "./disk.ts";
import type { Lives } from "./liveness.ts";
import { checkLocks } from "./locks.ts";
import {
  checkDatabaseFile,
  checkLockFolder,
  checkSpillFile,
  nearestExisting,
  thisUser,
} from "./places.ts";
import { processLives } from "../platform/processes.ts";
import { hasSystemd } from "../platform/services.ts";
import { CURRENT_OS, type Os } from "../platform/os.ts";
import { checkUnits, noUnits, type UnitContext, type UnitRun, unitRuns } from "./units.ts";
import { checkVersions, type Versions } from "./versions.ts";

/** What to look at. */
export interface DiagnoseOptions {
  readonly versions: Versions;
  readonly db: string;
  /** The same as an absolute path, to compare it with that of units. */
  readonly absoluteDb: string;
  readonly lockDir: string;
  /** Name of this machine; empty where it cannot be told. */
  readonly host: string;
  readonly unitFolders: readonly UnitFolder[];
  readonly user: UserFolders;
  /** Reads a list of tickers; rejects where it cannot be read. */
  readonly readTickers: (path: string) => Promise<readonly string[]>;
  /** The clock, in ms since 1970. */
  readonly nowMs: number;
  /** For tests. Default this one. */
  readonly os?: Os;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The job lock before and after something was looked at: null where it has changed hands meanwhile. */
function unchanged(before: LockState, after: LockState): LockState | null {
  const same = before.state === after.state && before.holder?.pid === after.holder?.pid;
  return same ? after : null;
}

function databaseFindings(options: DiagnoseOptions, runs: readonly UnitRun[]): Finding[] {
  const { db, lockDir, nowMs, host } = options;
  // What is wrong then was told with the place.
  if (!isThere(db)) return [checkClock({ newestAt: null }, nowMs)];
  let health: DatabaseHealth;
  // A collector that starts has its lock before its row, one that ends finishes its row first.
  const before = inspectLock(DEFAULT_JOB_NAME, { lockDir });
  try {
    health = databaseHealth(db, {
      isLocked: (ticker) => inspectLock(ticker, { lockDir }).state === "held",
      wanted: runs.map(({ wanted }) => wanted),
    });
  } catch (reason) {
    const hint = reason instanceof TickerlockError ? reason.hint : undefined;
    return [
      error("schema", messageOf(reason), hint ?? DEFAULT_HINT),
      checkClock({ newestAt: null }, nowMs),
    ];
  }
  const jobLock = unchanged(before, inspectLock(DEFAULT_JOB_NAME, { lockDir }));
  const here: Lives = { host, lockDir, lives: processLives, jobLock };
  return [
    checkSchema(db, health),
    checkClock(health, nowMs),
    ...checkRunning(health, nowMs, here),
    ...checkCollector(health.collector, nowMs, here),
    ...health.lastRuns.map((run) => checkLastRun(run.source, run)),
    ...runs.flatMap(({ unit }, index) => {
      const run = health.wanted[index];
      return run === undefined || run === null ? [] : checkLastRun(unit, run);
    }),
  ];
}

async function readLists(
  paths: Iterable<string>,
  read: DiagnoseOptions["readTickers"],
): Promise<UnitContext["readTickers"]> {
  const lists = new Map<string, readonly string[]>();
  const problems = new Map<string, unknown>();
  for (const path of new Set(paths)) {
    try {
      lists.set(path, await read(path));
    } catch (reason) {
      problems.set(path, reason);
    }
  }
  return (path) => {
    const list = lists.get(path);
    if (list !== undefined) return list;
    throw problems.get(path);
  };
}

/**
 * Looks at everything but the configuration and the source, which the caller knows. Nothing is
 * written, started or made.
 *
 * @param options What to look at.
 */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { db, lockDir, host, unitFolders } = options;
  const user = thisUser();
  const os = options.os ?? CURRENT_OS;
  const services = hasSystemd(os) ? findServices(unitFolders, options.user) : [];
  const commands = services.flatMap((service) => service.commands);
  const readTickers = await readLists(
    commands.flatMap(({ words }) => optionValues(words, "--tickers-file")),
    options.readTickers,
  );
  const context: UnitContext = { db: options.absoluteDb, readTickers };
  return [
    ...checkVersions(options.versions),
    ...checkDatabaseFile(db, user),
    ...checkLockFolder(lockDir, user),
    ...checkSpillFile(db, user),
    ...checkDisk("database", db, nearestExisting(db), undefined, os),
    ...checkDisk("lock folder", lockDir, nearestExisting(lockDir), undefined, os),
    ...databaseFindings(options, unitRuns(services, context)),
    ...checkLocks(lockDir, host),
    ...hasSystemd(os) ? checkUnits(services, context, findUnreadable(unitFolders)) : [noUnits(os)],
  ];
}
