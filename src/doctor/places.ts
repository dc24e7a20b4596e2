/**
 * Database, lock folder and spill file: there, ours, with the right mode, and usable. Nothing is made.
 *
 * @module
 */
import { spillPathOf } from "../store/mod.ts";
import { messageOf } from "../base/errors.ts";
import { hasFileModes } from "../platform/files.ts";
import { splitPath, trimFolder } from "../platform/paths.ts";
import { error, type Finding, ok, warning } from "./finding.ts";
import { type WritingProblem, writingProblem } from "./writing.ts";

/** Who looks. */
export interface User {
  /** Null where it cannot be told. */
  readonly uid: number | null;
  /** Whether modes and owners say anything on this system. Default true. */
  readonly modes?: boolean;
}

/** This process's user. */
export function thisUser(): User {
  const modes = hasFileModes();
  try {
    return { uid: Deno.uid(), modes };
  } catch {
    return { uid: null, modes };
  }
}

function folderAbove(path: string): string {
  return splitPath(trimFolder(path)).folder;
}

/**
 * A place itself, or the nearest folder above it that is there.
 *
 * @param path May not be there.
 */
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

/** The mode in parentheses, where it says anything. */
function withMode(mode: number | null, user: User): string {
  return user.modes !== false ? ` (mode ${modeText(mode ?? 0)})` : "";
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}

/** Whether files can be made in a folder, as far as owner and mode tell. */
function canMakeFiles({ uid, mode }: Deno.FileInfo, user: User): boolean {
  // Where access control lists decide, only trying would tell.
  if (user.modes === false || user.uid === 0 || user.uid === null || mode === null) return true;
  if (uid === user.uid) return (mode & 0o300) === 0o300;
  // Which groups this user is in cannot be told here, so a right of the group counts.
  return (mode & 0o030) === 0o030 || (mode & 0o003) === 0o003;
}

function ownership(check: string, what: string, info: Deno.FileInfo, user: User): Finding[] {
  if (user.modes === false || info.uid === null || user.uid === null || info.uid === user.uid) {
    return [];
  }
  const whose = `${what} belongs to user ${info.uid}, and this is user ${user.uid}`;
  const hint = user.uid === 0
    ? `Run as its owner (sudo -u '#${info.uid}'): what root makes there the owner cannot use.`
    : `Run as its owner (sudo -u '#${info.uid}'), or have it given to this user with chown.`;
  return [warning(check, whose, hint)];
}

function tooOpen(
  check: string,
  what: string,
  path: string,
  info: Deno.FileInfo,
  user: User,
): Finding[] {
  const { mode, isDirectory } = info;
  if (user.modes === false) return [];
  if (mode === null || (mode & 0o022) === 0) {
    if (mode === null || isDirectory || (mode & 0o044) === 0) return [];
    return [warning(
      check,
      `${what} can be read by others than its owner (mode ${modeText(mode)})`,
      `If that is not meant: chmod 600 ${path}`,
    )];
  }
  // A folder with the sticky bit lets nobody remove another's files.
  if (isDirectory && (mode & 0o1000) !== 0) return [];
  return [warning(
    check,
    `${what} can be written by others than its owner (mode ${modeText(mode)})`,
    `If that is not meant: chmod ${isDirectory ? 700 : 600} ${path}`,
  )];
}

function missing(check: string, what: string, path: string, user: User): Finding {
  const above = nearestExisting(folderAbove(path));
  try {
    const info = Deno.statSync(above);
    if (info.isDirectory && canMakeFiles(info, user)) {
      const maker = "the first run makes it";
      return check === "database"
        ? warning(
          check,
          `${what} is not there; ${maker}`,
          "Name another with --db, or bring data " +
            "in: tickerlock ingest",
        )
        : ok(check, `${what} is not there; ${maker}`);
    }
  } catch {
    // It went away, which comes to the same.
  }
  return error(
    check,
    `${what} is not there, and ${above} does not let this user make it`,
    `Give this user write permission on ${above}, or name another place with ` +
      (check === "database" ? "--db." : "--lock-dir."),
  );
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (reason) {
    if (reason instanceof Deno.errors.NotFound) return undefined;
    throw reason;
  }
}

/** Opens a file for reading and writing and closes it: the kernel's own word on whether that works. */
function openProblem(path: string, option: string): WritingProblem | undefined {
  try {
    // SQLite has no connection to it in this process now: closing would drop its locks.
    Deno.openSync(path, { read: true, write: true }).close();
    return undefined;
  } catch (reason) {
    return writingProblem(reason, option);
  }
}

interface Place {
  readonly check: "database" | "spill_file";
  readonly what: string;
  readonly path: string;
  readonly option: string;
}

function checkFile(
  { check, what, path, option }: Place,
  info: Deno.FileInfo,
  user: User,
): Finding[] {
  if (!info.isFile) {
    return [error(check, `${what} is not a file`, `Name another with ${option}.`)];
  }
  const problem = openProblem(path, option);
  const findings = [
    ...problem === undefined ? [] : [error(
      check,
      `${what} cannot be opened for reading and writing: ${problem.why}`,
      problem.hint,
    )],
    ...ownership(check, what, info, user),
    ...tooOpen(check, what, path, info, user),
  ];
  return findings.length > 0
    ? findings
    : [ok(check, `${what} can be read and written${withMode(info.mode, user)}`)];
}

function guarded(check: string, what: string, work: () => Finding[]): Finding[] {
  try {
    return work();
  } catch (reason) {
    return [error(
      check,
      `${what} cannot be looked at: ${messageOf(reason)}`,
      "Give this user permission on the folders above it.",
    )];
  }
}

/**
 * The database: there, ours, private, readable and writable.
 *
 * @param db Its path.
 * @param user Who looks.
 */
export function checkDatabaseFile(db: string, user: User): Finding[] {
  const what = `database ${db}`;
  return guarded("database", what, () => {
    const info = statOf(db);
    if (info === undefined) return [missing("database", what, db, user)];
    const findings = checkFile({ check: "database", what, path: db, option: "--db" }, info, user);
    const above = folderAbove(db);
    const folder = Deno.statSync(above);
    if (!canMakeFiles(folder, user)) {
      findings.push(error(
        "database",
        `its folder ${above} does not let this user make files (mode ${
          modeText(folder.mode ?? 0)
        }); ` +
          "the write-ahead log stands there",
        `Give this user write permission on ${above}.`,
      ));
    }
    return [...findings, ...tooOpen("database", `its folder ${above}`, above, folder, user)];
  });
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(trimFolder(path)).isSymlink;
  } catch {
    return false;
  }
}

/**
 * The folder of the locks: there or to be made, ours, and not open to everybody.
 *
 * @param lockDir Its path.
 * @param user Who looks.
 */
export function checkLockFolder(lockDir: string, user: User): Finding[] {
  const check = "lock_folder";
  const what = `lock folder ${lockDir}`;
  return guarded(check, what, () => {
    const info = statOf(lockDir);
    if (info === undefined && isLink(lockDir)) {
      return [error(
        check,
        `${what} is a symbolic link that leads to nothing`,
        "Make the folder that it leads to, or remove the link.",
      )];
    }
    if (info === undefined) return [missing(check, what, lockDir, user)];
    if (!info.isDirectory) {
      return [error(check, `${what} is not a folder`, "Name another with --lock-dir.")];
    }
    const findings = [
      ...canMakeFiles(info, user) ? [] : [error(
        check,
        `${what} does not let this user make files (mode ${modeText(info.mode ?? 0)})`,
        "Give this user write permission on it, or name another with --lock-dir.",
      )],
      ...ownership(check, what, info, user),
      ...tooOpen(check, what, lockDir, info, user),
    ];
    if (findings.length > 0) return findings;
    return [ok(check, `${what} can be used${withMode(info.mode, user)}`)];
  });
}

/**
 * The spill file: usable where it is there, and empty.
 *
 * @param db Path of the database.
 * @param user Who looks.
 */
export function checkSpillFile(db: string, user: User): Finding[] {
  const check = "spill_file";
  const path = spillPathOf(db);
  return guarded(check, path, () => {
    const info = statOf(path);
    if (info === undefined) return [ok(check, "no log row waits for the database")];
    const findings = checkFile(
      { check, what: `spill file ${path}`, path, option: "--db" },
      info,
      user,
    );
    if (info.size === 0) return findings;
    return [
      ...findings.filter(({ level }) => level !== "ok"),
      warning(
        check,
        `${path} holds log rows that the database could not take (${info.size} bytes)`,
        "The next run that can write brings them in by itself; see why it could not: tickerlock db info",
      ),
    ];
  });
}
