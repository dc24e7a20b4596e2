/**
 * Database, lock folder and spill file: whether this user can use them, which is tried, and who else
 * can. Nothing of a trial stays.
 * @module
 */
import { bytesText, shellWord } from "../base/text.ts";
import { lockNameOf } from "../lock/inspect.ts";
import type { LockMode } from "../lock/mod.ts";
import { systemCode } from "../platform/errors.ts";
import { hasFileModes, lstatIfThere, statIfThere } from "../platform/files.ts";
import { joinPath, splitPath, trimFolder } from "../platform/paths.ts";
import { attemptOf, explain } from "../platform/refusals.ts";
import { spillPathOf } from "../store/spill.ts";
import { type Finding, ok, wrong } from "./finding.ts";

type Uid = number | null;

interface Place {
  readonly check: "database" | "lock_folder" | "spill_file";
  readonly what: string;
  readonly path: string;
  readonly option: "--db" | "--lock-dir";
  readonly isOfGroup?: boolean;
}

/** Why a place cannot be written, and the remedy. */
export function writingProblem(reason: unknown, option: string): ReturnType<typeof explain> {
  return explain(reason, attemptOf(reason)?.path ?? ".", "write", `name another with ${option}`);
}

function makeFile(folder: string): void {
  Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".tickerlock_doctor_" }));
}

function tried(
  check: Place["check"],
  what: string,
  option: string,
  attempt: () => void,
): Finding[] {
  try {
    attempt();
    return [];
  } catch (reason) {
    const { why, hint } = writingProblem(reason, option);
    return [wrong(`${check}_unusable`, `${what}: ${why}`, hint)];
  }
}

function folderAbove(path: string): string {
  return splitPath(trimFolder(path)).folder;
}

/** A place itself, or the nearest folder above it that is there. */
export function nearestExisting(path: string): string {
  for (let at = path;;) {
    try {
      Deno.statSync(at);
      return at;
    } catch {
      const above = folderAbove(at);
      if (above === at) return at;
      at = above;
    }
  }
}

function modeText(mode: number): string {
  return `mode ${(mode & 0o777).toString(8).padStart(4, "0")}`;
}

function ownership({ check, what }: Place, { uid: owner }: Deno.FileInfo, uid: Uid): Finding[] {
  if (uid === null || owner === null || owner === uid) return [];
  const runAs = `Run as its owner (sudo -u '#${owner}')`;
  const message = `${what} belongs to user ${owner}, and this is user ${uid}`;
  const hint = uid === 0
    ? `${runAs}: root must not depend on files that another user can replace.`
    : `${runAs}, or have it given to this user with chown.`;
  return [wrong(`${check}_foreign`, message, hint)];
}

function openToOthers(
  { check, what, path, isOfGroup = false }: Place,
  { mode, isDirectory }: Deno.FileInfo,
  uid: Uid,
): Finding[] {
  if (uid === null || mode === null) return [];
  const writers = isOfGroup ? 0o002 : 0o022;
  // In a folder with the sticky bit only its owner removes a file.
  const written = (mode & writers) !== 0 && !(isDirectory && (mode & 0o1000) !== 0);
  const read = (mode & 0o044) !== 0 && !isDirectory;
  if (!written && !read) return [];
  return [wrong(
    `${check}_open_to_others`,
    `${what} can be ${written ? "written" : "read"} by others than its owner (${modeText(mode)})`,
    `If that is not meant: chmod ${isOfGroup ? "o-rwx" : isDirectory ? 700 : 600} ${path}`,
  )];
}

/** What trials of a place found, and who else can use it; where nothing is wrong, that it `can`. */
function judge(
  place: Place,
  info: Deno.FileInfo,
  uid: Uid,
  can: string,
  tries: readonly Finding[],
): Finding[] {
  const findings = [...tries, ...ownership(place, info, uid), ...openToOthers(place, info, uid)];
  if (findings.length > 0) return findings;
  const mode = uid === null || info.mode === null ? "" : ` (${modeText(info.mode)})`;
  return [ok(place.check, `${place.what} ${can}${mode}`)];
}

function missing({ check, what, path, option }: Place): Finding {
  const above = nearestExisting(folderAbove(path));
  try {
    makeFile(above);
  } catch (reason) {
    const { why, hint } = writingProblem(reason, option);
    const message = `${what} is not there, and ${above} does not let this user make it: ${why}`;
    return wrong(`${check}_unusable`, message, hint);
  }
  const message = `${what} is not there`;
  if (check !== "database") return ok(check, `${message}; the first run makes it`);
  return wrong(
    "database_missing",
    message,
    `If it was there before: tickerlock db restore latest --db ${shellWord(path)}. ` +
      "If not, name another with --db, or make it: tickerlock ingest",
  );
}

function checkFile(place: Place, info: Deno.FileInfo, uid: Uid): Finding[] {
  const { check, what, path, option } = place;
  if (!info.isFile) {
    return [wrong(`${check}_unusable`, `${what} is not a file`, `Name another with ${option}.`)];
  }
  // This process has no connection to it yet, which closing it would break.
  const opened = tried(check, `${what} cannot be opened for reading and writing`, option, () => {
    Deno.openSync(path, { read: true, write: true }).close();
  });
  return judge(place, info, uid, "can be read and written", opened);
}

/**
 * Whether a file is mounted over its name, as by `docker run --volume x.db:/data/x.db`: a second
 * name can be made unless the two are of different mounts; where none can be made at all, as on
 * FAT, the devices tell.
 */
function isMountedAlone(path: string, info: Deno.FileInfo, link: typeof Deno.linkSync): boolean {
  const real = Deno.realPathSync(path);
  const folder = folderAbove(real);
  const other = joinPath(folder, `.tickerlock_doctor_${crypto.randomUUID()}`);
  try {
    link(real, other);
    Deno.removeSync(other);
    return false;
  } catch (reason) {
    return systemCode(reason) === "EXDEV" || info.dev !== Deno.statSync(folder).dev;
  }
}

function mountFindings(
  { what, path }: Place,
  info: Deno.FileInfo,
  link: typeof Deno.linkSync,
): Finding[] {
  if (!hasFileModes() || !info.isFile || !isMountedAlone(path, info, link)) return [];
  return [wrong(
    "database_mounted_alone",
    `${what} is mounted as a single file: its -wal and -shm are beside the mount, where other ` +
      "containers and the host have others of their own, and so the file gets damaged",
    `Mount its folder in place of the file, with all that is in it; see findmnt ${path}.`,
  )];
}

function guarded({ check, what, path, option }: Place, work: () => Finding[]): Finding[] {
  try {
    return work();
  } catch (reason) {
    const { why, hint } = explain(reason, path, "read", `name another with ${option}`);
    return [wrong(`${check}_unusable`, `${what} cannot be looked at: ${why}`, hint)];
  }
}

/** The database and its folder: there, usable, and private. @param link For tests. */
export function checkDatabaseFile(db: string, uid: Uid, link = Deno.linkSync): Finding[] {
  const place = { check: "database", what: `database ${db}`, path: db, option: "--db" } as const;
  return guarded(place, () => {
    const info = statIfThere(db);
    if (info === undefined) return [missing(place)];
    const above = folderAbove(db);
    const folder = { ...place, what: `its folder ${above}`, path: above };
    const why = `${folder.what} does not let this user make files, such as the write-ahead log`;
    return [
      ...checkFile(place, info, uid),
      ...mountFindings(place, info, link),
      ...tried("database", why, "--db", () => makeFile(above)),
      ...openToOthers(folder, Deno.statSync(above), uid),
    ];
  });
}

/** The folder of backups, where there is one: whether a backup of this user could be made in it. */
export function checkBackupFolder(folder: string): Finding[] {
  try {
    if (statIfThere(folder) !== undefined) makeFile(folder);
    return [];
  } catch (reason) {
    const { why, hint } = explain(reason, folder, "write", "name another with db backup --to");
    const message = `the folder ${folder} takes no backup of this user: ${why}`;
    return [wrong("backup_folder_unusable", message, hint)];
  }
}

/** A lock file that others than its owner, or than its group, can read and so hold; of the first. */
function heldByOthers(
  { what, path, isOfGroup = false }: Place,
  { mode }: Deno.FileInfo,
  uid: Uid,
): Finding[] {
  const [enter, read] = isOfGroup ? [0o001, 0o004] : [0o011, 0o044];
  if (uid === null || ((mode ?? 0) & enter) === 0) return [];
  for (const { name } of Deno.readDirSync(path)) {
    if (lockNameOf(name) === undefined) continue;
    const found = lstatIfThere(joinPath(path, name))?.mode ?? 0;
    if ((found & read) === 0) continue;
    const others = isOfGroup ? "users outside its group" : "other users";
    const message = `locks of ${what} can be held by ${others}, as long as they like`;
    const hint = isOfGroup
      ? `chmod o-rwx ${path}`
      : `If that is not meant: chmod 700 ${path}; if it is, for a group: --lock-mode group`;
    return [wrong("locks_open_to_others", `${message} (${name}, ${modeText(found)})`, hint)];
  }
  return [];
}

/** The folder of the locks: there or to be made, usable, and not open to all. */
export function checkLockFolder(
  lockDir: string,
  uid: Uid,
  lockMode: LockMode = "private",
): Finding[] {
  const check = "lock_folder";
  const what = `lock folder ${lockDir}`;
  const isOfGroup = lockMode === "group";
  const place = { check, what, path: lockDir, option: "--lock-dir", isOfGroup } as const;
  return guarded(place, () => {
    const info = statIfThere(lockDir);
    if (info === undefined && lstatIfThere(trimFolder(lockDir))?.isSymlink === true) {
      const hint = "Make the folder that it leads to, or remove the link.";
      return [wrong(`${check}_unusable`, `${what} is a symbolic link that leads to nothing`, hint)];
    }
    if (info === undefined) return [missing(place)];
    if (!info.isDirectory) {
      return [
        wrong(`${check}_unusable`, `${what} is not a folder`, "Name another with --lock-dir."),
      ];
    }
    const why = `${what} does not let this user make files`;
    const made = tried(check, why, "--lock-dir", () => makeFile(lockDir));
    const open = made.length > 0 ? [] : heldByOthers(place, info, uid);
    return judge(place, info, uid, "can be used", [...made, ...open]);
  });
}

/** The spill file: usable where it is there, and empty. */
export function checkSpillFile(db: string, uid: Uid): Finding[] {
  const path = spillPathOf(db);
  const check = "spill_file";
  const place = { check, what: `spill file ${path}`, path, option: "--db" } as const;
  return guarded(place, () => {
    const info = statIfThere(path);
    if (info === undefined) return [ok(check, "no log row waits for the database")];
    const findings = checkFile(place, info, uid);
    if (info.size === 0 || !info.isFile) return findings;
    return [
      ...findings.filter(({ level }) => level !== "ok"),
      wrong(
        "rows_wait",
        `${path} holds log rows that the database could not take (${bytesText(info.size)})`,
        "The next run that can write brings them in by itself; see why it could not: tickerlock db info",
      ),
    ];
  });
}
