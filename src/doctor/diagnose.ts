/**
 * All checks, in the order in which a person would look.
 *
 * @module
 */
import { type DatabaseHealth, databaseHealth } from "../db/mod.ts";
import { DEFAULT_HINT, error, type Finding } from "./finding.ts";
import { messageOf, TickerlockError } from "../errors.ts";
import { inspectLock } from "../lock/mod.ts";
import { findServices, optionValues, type UnitFolder } from "../systemd/read.ts";
import { checkClock, checkCollector, checkLastRun, checkRunning, checkSchema } from "./database.ts";
import { checkDisk } from "./disk.ts";
import { checkLocks } from "./locks.ts";
import {
  checkDatabaseFile,
  checkLockFolder,
  checkSpillFile,
  nearestExisting,
  thisUser,
} from "./places.ts";
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
  /** The user's home folder; null where it cannot be told. */
  readonly home: string | null;
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

function databaseFindings(options: DiagnoseOptions, runs: readonly UnitRun[]): Finding[] {
  const { db, lockDir, nowMs } = options;
  // What is wrong then was told with the place.
  if (!isThere(db)) return [checkClock({ newestAt: null }, nowMs)];
  let health: DatabaseHealth;
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
  return [
    checkSchema(db, health),
    checkClock(health, nowMs),
    ...checkRunning(health, nowMs),
    ...checkCollector(health.collector, nowMs),
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
  const { db, lockDir, host, unitFolders, home } = options;
  const user = thisUser();
  const os = options.os ?? CURRENT_OS;
  const services = hasSystemd(os) ? findServices(unitFolders, home) : [];
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
    ...hasSystemd(os) ? checkUnits(services, context) : [noUnits(os)],
  ];
}
