/**
 * Keeping a log file away from what the command reads and writes, and from files that are no log.
 *
 * @module
 */
import { fileIdentity } from "../../store/sqlite/connection/file.ts";
import { UsageError } from "../../base/errors.ts";
import { splitPath } from "../../platform/paths.ts";
import { matchesPattern } from "../../sources/files/input_files.ts";
import type { GivenFile } from "./given_files.ts";
import { refuseOwnFiles } from "./own_files.ts";

const OPTION = "--log-file";

/** Endings of what sources take from a folder: a log of any other name may well be in it. */
const TAKEN_FROM_FOLDERS = /\.(csv|tsv|txt|zip)$/i;

/** As many symbolic links in a row as Linux follows: path_resolution(7). */
const MOST_LINKS = 40;

/** More than any line of a log begins with. */
const LOOKED_AT_BYTES = 64 * 1024;

/** What every line of LogTape's `jsonLinesFormatter` begins with. */
const LINE_BEGINS = '{"@timestamp":"';

function joined(folder: string, name: string): string {
  return /[/\\]$/.test(folder) ? folder + name : `${folder}/${name}`;
}

/** Where a path leads in the end, also where there is nothing yet. */
function placeOf(path: string, links = 0): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // It is not there, or must not be looked at: its folder may be.
  }
  const { folder, name } = splitPath(path);
  try {
    if (links < MOST_LINKS && Deno.lstatSync(path).isSymlink) {
      const to = Deno.readLinkSync(path);
      return placeOf(/^([/\\]|[a-zA-Z]:)/.test(to) ? to : joined(folder, to), links + 1);
    }
  } catch {
    // No link.
  }
  try {
    return joined(Deno.realPathSync(folder), name);
  } catch {
    return path;
  }
}

/** A file by where it is and, if it is there, by what it is. */
class Marks {
  readonly #marks = new Set<string>();

  constructor(paths: readonly string[]) {
    for (const path of paths) for (const mark of Marks.of(path)) this.#marks.add(mark);
  }

  static of(path: string): string[] {
    const identity = fileIdentity(path);
    return [`at ${placeOf(path)}`, ...identity === undefined ? [] : [`is ${identity}`]];
  }

  has(path: string): boolean {
    return Marks.of(path).some((mark) => this.#marks.has(mark));
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** What would be read of a folder or a pattern: its files, and the log's own name if it would match. */
function insideOf(path: string, logs: readonly string[]): string[] {
  const split = splitPath(path);
  const whole = isFolder(path);
  if (!whole && !/[*?]/.test(split.name)) return [];
  const folder = whole ? path : split.folder;
  const taken = (name: string): boolean =>
    TAKEN_FROM_FOLDERS.test(name) && (whole || matchesPattern(name, split.name));
  const own = logs.map((log) => splitPath(placeOf(log)).name);
  let there: string[] = [];
  try {
    there = [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    // Whoever reads it will say what is wrong.
  }
  return [...there, ...own].filter(taken).map((name) => joined(folder, name));
}

/** The first line of a file; undefined where it is empty or cannot be read. */
function firstLine(path: string): { text: string; whole: boolean } | undefined {
  try {
    if (!Deno.statSync(path).isFile) return undefined;
    using file = Deno.openSync(path, { read: true });
    const bytes = new Uint8Array(LOOKED_AT_BYTES);
    const count = file.readSync(bytes) ?? 0;
    if (count === 0) return undefined;
    const text = new TextDecoder().decode(bytes.subarray(0, count));
    const end = text.indexOf("\n");
    return end < 0 ? { text, whole: false } : { text: text.slice(0, end), whole: true };
  } catch {
    return undefined;
  }
}

function isLogLine(text: string): boolean {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null && "@timestamp" in line && "level" in line &&
      "message" in line && "logger" in line && typeof line.logger === "string" &&
      line.logger.startsWith("tickerlock");
  } catch {
    return false;
  }
}

// A first line that a full disk or a power cut has torn is a log's too: it begins like one.
function isLog(path: string): boolean {
  const line = firstLine(path);
  if (line === undefined || isLogLine(line.text)) return true;
  if (line.text.startsWith(LINE_BEGINS)) {
    return !line.whole || !/^\{.*\}$/.test(line.text);
  }
  return !line.whole && LINE_BEGINS.startsWith(line.text);
}

function refused(path: string, why: string, hint: string): UsageError {
  return new UsageError("path_refused", `${OPTION} ${path}: ${why}`, {
    hint: `${hint} Nothing was changed.`,
    details: { option: OPTION, path },
  });
}

/**
 * Refuses a log file that is a database or a lock, a file that the command was given, or one whose
 * content is no log of this program; and the same for the names under which it is put aside. Nothing
 * is written, so what it says holds for this moment.
 *
 * @param path The log file, which need not be there.
 * @param maxFiles How many log files there are at most, the current one included.
 * @param db The database of the command; empty where it has none.
 * @param given What else the command reads or writes.
 * @throws {UsageError} `path_refused`.
 */
export function refuseLogFile(
  path: string,
  maxFiles: number,
  db: string,
  given: readonly GivenFile[],
): void {
  refuseOwnFiles(OPTION, path, db);
  const older = Array.from({ length: Math.max(0, maxFiles - 1) }, (_, at) => `${path}.${at + 1}`);
  const names = [path, ...older];
  const logs = new Marks(names);
  for (const { option, path: other } of given) {
    const clash = [other, ...insideOf(other, names)].find((each) => logs.has(each));
    if (clash === undefined) continue;
    const what = clash === other ? option : `${option} ${other}`;
    throw refused(
      path,
      new Marks([path]).has(clash)
        ? `it is ${clash}, which the command was given (${what})`
        : `older logs would be put in the place of ${clash}, which the command was given (${what})`,
      `Name another file with ${OPTION}.`,
    );
  }
  const strange = names.find((each) => !isLog(each));
  if (strange === undefined) return;
  throw refused(
    path,
    strange === path
      ? "the file has something in it, and is no log of tickerlock"
      : `${strange}, where older logs are put, has something in it, and is no log of tickerlock`,
    `Name another file with ${OPTION}, or move that one away.`,
  );
}
