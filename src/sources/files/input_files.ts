/**
 * The files of a source: from what was typed after `--file` (files, folders, and patterns) to paths,
 * and what reading them has in common.
 *
 * @module
 */
import { messageOf, SourceError } from "../../base/errors.ts";
import { hintOf, type RefusalKind, refusalOf } from "../../platform/refusals.ts";
import type { ReadProgress, SourceFailure } from "../source.ts";

/** A file of a folder, or a member of a ZIP, that is not read. */
export interface PassedOver {
  /** Its path; with the member where it is in a ZIP. */
  readonly file: string;
  /** Why: `is empty`, `begins with "%PDF"`, … */
  readonly reason: string;
}

/** How files are chosen by what is in them. */
export interface ByContent {
  /**
   * Looks at a file of a folder or pattern, whatever its name.
   *
   * @returns Why it is passed over; undefined where it is taken.
   */
  readonly reasonAgainst: (path: string) => Promise<string | undefined>;
  /** Receives each file, or folder, that is not read. */
  readonly onPassedOver: (passed: PassedOver) => void;
}

/** What {@linkcode expandInputFiles} takes from folders. */
export type ExpandInputFilesOptions =
  | {
    /** Extensions taken from folders and patterns, with the dot, in any case: `[".txt", ".zip"]`. */
    readonly extensions: readonly string[];
    /** Pattern of the file names taken from a folder that was given without one. Default `*`. */
    readonly defaultPattern?: string;
  }
  /** By their content, from subfolders too. */
  | ByContent;

/**
 * Whether a file name matches a pattern of `*` (any characters, also none) and `?` (one character).
 * Case is ignored, as the extensions of downloaded files come in any. Takes time in proportion to the
 * product of the lengths at worst, whatever the pattern.
 *
 * @param pattern Pattern; every other character stands for itself.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const text = name.toLowerCase();
  const wanted = pattern.toLowerCase();
  let t = 0;
  let p = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (t < text.length) {
    if (p < wanted.length && wanted[p] === "*") {
      starAt = p++;
      resumeAt = t;
    } else if (p < wanted.length && (wanted[p] === "?" || wanted[p] === text[t])) {
      p++;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++resumeAt;
    } else {
      return false;
    }
  }
  while (wanted[p] === "*") p++;
  return p === wanted.length;
}

/** The last part of a path; both kinds of slash separate, so that reports read the same everywhere. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

const CODES: Readonly<Partial<Record<RefusalKind, string>>> = {
  not_a_folder: "file_not_found",
  a_folder: "is_a_directory",
  permission: "file_unreadable",
  withheld: "file_unreadable",
  special: "file_unreadable",
};

/**
 * Puts a failed file operation into this project's terms.
 *
 * @param error What `Deno.open`, `Deno.stat`, a read or node:fs threw.
 * @returns `file_not_found`, `file_unreadable`, `is_a_directory` or `file_read_failed`.
 */
export function fileError(path: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const shown = JSON.stringify(path);
  const options = { cause: error, details: { file: path } };
  const refusal = refusalOf(error, path, "read");
  if (refusal === undefined) {
    const message = `cannot read ${shown}: ${messageOf(error)}`;
    return new SourceError("file_read_failed", message, {
      ...options,
      hint: "Check the disk and the path.",
    });
  }
  if (refusal.kind === "missing") {
    return new SourceError("file_not_found", `file ${shown} does not exist`, {
      ...options,
      hint: "Check the path; * and ? work in its last part only.",
    });
  }
  const code = CODES[refusal.kind] ?? "file_read_failed";
  const message = `cannot read ${shown}: ${refusal.why}`;
  return new SourceError(code, message, { ...options, hint: hintOf(refusal) });
}

/** The error of a file whose content is of no use. */
export function fileFault(
  path: string,
  code: string,
  message: string,
  hint: string,
  details: Record<string, unknown> = {},
): SourceError {
  return new SourceError(code, message, { hint, details: { file: path, ...details } });
}

/** Identity of a file, so that two spellings of one path are read once. */
function identity(path: string, info: Deno.FileInfo): string {
  return info.ino === null || info.ino === 0 ? path : `${info.dev}:${info.ino}`;
}

interface Folder {
  readonly input: string;
  readonly folder: string;
  /** What the names in it are appended to. */
  readonly prefix: string;
  /** Undefined where none was given. */
  readonly pattern: string | undefined;
}

/** Names in a folder, sorted. */
async function namesIn(
  { input, folder, prefix, pattern = "*" }: Folder,
  isWanted: (entry: Deno.DirEntry) => boolean,
): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (matchesPattern(entry.name, pattern) && isWanted(entry)) names.push(prefix + entry.name);
    }
  } catch (error) {
    throw fileError(input, error);
  }
  return names.sort();
}

/** Adds the files of a folder that match, in the order of their names. */
async function addFolder(
  place: Folder,
  { extensions, defaultPattern = "*" }: Exclude<ExpandInputFilesOptions, ByContent>,
  found: Map<string, string>,
): Promise<void> {
  const { input, folder, pattern = defaultPattern } = place;
  const paths = await namesIn({ ...place, pattern }, ({ name, isDirectory }) => {
    const lower = name.toLowerCase();
    return !isDirectory && extensions.some((each) => lower.endsWith(each.toLowerCase()));
  });
  let added = 0;
  for (const path of paths) {
    try {
      const info = await Deno.stat(path);
      if (!info.isFile) continue;
      added++;
      const key = identity(path, info);
      if (!found.has(key)) found.set(key, path);
    } catch (error) {
      throw fileError(path, error);
    }
  }
  if (added > 0) return;
  const kinds = extensions.join(", ");
  throw new SourceError("no_files_matched", `no file matches ${JSON.stringify(input)}`, {
    hint: `Only ${kinds} files named like ${pattern} were looked for in ${JSON.stringify(folder)}.`,
    details: { input, pattern, extensions },
  });
}

/** Adds the files of a folder and its subfolders that are chosen by their content. */
async function addByContent(
  place: Folder,
  { reasonAgainst, onPassedOver }: ByContent,
  found: Map<string, string>,
): Promise<void> {
  const { input } = place;
  const passed: PassedOver[] = [];
  // A link to a folder above would lead round and round.
  const entered = new Set<string>();
  let added = 0;
  const passOver = (file: string, reason: string): void => {
    passed.push({ file, reason });
    onPassedOver({ file, reason });
  };
  const addFile = async (path: string, key: string): Promise<void> => {
    const reason = await reasonAgainst(path);
    if (reason !== undefined) return passOver(path, reason);
    added++;
    if (!found.has(key)) found.set(key, path);
  };
  const addAll = async (paths: readonly string[]): Promise<void> => {
    for (const path of paths) {
      let info: Deno.FileInfo | undefined;
      try {
        info = await Deno.stat(path);
      } catch {
        // Opening it says what is wrong, where it would be taken.
      }
      const key = info === undefined ? path : identity(path, info);
      if (info === undefined || info.isFile) await addFile(path, key);
      else if (!info.isDirectory) passOver(path, "is neither a file nor a folder");
      else if (!entered.has(key)) {
        entered.add(key);
        const below = { input: path, folder: path, prefix: `${path}/`, pattern: undefined };
        try {
          await addAll(await namesIn(below, () => true));
        } catch (error) {
          if (!(error instanceof SourceError)) throw error;
          passOver(path, error.message);
        }
      }
    }
  };
  const paths = await namesIn(place, () => true);
  entered.add(identity(place.folder, await Deno.stat(place.folder)));
  await addAll(paths);
  if (added > 0) return;
  throw new SourceError("no_files_matched", `no file in ${JSON.stringify(input)} can be used`, {
    hint: "Name a file, a folder or a pattern that has some: " +
      (passed.length === 0 ? "nothing here matches." : `${describePassedOver(passed)}.`),
    details: { input, passed_over: passed.length },
  });
}

/** Files passed over that are named in one sentence. */
const MOST_NAMED = 5;

/** What was passed over, for people: the first files with their reasons, and how many more. */
export function describePassedOver(passed: readonly PassedOver[]): string {
  const named = passed.slice(0, MOST_NAMED).map(({ file, reason }) => `${file} (${reason})`);
  const more = passed.length - named.length;
  return `${passed.length} file${passed.length === 1 ? " is" : "s are"} passed over: ` +
    named.join(", ") + (more > 0 ? `, and ${more} more` : "");
}

/**
 * Finds the files of `--file`. Call it before locks are taken and a database is opened: every
 * mistake in a path shows here.
 *
 * An input is a file (of any extension), a folder, or `folder/pattern` with `*` and `?` in its last
 * part. A name that has those characters and exists is taken as it is.
 *
 * @returns Paths in the order of the inputs, those of one folder in the order of their names, each
 * file once however often and under whatever name it was given.
 * @param onFailure Receives each input that fails, and the others go on. By default the first one is
 * thrown.
 * @throws {SourceError} `file_not_found`, `file_unreadable`, `no_files_matched`,
 * `not_a_regular_file` (a pipe or device: files may be read more than once).
 */
export async function expandInputFiles(
  inputs: readonly string[],
  options: ExpandInputFilesOptions,
  onFailure?: (failure: SourceFailure) => void,
): Promise<string[]> {
  const found = new Map<string, string>();
  const addAllOf = (place: Folder): Promise<void> =>
    "extensions" in options
      ? addFolder(place, options, found)
      : addByContent(place, options, found);
  const add = async (input: string): Promise<void> => {
    let info: Deno.FileInfo;
    try {
      info = await Deno.stat(input);
    } catch (error) {
      const pattern = baseName(input);
      if (!/[*?]/.test(pattern)) throw fileError(input, error);
      const prefix = input.slice(0, input.length - pattern.length);
      return await addAllOf({ input, folder: prefix || ".", prefix, pattern });
    }
    if (info.isDirectory) {
      const prefix = /[/\\]$/.test(input) ? input : `${input}/`;
      await addAllOf({ input, folder: input, prefix, pattern: undefined });
    } else if (info.isFile) {
      const key = identity(input, info);
      if (!found.has(key)) found.set(key, input);
    } else {
      throw new SourceError(
        "not_a_regular_file",
        `${JSON.stringify(input)} is neither a file nor a folder`,
        { hint: "Save the data to a file first: it may have to be read more than once." },
      );
    }
  };
  for (const input of inputs) {
    if (onFailure === undefined) await add(input);
    else await orFailure(input, () => add(input), onFailure);
  }
  return [...found.values()];
}

/** Does work on an input; a `SourceError` is a failure of that input, and the others go on. */
export async function orFailure(
  what: string,
  work: () => Promise<void>,
  onFailure: (failure: SourceFailure) => void,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof SourceError)) throw error;
    onFailure({ what, error });
  }
}

/** Shortest time between two reports of progress. */
export const PROGRESS_INTERVAL_MS = 100;

/**
 * A function that reports progress ten times per second at most. The first call always reports.
 *
 * @param now Milliseconds on a clock that never goes back. Default `performance.now`.
 * @returns Takes what is called for each block that was read.
 */
export function throttledProgress(
  report: ((progress: ReadProgress) => void) | undefined,
  now: () => number = () => performance.now(),
): (progress: ReadProgress) => void {
  let last = -Infinity;
  return (progress) => {
    if (report === undefined) return;
    const time = now();
    if (time - last < PROGRESS_INTERVAL_MS) return;
    last = time;
    report(progress);
  };
}

/** The error of a run in which no file could be used. */
export function nothingUsable(failures: readonly SourceFailure[]): Error {
  const [first] = failures;
  if (first === undefined) {
    return new SourceError("no_usable_file", "no file was given", { hint: "Give --file." });
  }
  if (failures.length === 1) return first.error;
  const shown = failures.slice(0, 3).map(({ what, error }) => `${what}: ${error.message}`);
  const more = failures.length > 3 ? `; and ${failures.length - 3} more` : "";
  const message = `none of ${failures.length} files can be used: ${shown.join("; ")}${more}`;
  return new SourceError("no_usable_file", message, {
    hint: first.error instanceof SourceError ? first.error.hint ?? "" : "Check the files.",
    cause: first.error,
    details: { files: failures.map(({ what }) => what) },
  });
}
