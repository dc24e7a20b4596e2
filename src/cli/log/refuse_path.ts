/** Refusing to write over a database, a lock, or a file that is no log. @module */
// Not by the folder's index, which has all of the database layer: a log file needs none of it.
import { protectedAs } from "../../store/protected_file.ts";
import { UsageError } from "../../base/errors.ts";
import { fileIdentity, oneSpelling } from "../../platform/files.ts";

function refused(option: string, path: string, why: string): UsageError {
  return new UsageError("path_refused", `${option} ${path}: ${why}`, {
    hint: `Name another file with ${option}; nothing was changed.`,
    details: { option, path },
  });
}

/** Refuses to write over a database, a lock or what belongs to them. @throws {UsageError} */
export function refuseOwnFiles(option: string, path: string, db: string): void {
  let why: string | undefined;
  try {
    why = protectedAs(path, db);
  } catch {
    // It cannot be read: writing it will say what is wrong.
  }
  if (why !== undefined) throw refused(option, path, why);
}

/** What every line of the log begins with, as LogTape's `jsonLinesFormatter` writes it. */
const LINE_BEGINS = '{"@timestamp":"';
const LOGGER = '"logger":"tickerlock';
/** A first line that is longer is taken for one of the log if it begins like one. */
const LOOKED_AT_BYTES = 64 * 1024;

function isLog(head: string): boolean {
  const end = head.indexOf("\n");
  if (end >= 0) return head.startsWith(LINE_BEGINS) && head.slice(0, end).includes(LOGGER);
  // A full disk or a power cut may have torn the only line.
  return head.startsWith(LINE_BEGINS) || LINE_BEGINS.startsWith(head);
}

/** Why a file cannot be a log; undefined where it can, or opening it will tell. */
function notALog(path: string): string | undefined {
  try {
    if (!Deno.statSync(path).isFile) return "is not a regular file";
    using file = Deno.openSync(path, { read: true });
    const bytes = new Uint8Array(LOOKED_AT_BYTES);
    const count = file.readSync(bytes) ?? 0;
    const head = new TextDecoder().decode(bytes.subarray(0, count));
    return isLog(head) ? undefined : "has something in it, and is no log of tickerlock";
  } catch {
    return undefined;
  }
}

function isSameFile(one: string, other: string): boolean {
  const found = fileIdentity(one);
  return oneSpelling(one) === oneSpelling(other) ||
    (found !== undefined && found === fileIdentity(other));
}

/**
 * Refuses a log file that is a database, a lock, what the command writes, or no log of this
 * program; the same for the names of older logs. @throws {UsageError} `path_refused`.
 */
export function refuseLogFile(
  path: string,
  maxFiles: number,
  db: string,
  out: string | null,
): void {
  const outputs = out === null || out === "-" ? [] : [out, `${out}.sha256`];
  for (let older = 0; older < maxFiles; older++) {
    const name = older === 0 ? path : `${path}.${older}`;
    refuseOwnFiles("--log-file", name, db);
    if (outputs.some((output) => isSameFile(name, output))) {
      throw refused("--log-file", path, `${name} is what the command writes (--out)`);
    }
    const why = notALog(name);
    if (why === undefined) continue;
    const what = older === 0 ? why : `${name}, where older logs are put, ${why}`;
    throw refused("--log-file", path, what);
  }
}
