/** Which file the system refuses to SQLite, which does not say: the database, or a companion. @module */
import { fileIdentity, hasFileModes, statIfThere } from "../../../platform/files.ts";
import { shellWord } from "../../../base/text.ts";
import { splitPath } from "../../../platform/paths.ts";
import { hintOf, type Refusal, refusalOf, type Use } from "../../../platform/refusals.ts";
import { openConnections } from "./connections.ts";

/** The file that is refused, why, and what to do about it. */
export interface Obstacle {
  readonly refusal: Refusal;
  /** Names companions, and whose they are: `t.db-wal beside it, of user 0, cannot be written: …`. */
  readonly what: string;
  readonly hint: string;
  readonly isBeside: boolean;
}

/** The other way out of a path that is refused. */
export const ANOTHER = "choose another with --db";

const COMPANIONS = ["-wal", "-shm", "-journal"] as const;

function refusedBy(path: string, use: Use, attempt: () => unknown): Refusal | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return refusalOf(error, path, use);
  }
}

/** Closing any descriptor of a file drops the locks that SQLite has on it in this process. */
function isOpenHere(path: string): boolean {
  const identity = fileIdentity(path);
  return openConnections().some((each) => fileIdentity(each.path) === identity);
}

function ownerHint(path: string, files: readonly string[]): string | undefined {
  const { uid, gid, mode } = Deno.statSync(path);
  if (!hasFileModes() || uid === null || mode === null) return undefined;
  const words = files.map(shellWord).join(" ");
  const isOwners = files.every((file) => statIfThere(file)?.uid === uid);
  const give = isOwners
    ? "Give the mode of the database:"
    : `As root, give the owner and the mode of the database: chown ${uid}:${gid} ${words};`;
  return `${give} chmod ${
    (mode & 0o777).toString(8)
  } ${words}. Remove none: a -wal can hold rows ` +
    "that the database does not have yet.";
}

function companionObstacle(path: string, use: Use): Obstacle | undefined {
  const options = { read: true, write: use === "write" };
  const refused = COMPANIONS.flatMap((suffix) => {
    const file = path + suffix;
    const refusal = refusedBy(file, use, () => Deno.openSync(file, options).close());
    const isOther = refusal === undefined || refusal.kind === "missing" ||
      refusal.kind === "withheld";
    return isOther ? [] : [{ file, refusal }];
  });
  const [first] = refused;
  if (first === undefined) return undefined;
  const { file, refusal } = first;
  const owner = statIfThere(file)?.uid ?? null;
  const whose = owner === null ? "" : `, of user ${owner},`;
  const done = use === "write" ? "written" : "read";
  const files = refused.map((each) => each.file);
  const names = files.map((each) => splitPath(each).name).join(" and ");
  const isRight = refusal.kind === "permission" && !refusal.isForbidden;
  return {
    refusal,
    what: `${names} beside it${whose} cannot be ${done}: ${refusal.why}`,
    hint: (isRight ? ownerHint(path, files) : undefined) ?? hintOf(refusal, ANOTHER),
    isBeside: true,
  };
}

/** The file that the system refuses to SQLite; none is opened where this process has the database open. */
export function obstacleOf(path: string, use: Use): Obstacle | undefined {
  const ofFile = refusedBy(path, use, () => Deno.statSync(path));
  const folder = splitPath(path).folder;
  const ofFolder = refusedBy(path, use, () => Deno.openSync(folder).close());
  const isOpen = ofFile !== undefined || isOpenHere(path);
  const options = { read: true, write: use === "write" };
  const refusal = ofFile ?? (ofFolder?.kind === "open_files" ? ofFolder : undefined) ??
    (isOpen ? undefined : refusedBy(path, use, () => Deno.openSync(path, options).close()));
  if (refusal !== undefined) {
    return { refusal, what: refusal.why, hint: hintOf(refusal, ANOTHER), isBeside: false };
  }
  return isOpen ? undefined : companionObstacle(path, use);
}

/** Place of the version of the format for writing; the one for reading is checked when a file is opened. */
const WRITE_VERSION_AT = 18;

/** The highest that there is: https://sqlite.org/fileformat.html, "File format version numbers". */
const NEWEST_VERSION = 2;

/** Whether the header names a format that SQLite reads and refuses to write, as one that is read-only. */
export function hasUnknownFormat(path: string): boolean {
  if (isOpenHere(path)) return false;
  const header = new Uint8Array(WRITE_VERSION_AT + 1);
  try {
    using file = Deno.openSync(path);
    return file.readSync(header) === header.length && header[WRITE_VERSION_AT]! > NEWEST_VERSION;
  } catch {
    return false;
  }
}
