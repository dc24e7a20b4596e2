/** The names in a folder of backups, and which of them are old. @module */
import { type Reservation, reserveName, tryReserve } from "../../../files/exclusive_file.ts";
import { lstatIfThere, statIfThere } from "../../../platform/files.ts";
import { joinPath, splitPath } from "../../../platform/paths.ts";
import type { Backup, BackupOptions, FileInfo, StoredBackup } from "../../care.ts";
import { isToCome } from "../../../base/time.ts";
import { explain } from "../../../platform/refusals.ts";
import { StoreError } from "../../errors.ts";
import type { OddBackups } from "../../reports.ts";
import { sizeOf } from "../../spill.ts";
import { leapsIn, partedByLeaps } from "./clock_leaps.ts";
import { backupFolderOf, backupName, stampOf, stemOf } from "./companion_files.ts";

/** The mark of hidden files of backups. */
export const BACKUP_MARK = "tickerlock-backup";

/** Reserves a name for a backup. @throws {StoreError} `backup_running`. */
export async function reserveBackup(path: string, target: string): Promise<Reservation> {
  const reserved = await reserveName(target, BACKUP_MARK);
  if (reserved !== undefined) return reserved;
  throw new StoreError("backup_running", `another backup is being written to ${target}`, path, {
    hint: "Let it finish, or name another file or a folder with --to.",
    retryable: true,
  });
}

/** Reserves a name of the time that no other backup gets: within a millisecond the next one. */
export function reserveByTime(path: string, folder: string): Reservation {
  for (let ms = Date.now();; ms++) {
    const reserved = tryReserve(`${folder}/${stemOf(path)}-${stampOf(ms)}.db`, BACKUP_MARK);
    // A backup is renamed while its name is reserved: so no other can take this one from now on.
    if (reserved !== undefined && lstatIfThere(reserved.target) === undefined) return reserved;
    reserved?.[Symbol.dispose]();
  }
}

function entriesOf(folder: string, path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    const { why, hint } = explain(error, folder, "read", "name a backup");
    const message = `the backups in ${folder} cannot be listed: ${why}`;
    throw new StoreError("backup_folder_unreadable", message, path, { hint, cause: error });
  }
}

interface Named {
  readonly path: string;
  readonly at: Date;
  readonly before_version: number | null;
}

function isCredible({ at }: Named): boolean {
  return !isToCome(at.getTime());
}

function namedIn(folder: string, path: string): Named[] {
  const either = backupName(path);
  const found: Named[] = [];
  for (const { name, isFile } of entriesOf(folder, path)) {
    const parts = isFile ? either.exec(name)?.slice(1) : undefined;
    if (parts === undefined) continue;
    const version = parts[7];
    const [year, month, day, hour, minute, second, ms] = parts.slice(version === undefined ? 0 : 8);
    const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
    if (Number.isNaN(at.getTime())) continue;
    const before_version = version === undefined ? null : Number(version);
    found.push({ path: joinPath(folder, name), at, before_version });
  }
  return found.sort((a, b) => b.at.getTime() - a.at.getTime());
}

/** The backups in a database's folder, newest first. @throws {StoreError} `backup_folder_unreadable`. */
export function backupsOf(path: string): StoredBackup[] {
  return namedIn(backupFolderOf(path), path).map(({ path: file, at, before_version }) => ({
    path: file,
    taken_at: at.toISOString(),
    bytes: sizeOf(file),
    has_sha256: lstatIfThere(`${file}.sha256`) !== undefined,
    from_future: isToCome(at.getTime()),
    before_version,
  }));
}

/** Backups as `Care.info` tells of them; one of the future is no proof of being newest, and comes last. */
export function copiesOf(path: string): Pick<FileInfo, "last_backup" | "migration_backups"> {
  let found: readonly Named[] = [];
  try {
    const all = namedIn(backupFolderOf(path), path);
    found = [...all.filter(isCredible), ...all.filter((each) => !isCredible(each))];
  } catch {
    // `db backups` tells why.
  }
  const files = found.map(({ path, before_version }) => {
    const made_at = statIfThere(path)?.mtime?.toISOString() ?? "";
    return { path, made_at, before_version };
  });
  const last = files.find(({ before_version }) => before_version === null);
  return {
    last_backup: last === undefined ? null : { path: last.path, made_at: last.made_at },
    migration_backups: files.flatMap(({ before_version, ...file }) =>
      before_version === null ? [] : [{ ...file, before_version }]
    ),
  };
}

/** What stays whatever its age: the one just made, and the newest before it. */
const LEAST_WITHIN = 2;

/** What stays of those before a leap of time, whatever their age. */
const LEAST_BEFORE = 1;

/** What {@linkcode removeOld} did. */
export type Retention = Pick<Backup, "removed" | "from_future" | "spared">;

/** The time of a backup, or that of its file where it is later: a copy may bear the name of an old one. */
function latestTimeOf({ path, at }: Named): number {
  const changed = statIfThere(path)?.mtime?.getTime() ?? 0;
  return isToCome(changed) ? at.getTime() : Math.max(at.getTime(), changed);
}

/**
 * Removes the oldest backups, with their checksums. One of the future takes no place, and stays; the newest
 * before each leap of time stay, too: the clock may be ahead now.
 * Of those of `db migrate` the newest stays, for the way back, and the others until all that are kept are newer.
 * @param made Stays in any case.
 * @param logged When runs were begun, in ms since 1970.
 */
export function removeOld(
  path: string,
  made: string,
  { keep, keepWithinMs }: Pick<BackupOptions, "keep" | "keepWithinMs">,
  logged: readonly number[],
): Retention {
  const atLeast = keep ?? (keepWithinMs === undefined ? Infinity : LEAST_WITHIN);
  const sinceMs = keepWithinMs === undefined ? Infinity : Date.now() - keepWithinMs;
  const named = namedIn(splitPath(made).folder, path);
  const all = named.filter((each) => each.before_version === null);
  const from_future = all.filter((each) => !isCredible(each)).map((each) => each.path);
  const credible = all.filter(isCredible);
  const [newest] = credible;
  if (newest === undefined) return { removed: [], from_future, spared: [] };
  const oldOf = (some: readonly Named[]): string[] =>
    some.slice(some.includes(newest) ? atLeast : keep ?? LEAST_BEFORE).filter(({ at }) =>
      at.getTime() < sinceMs
    ).map((each) => each.path)
      .filter((each) => each !== made);
  const leaps = leapsIn([...credible.map(latestTimeOf), ...logged]);
  const old = new Set(partedByLeaps(credible, latestTimeOf, leaps).flatMap(oldOf));
  const oldestKept = credible.length < atLeast
    ? undefined
    : credible.findLast((each) => !old.has(each.path));
  const [, ...ofMigrations] = named.filter((each) => each.before_version !== null)
    .filter(isCredible);
  for (const { path, at } of ofMigrations) {
    if (oldestKept !== undefined && at < oldestKept.at && at.getTime() < sinceMs) old.add(path);
  }
  const removed = [...old].filter((each) => {
    using reserved = tryReserve(each, BACKUP_MARK);
    // Another is removing it, or has only just made it.
    if (reserved === undefined) return false;
    try {
      // Out of its place at once, so that none is left without its checksum, nor that without it.
      Deno.renameSync(each, reserved.temporary);
    } catch (error) {
      // Another backup was faster.
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
    return true;
  });
  return { removed, from_future, spared: oldOf(credible).filter((each) => !old.has(each)) };
}

/** Whether a process is at work on what a lock file stands for; what this user may not try counts as so. */
function isHeld(lock: string): boolean {
  try {
    using file = Deno.openSync(lock, { read: true });
    const free = file.tryLockSync(false);
    if (free) file.unlockSync();
    return !free;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

function leftOver(folder: string, path: string): string[] {
  const hidden = new RegExp(`^(\\..+\\.${BACKUP_MARK})\\.(?:sha256|tmp|tmp-\\w+)$`);
  const ofThis = backupName(path);
  const names = new Set([...Deno.readDirSync(folder)].map(({ name }) => name));
  return [...names].filter((name) => {
    const [, stem] = hidden.exec(name) ?? [];
    if (stem !== undefined) return !isHeld(joinPath(folder, `${stem}.lock`));
    const of = name.endsWith(".sha256") ? name.slice(0, -".sha256".length) : undefined;
    // One that is being made gets its checksum first.
    return of !== undefined && ofThis.test(of) && !names.has(of) &&
      !isHeld(joinPath(folder, `.${of}.${BACKUP_MARK}.lock`));
  }).map((name) => joinPath(folder, name)).sort();
}

/** What is odd in a database's folder of backups; nothing where it is not there or cannot be listed. */
export function oddBackups(path: string): OddBackups {
  try {
    const all = backupsOf(path);
    const paths = (odd: typeof all): string[] => odd.map((each) => each.path);
    return {
      toCome: paths(all.filter((each) => each.from_future)),
      withoutChecksum: paths(all.filter((each) => !each.has_sha256)),
      leftOver: leftOver(backupFolderOf(path), path),
    };
  } catch {
    // What cannot be listed is told where backups are asked for.
    return { toCome: [], withoutChecksum: [], leftOver: [] };
  }
}
