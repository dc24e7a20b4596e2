/** The places that the command of a unit needs, and which the unit's hardening denies. @module */
import type { Scope } from "./hardening.ts";
import { optionValues } from "./read.ts";

/** The part of a unit that names where it reads and writes. */
export interface Placed {
  readonly scope: Scope;
  /** A user that exists; null for one that systemd allocates while the service runs. */
  readonly user: string | null;
  readonly exec: string;
  readonly tickersFile: string | null;
  readonly config: string | null;
  readonly extra: readonly string[];
}

/** The service has a private /tmp: files of the real one are not seen, what it writes there is lost. */
const TMP = /^\/(var\/)?tmp(\/|$)/;
const HOME = /^\/(home|root|run\/user)(\/|$)/;
const OWN = /^\/(var\/lib|run)\/tickerlock(\/|$)/;

/** Without `//`, `.` and `..`, which systemd refuses in `ReadWritePaths=`. */
function plain(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

/** Absolute paths that options name; what is relative counts from the service's own folder of state. */
function named(words: readonly string[], ...options: readonly string[]): string[] {
  return options.flatMap((option) => optionValues(words, option))
    .filter((path) => path.startsWith("/")).map(plain);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Folders named after `--` that systemd does not make; never the root, which opens everything. */
export function writtenFolders(extra: readonly string[]): string[] {
  const folders = [
    ...named(extra, "--db").map(folderOf),
    ...named(extra, "--lock-dir", "--save-raw"),
    ...named(extra, "--log-file").map(folderOf),
  ];
  return [...new Set(folders)].filter((path) => path !== "/" && !OWN.test(path) && !TMP.test(path));
}

function readPaths({ exec, tickersFile, config, extra }: Placed): string[] {
  const files = [tickersFile, config].flatMap((path) => path === null ? [] : [plain(path)]);
  return [
    plain(exec),
    ...files,
    ...named(extra, "--file", "--tickers-file", "--config", "--ca-file"),
  ];
}

/** Whether a file or folder that is named is in a home folder. */
export function needsHome(unit: Placed): boolean {
  return [...readPaths(unit), ...writtenFolders(unit.extra)].some((path) => HOME.test(path));
}

function isHomeOf(path: string, user: string | null): boolean {
  if (user === null) return false;
  return user === "root" ? path.startsWith("/root/") : path.startsWith(`/home/${user}/`);
}

function writingProblem(path: string, { scope, user }: Placed, isThere: boolean): string[] {
  const there = isThere ? "" : "has to be there, and ";
  if (scope === "system" && user === null) {
    return [
      `${path} ${there}has to be writable for a user whom systemd makes up, and who owns nothing outside ` +
      "/var/lib/tickerlock: name one whose it is with --user",
    ];
  }
  if (isThere) return [];
  if (scope === "user") return [`${path} has to be there for the service to write`];
  return [`${path} ${there}has to be user ${user}'s for the service to write`];
}

/** What the service could not see or write. @param exists For another machine always true. */
export function placeProblems(unit: Placed, exists: (path: string) => boolean): string[] {
  const { scope, user, exec, extra } = unit;
  const read = readPaths(unit);
  const written = writtenFolders(extra);
  const inTmp = [...read, ...named(extra, "--db", "--lock-dir", "--save-raw", "--log-file")]
    .filter((path) => TMP.test(path));
  const atHome = scope === "user"
    ? []
    : [...read, ...written].filter((path) => HOME.test(path) && !isHomeOf(path, user));
  return [
    ...inTmp.map((path) =>
      `${path} cannot be seen by the service, which has a /tmp of its own: move it elsewhere`
    ),
    ...atHome.map((path) =>
      `${path} is in a home folder, which user ${user ?? "tickerlock"} of the service can hardly ` +
      "enter: move it elsewhere, or name the user whose it is with --user"
    ),
    ...exists(exec)
      ? []
      : [`${exec} is not there: put the program there, or name another with --exec PATH`],
    ...written.filter((path) => !atHome.includes(path)).flatMap((path) =>
      writingProblem(path, unit, exists(path))
    ),
  ];
}
