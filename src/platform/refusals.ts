/** Why the system refuses a path, and the remedy, in the words of all errors about a path. @module */
import { messageOf } from "../base/errors.ts";
import { systemCode } from "./errors.ts";
import { CURRENT_OS, type Os } from "./os.ts";
import { UnsafeFileError } from "./owners.ts";
import { splitPath } from "./paths.ts";

/** What was to be done with the path. */
export type Use = "read" | "write";

/** Why a path is refused, and what to do about it. */
export interface Refusal {
  readonly kind: RefusalKind;
  /** The end of a sentence: `permission denied`. */
  readonly why: string;
  /** What to do, without a full stop: `Find the links with ls -l and remove one`. */
  readonly fix: string;
  /** Whether the user has the right, and it is forbidden all the same: EPERM, as of `chattr +i`. */
  readonly isForbidden: boolean;
}

const KINDS: Readonly<Record<string, RefusalKind>> = {
  ENOENT: "missing",
  ENOTDIR: "not_a_folder",
  EISDIR: "a_folder",
  EACCES: "permission",
  EPERM: "permission",
  EROFS: "read_only",
  ELOOP: "loop",
  ENAMETOOLONG: "too_long",
  ENOSPC: "full",
  EDQUOT: "quota",
  EFBIG: "too_large",
  EBUSY: "mounted",
  EXDEV: "mounted",
  ETXTBSY: "busy",
  EMFILE: "open_files",
  ENFILE: "open_files",
};

const CLASSES: readonly (readonly [new (message: string) => Error, RefusalKind])[] = [
  [Deno.errors.NotFound, "missing"],
  [Deno.errors.NotADirectory, "not_a_folder"],
  [Deno.errors.IsADirectory, "a_folder"],
  [Deno.errors.PermissionDenied, "permission"],
  [Deno.errors.FilesystemLoop, "loop"],
];

/** The end of a message of Deno's: `Permission denied (os error 13): open '/data/x'`. */
const OS_ERROR = / \(os error \d+\)(?:: (\w+) '(.+)')?/s;

/** What Deno says of a path of no characters, without asking the system (2.9.6). */
const EMPTY_PATH = "Empty path is not allowed";

type Told = [why: string, fix: string, toWrite?: string];

/** What is said of each kind, and its remedy, which can differ by what was to be done. */
const TOLD = {
  missing: ["it does not exist", "Check the path"],
  not_a_folder: ["a part of its path is not a folder", "Check the path"],
  a_folder: ["it is a folder", "Name a file in it"],
  permission: [
    "permission denied",
    "Give this user the right to read it and to enter its folder",
    "Give this user the right to write it, and to write in its folder",
  ],
  // What the runtime says of these two tells more.
  withheld: [
    "",
    "Start it with --allow-read for that path",
    "Start it with --allow-read and --allow-write for its folder",
  ],
  unsafe: ["", ""],
  other: ["", "Check the path, and the kernel's log (dmesg) for the disk"],
  special: [
    "Deno opens nothing below /dev, /proc and /sys for a program with limited rights",
    "Name a place elsewhere",
  ],
  read_only: [
    "its file system is read-only",
    "Have it mounted for writing (mount -o remount,rw)",
  ],
  loop: ["its symbolic links lead in a circle", "Find the links with ls -l and remove one"],
  too_long: ["its name or path is too long", "Shorten it"],
  full: ["no space is left on its disk", "Free some space"],
  quota: [
    "this user's share of its disk (quota) is used up",
    "Remove files of this user there, or have the share raised (quota, edquota)",
  ],
  too_large: [
    "it would be larger than this process may make a file",
    "Raise the limit (ulimit -f; LimitFSIZE= of a systemd unit)",
  ],
  busy: [
    "another program has it open or locked",
    "Let that program end, or close the file in it",
  ],
  // rename(2) and unlink(2) refuse a mount point with EBUSY, link(2) one with EXDEV.
  mounted: [
    "it is a mount of its own, as of a single file into a container, and cannot be replaced",
    "Mount its folder in place of the file",
  ],
  open_files: [
    "too many files are open",
    "Raise the limit on open files (ulimit -n; LimitNOFILE= of a systemd unit)",
  ],
} satisfies Record<string, Told>;

/** Why a path is refused, whatever the system calls it. */
export type RefusalKind = keyof typeof TOLD;

const FORBIDDEN =
  "See whether it may not be changed at all (lsattr, chattr -i), or is in a sticky folder; or else";

function kindOf(error: unknown, os: Os = CURRENT_OS): RefusalKind | undefined {
  if (error instanceof Deno.errors.NotCapable) {
    // Devices and processes: https://docs.deno.com/runtime/fundamentals/security/
    return error.message.includes("all access") ? "special" : "withheld";
  }
  if (error instanceof UnsafeFileError) return "unsafe";
  const code = systemCode(error);
  // Windows knows no such mounts: EBUSY is another program there.
  const isOpenElsewhere = code === "EBUSY" && os === "windows";
  const known = isOpenElsewhere
    ? "busy"
    : KINDS[code ?? ""] ?? CLASSES.find(([type]) => error instanceof type)?.[1];
  if (known !== undefined || !(error instanceof Error)) return known;
  // Codes of the runtime's own errors begin with ERR_.
  const isOfSystem = /^E[A-Z0-9]+$/.test(code ?? "") || OS_ERROR.test(error.message) ||
    error.message === EMPTY_PATH;
  return isOfSystem ? "other" : undefined;
}

function steps(path: string): string[] {
  const { folder, name } = splitPath(path);
  return name === "" || folder === "." ? [path] : [...steps(folder), path];
}

/** What stands in the way to a path, with its error; undefined where each step is a folder. */
function obstacle(path: string): { readonly at: string; readonly error?: unknown } | undefined {
  for (const at of steps(path)) {
    try {
      if (!Deno.statSync(at).isDirectory) return { at };
    } catch (error) {
      return { at, error };
    }
  }
  return undefined;
}

function whyAt(kind: RefusalKind, path: string): string {
  const isPart = kind === "not_a_folder" || kind === "loop" || kind === "permission";
  const found = isPart ? obstacle(path) : undefined;
  const [usual] = TOLD[kind];
  if (found === undefined) return usual;
  const { at, error } = found;
  if (kind === "not_a_folder") return error === undefined ? `${at} is not a folder` : usual;
  if (error === undefined || kindOf(error) !== kind) return usual;
  if (kind === "loop") return `the symbolic links of ${at} lead in a circle`;
  return `this user may not enter the folder ${splitPath(at).folder}`;
}

/** Why the system refuses a path, by its part that is the cause; undefined for a bug or SQLite's error. */
export function refusalOf(
  error: unknown,
  path: string,
  use: Use,
  os: Os = CURRENT_OS,
): Refusal | undefined {
  // Of mkdir(2): something that is no folder is in the place of one.
  const found = error instanceof Deno.errors.AlreadyExists ? obstacle(path) : undefined;
  const isInPlace = found !== undefined && found.error === undefined;
  const kind = isInPlace ? "not_a_folder" : kindOf(found?.error ?? error, os);
  if (kind === undefined) return undefined;
  if (error instanceof UnsafeFileError) {
    return { kind, why: error.message, fix: error.fix, isForbidden: false };
  }
  const [why, fix, usual = fix]: Told = TOLD[kind];
  // No right of the user is what EPERM says to be missing.
  const isForbidden = kind === "permission" && systemCode(error) === "EPERM";
  const toWrite = isForbidden ? `${FORBIDDEN} ${usual.replace("Give", "give")}` : usual;
  return {
    kind,
    why: why === "" ? messageOf(error).replace(OS_ERROR, "") : whyAt(kind, path),
    fix: use === "write" ? toWrite : fix,
    isForbidden,
  };
}

/** The whole remedy. @param another The other way out, `choose another with --db`, where there is one. */
export function hintOf({ kind, fix }: Refusal, another?: string): string {
  // No other path helps where the process has no descriptor left.
  return another === undefined || kind === "open_files" ? `${fix}.` : `${fix}, or ${another}.`;
}

/** Explains any error about a path. @param another The other way out: `choose another with --db`. */
export function explain(
  error: unknown,
  path: string,
  use: Use,
  another: string,
): { readonly kind?: RefusalKind; readonly why: string; readonly hint: string } {
  const refusal = refusalOf(error, path, use);
  return refusal === undefined
    ? { why: messageOf(error), hint: `${TOLD.other[1]}, or ${another}.` }
    : { kind: refusal.kind, why: refusal.why, hint: hintOf(refusal, another) };
}

/** The attempt and the path in the words of a system's error; undefined where they do not tell. */
export function attemptOf(
  error: unknown,
): { readonly use: Use; readonly path: string } | undefined {
  const [, call = "", path] = OS_ERROR.exec(messageOf(error)) ?? [];
  if (path === undefined) return undefined;
  return { use: /^(?:open|l?stat|read|realpath)/.test(call) ? "read" : "write", path };
}
