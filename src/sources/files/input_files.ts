/** From `--file` (files, folders, patterns) to paths, and what reading has in common. @module */
import { messageOf, SourceError } from "../../base/errors.ts";
import { listed, plural } from "../../base/text.ts";
import { hintOf, type RefusalKind, refusalOf } from "../../platform/refusals.ts";
import type { ReadProgress, SourceFailure } from "../source.ts";

/** A file of a folder, or a member of a ZIP, that is not read. */
export interface PassedOver {
  readonly file: string;
  /** Why: `is empty`, `begins with "%PDF"`, … */
  readonly reason: string;
}

/** Which files of folders and patterns are taken. A file that is named is taken as it is. */
export interface FolderRules {
  /** Why a file of a folder is passed over; `pattern` is what was typed behind the folder. */
  readonly reasonAgainst: (
    path: string,
    pattern: string | undefined,
  ) => string | undefined | Promise<string | undefined>;
  readonly subfolders: boolean;
}

interface InputFiles {
  /** Each once, in the order of the inputs, those of one folder by name. */
  readonly paths: readonly string[];
  readonly failures: readonly SourceFailure[];
  readonly passedOver: readonly PassedOver[];
}

/** Whether a name matches `*` and `?`, whatever the case, in time of both lengths at worst. */
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

/** The last part of a path; both kinds of slash separate on every system. */
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

/** `file_not_found`, `file_unreadable`, `is_a_directory` or `file_read_failed`. */
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

function identity(path: string, info: Deno.FileInfo): string {
  return info.ino === null || info.ino === 0 ? path : `${info.dev}:${info.ino}`;
}

async function namesIn(
  input: string,
  folder: string,
  signal: AbortSignal | undefined,
  pattern = "*",
): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      signal?.throwIfAborted();
      if (matchesPattern(name, pattern)) names.push(name);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(input, error);
  }
  return names.sort();
}

class Search {
  readonly found = new Map<string, string>();
  readonly passed: PassedOver[] = [];
  readonly #rules: FolderRules;
  readonly #signal: AbortSignal | undefined;
  /** Folders, since a link to a folder above would lead round and round. */
  #entered = new Set<string>();

  constructor(rules: FolderRules, signal: AbortSignal | undefined) {
    this.#rules = rules;
    this.#signal = signal;
  }

  async add(input: string): Promise<void> {
    let info: Deno.FileInfo;
    try {
      info = await Deno.stat(input);
    } catch (error) {
      const pattern = baseName(input);
      if (!/[*?]/.test(pattern)) throw fileError(input, error);
      return await this.#addMatching(input, input.slice(0, -pattern.length), pattern);
    }
    if (info.isDirectory) {
      await this.#addMatching(input, /[/\\]$/.test(input) ? input : `${input}/`);
    } else if (info.isFile) this.#addFile(input, identity(input, info));
    else {
      const message = `${JSON.stringify(input)} is neither a file nor a folder`;
      throw new SourceError("not_a_regular_file", message, {
        hint: "Save the data to a file first: it may have to be read more than once.",
      });
    }
  }

  #addFile(path: string, key: string): void {
    if (!this.found.has(key)) this.found.set(key, path);
  }

  async #addMatching(input: string, prefix: string, pattern?: string): Promise<void> {
    const folder = prefix || ".";
    const already = this.passed.length;
    const names = await namesIn(input, folder, this.#signal, pattern);
    this.#entered = new Set([identity(folder, await Deno.stat(folder))]);
    if (await this.#addAll(names.map((name) => prefix + name), pattern)) return;
    const passed = this.passed.slice(already);
    throw new SourceError("no_files_matched", `no file in ${JSON.stringify(input)} can be used`, {
      hint: "Name a file, a folder or a pattern that has some: " +
        (passed.length === 0 ? "nothing here matches." : `${describePassedOver(passed)}.`),
      details: { input, passed_over: passed.length },
    });
  }

  async #addAll(paths: readonly string[], pattern: string | undefined): Promise<boolean> {
    let isAny = false;
    for (const path of paths) {
      this.#signal?.throwIfAborted();
      // Opening what has no info says what is wrong, where it would be taken.
      const info = await Deno.stat(path).catch(() => undefined);
      const key = info === undefined ? path : identity(path, info);
      let reason: string | undefined;
      if (info?.isDirectory === true) {
        if (this.#entered.has(key)) continue;
        if (this.#rules.subfolders) {
          this.#entered.add(key);
          try {
            const names = await namesIn(path, path, this.#signal);
            isAny = await this.#addAll(names.map((name) => `${path}/${name}`), pattern) || isAny;
            continue;
          } catch (error) {
            if (!(error instanceof SourceError)) throw error;
            reason = error.message;
          }
        } else reason = "is a folder";
      } else if (info?.isFile === false) reason = "is neither a file nor a folder";
      else reason = await this.#rules.reasonAgainst(path, pattern);
      if (reason !== undefined) this.passed.push({ file: path, reason });
      else {
        this.#addFile(path, key);
        isAny = true;
      }
    }
    return isAny;
  }
}

const MOST_NAMED = 5;

/** What was passed over, for people: the first files with their reasons, and how many more. */
export function describePassedOver(passed: readonly PassedOver[]): string {
  const named = passed.map(({ file, reason }) => `${file} (${reason})`);
  const files = `${plural(passed.length, "file")} ${passed.length === 1 ? "is" : "are"}`;
  return `${files} passed over: ${listed(named, MOST_NAMED)}`;
}

/** Finds the files of `--file`; an input that fails is among the failures. */
export async function expandInputFiles(
  inputs: readonly string[],
  rules: FolderRules,
  signal?: AbortSignal,
): Promise<InputFiles> {
  const search = new Search(rules, signal);
  const failures: SourceFailure[] = [];
  for (const input of inputs) await orFailure(input, () => search.add(input), failures, signal);
  return { paths: [...search.found.values()], failures, passedOver: search.passed };
}

/** Does work on an input; a `SourceError` is a failure of that input, and the others go on. */
export async function orFailure(
  what: string,
  work: () => Promise<void>,
  failures: SourceFailure[],
  signal?: AbortSignal,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof SourceError)) throw error;
    failures.push({ what, error });
  }
}

/** Shortest time between two reports of progress. */
export const PROGRESS_INTERVAL_MS = 100;

/** Reports progress ten times per second at most, the first time at once. */
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
