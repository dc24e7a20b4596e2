/** Writing unit files: what would change, whether that is allowed, and doing it. @module */
import { EXIT, TickerlockError, UsageError } from "../base/errors.ts";
import { replaceFile } from "../files/atomic.ts";
import { lstatIfThere } from "../platform/files.ts";
import { makeFolders, thisUser } from "../platform/owners.ts";
import { splitPath } from "../platform/paths.ts";
import { readWholeSync, readWholeTextSync } from "../platform/read_whole.ts";
import { explain } from "../platform/refusals.ts";
import { readMark } from "./edit_mark.ts";
import type { Unit } from "./units.ts";

/** Every user may read units: the manager's own tools do. */
const UNIT_MODE = 0o644;
const UNIT_FOLDER_MODE = 0o755;

/** What is to be done with one unit file. */
export interface Step {
  readonly path: string;
  readonly text: string;
  /** `update`: as an earlier tickerlock wrote it; `edited` by hand or `foreign`: only by force. */
  readonly action: "create" | "none" | "update" | "edited" | "foreign";
  /** Unified diff from what is there to what is wanted; empty where nothing changes. */
  readonly diff: string;
}

/** Where units of the system are installed, which is root's. */
export const SYSTEM_UNITS = "/etc/systemd/system";

/** A unit file, or its folder, that cannot be worked on. */
export function unusable(path: string, verb: string, error: unknown): TickerlockError {
  const { kind, why, hint } = explain(error, path, "write", "name another with --dir");
  const isDenied = kind === "permission" || kind === "withheld";
  const code = isDenied ? "unit_permission" : "unit_io";
  return new TickerlockError(code, `could not ${verb} ${path}: ${why}`, EXIT.failed, {
    hint: isDenied && path.startsWith(SYSTEM_UNITS) && thisUser() !== 0
      ? "Run it as root (sudo), or with --scope user, or write elsewhere with --dir."
      : hint,
    cause: error,
    details: { path },
  });
}

function present(path: string): string | undefined {
  try {
    const info = lstatIfThere(path);
    if (info === undefined) return undefined;
    if (!info.isSymlink) return readWholeTextSync(path);
  } catch (error) {
    throw unusable(path, "read", error);
  }
  throw new UsageError("unit_is_a_link", `${path} is a symbolic link`, {
    hint: "It was masked or put there by hand: remove it first (systemctl unmask), or name " +
      "another place with --dir.",
    details: { path },
  });
}

function isOfPerson({ action }: Step): boolean {
  return action === "edited" || action === "foreign";
}

/** Compares what is wanted with what is in a folder. @throws {TickerlockError} */
export async function planInstall(units: readonly Unit[], folder: string): Promise<Step[]> {
  // Only here: the library is of no use to any other command.
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  return units.map(({ name, text }) => {
    const path = `${folder}/${name}`;
    const before = present(path);
    if (before === text) return { path, text, action: "none", diff: "" };
    const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
    const from = before === undefined ? "/dev/null" : path;
    const diff = createTwoFilesPatch(from, path, before ?? "", text, "", "", options);
    const mark = before === undefined ? "create" : readMark(before);
    return { path, text, action: mark === "untouched" ? "update" : mark, diff };
  });
}

/** Refuses to overwrite what a person has changed. @throws {UsageError} `unit_changed`. */
export function checkPlan(steps: readonly Step[]): void {
  const changed = steps.filter(isOfPerson);
  if (changed.length === 0) return;
  const names = changed.map(({ path, action }) =>
    `${path} (${action === "edited" ? "edited by hand" : "not written by tickerlock"})`
  );
  throw new UsageError("unit_changed", `would overwrite ${names.join(", ")}`, {
    hint:
      "Move your changes into a drop-in (systemctl edit) and install with --force; nothing was " +
      "written.",
    details: { paths: changed.map(({ path }) => path) },
  });
}

/** A file that was written. */
export interface WrittenUnit {
  readonly path: string;
  /** Where the unit is kept that a person has edited or written; null where there was none. */
  readonly kept: string | null;
}

/** Copies a file beside it, under a name that is free and that systemd does not read. */
export async function keep(path: string): Promise<string> {
  try {
    const bytes = readWholeSync(path);
    const mode = (Deno.statSync(path).mode ?? UNIT_MODE) & 0o777;
    for (let n = 1;; n++) {
      const kept = `${path}.~${n}~`;
      try {
        await replaceFile(kept, bytes, { mode, exclusive: true });
        return kept;
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
  } catch (error) {
    throw unusable(path, "keep a copy of", error);
  }
}

/**
 * Writes what a plan says. What a person has edited or written is kept beside, as `NAME.~1~`,
 * before any file is replaced. @throws {TickerlockError}
 */
export async function install(steps: readonly Step[]): Promise<WrittenUnit[]> {
  const wanted = steps.filter(({ action }) => action !== "none");
  for (const folder of new Set(wanted.map(({ path }) => splitPath(path).folder))) {
    try {
      makeFolders(folder, UNIT_FOLDER_MODE);
    } catch (error) {
      throw unusable(folder, "make", error);
    }
  }
  const written: WrittenUnit[] = [];
  for (const step of wanted) {
    written.push({ path: step.path, kept: isOfPerson(step) ? await keep(step.path) : null });
  }
  for (const { path, text } of wanted) {
    try {
      await replaceFile(path, new TextEncoder().encode(text), { mode: UNIT_MODE });
    } catch (error) {
      throw unusable(path, "write", error);
    }
  }
  return written;
}
