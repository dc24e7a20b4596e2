/**
 * Reading a database without leaving a trace in its folder, also where nothing can be written there.
 *
 * SQLite reads a database with a write-ahead log through two companions, `-wal` and `-shm`. A
 * connection that only reads makes them where they are missing, and cannot remove them: for that it
 * would have to lock the file for writing. SQLite's own way out, `immutable=1`, needs a URI, and Deno
 * hands none through (2.9.6). So the rule is:
 *
 * 1. No `-wal`: the file itself is read. When that is over and the `-wal` that it made is still
 *    empty, a connection that may write is opened and closed. It changes nothing; being the last to
 *    close, it removes both companions, by SQLite's own locks: never under somebody else.
 * 2. `-wal` and `-shm`, as beside a program at work or a killed one: the file itself is read, and all
 *    three stay. The content of `-shm` may change: it is scratch, and no data.
 * 3. A `-wal` without its `-shm` (nobody can have it open) or beside an empty file (even a connection
 *    that only reads would remove it), or a folder or file in which SQLite cannot make or write what
 *    it needs, for want of rights or on a full disk, or a journal that has to be rolled back first: a
 *    private copy of the file and what belongs to it is read, in the folder for temporary files, and
 *    removed afterwards. A copy counts
 *    only if nothing of the original changed while it was made: identity, sizes, times, and the header
 *    with SQLite's change counter.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../../base/errors.ts";
import { DatabaseError } from "../../errors.ts";
import { resultCodeOf, toDatabaseError } from "./errors.ts";

/** Where a database can be read without a trace. Dispose of it when every connection is closed. */
export interface QuietPlace extends Disposable {
  /** The file to open: the database itself, or a copy. Only for reading. */
  readonly file: string;
  /** Whether what is read there is still all there is; a copy ages as soon as somebody writes. */
  isCurrent(): boolean;
}

/** What belongs to a database's content. The `-shm` is made from the `-wal`, and must not be copied. */
const CONTENT = ["", "-wal", "-journal"] as const;

/**
 * SQLITE_READONLY, SQLITE_FULL and SQLITE_CANTOPEN with all their kinds, and the kinds of SQLITE_IOERR
 * that tell of a companion without room on a full disk: a write, or the size or mapping of the `-shm`.
 * https://sqlite.org/rescode.html
 */
const NOT_TO_BE_READ_THERE: ReadonlySet<number> = new Set([8, 13, 14, 778, 4874, 5386]);

function cannotBeReadThere(error: unknown): boolean {
  const code = resultCodeOf(error);
  return NOT_TO_BE_READ_THERE.has(code) || NOT_TO_BE_READ_THERE.has(code & 0xff);
}

/** How often a copy is begun anew because somebody wrote meanwhile. */
const MOST_COPIES = 3;

/**
 * Two writes within this time can leave the same time stamp: the kernel's clock for files goes in
 * ticks of up to 10 ms, and Deno tells whole milliseconds.
 */
const CLOCK_TICK_MS = 20;

/** Bytes of the file header, with SQLite's change counter: https://sqlite.org/fileformat2.html */
const HEADER_BYTES = 100;

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Opens and closes a connection that looks at nothing but the header. */
function touch(path: string, readOnly: boolean): void {
  const db = new DatabaseSync(path, { readOnly });
  try {
    db.prepare("PRAGMA busy_timeout = 0").get();
    db.prepare("PRAGMA user_version").get();
  } finally {
    db.close();
  }
}

function removeCompanions(path: string): void {
  try {
    // Of any other size it is not the one that reading has made, but somebody's who is at work.
    if (statOf(`${path}-wal`)?.size === 0 && statOf(path) !== undefined) touch(path, false);
  } catch {
    // They stay, and harm nobody: the next writer removes them.
  }
}

interface Stamp {
  readonly text: string;
  readonly newestMs: number;
}

function stampOf(path: string): Stamp {
  const infos = CONTENT.map((suffix) => statOf(path + suffix));
  const times = infos.flatMap((info) => [info?.mtime?.getTime() ?? 0, info?.ctime?.getTime() ?? 0]);
  const facts = infos.map((info) => info && [info.dev, info.ino, info.size]);
  return { text: JSON.stringify([facts, times]), newestMs: Math.max(...times) };
}

function headerOf(path: string): string {
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(HEADER_BYTES);
  file.readSync(bytes);
  return bytes.join();
}

// Only where no connection of this process has the file open: closing any descriptor of it drops
// SQLite's locks. With a writer of ours open it can be read in place, and no copy is made.
function copyUnchanged(path: string, copy: string): Stamp {
  for (let tries = 0; tries < MOST_COPIES; tries++) {
    const before = stampOf(path);
    if (Math.abs(Date.now() - before.newestMs) < CLOCK_TICK_MS) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, CLOCK_TICK_MS);
    }
    for (const suffix of CONTENT) {
      if (statOf(copy + suffix) !== undefined) Deno.removeSync(copy + suffix);
      if (statOf(path + suffix) === undefined) continue;
      Deno.copyFileSync(path + suffix, copy + suffix);
      Deno.chmodSync(copy + suffix, 0o600);
    }
    if (headerOf(copy) === headerOf(path) && stampOf(path).text === before.text) return before;
  }
  throw new DatabaseError(
    "db_locked",
    `could not read the database ${path}: others wrote to it while it was copied`,
    path,
    { hint: "Let the writer finish, then try again.", retryable: true },
  );
}

function copyError(error: unknown, path: string): unknown {
  const known = toDatabaseError(error, path, "read a copy of");
  if (known instanceof DatabaseError) return known;
  const denied = error instanceof Deno.errors.PermissionDenied;
  return new DatabaseError(
    denied ? "db_permission" : "db_cannot_open",
    `could not read the database ${path}: it cannot be read in its place, and not be copied: ` +
      messageOf(error),
    path,
    {
      hint: denied
        ? "Give this user the right to read the file and what stands beside it (-wal, -journal)."
        : "See that there is space for a copy in the folder for temporary files (TMPDIR).",
      cause: error,
    },
  );
}

function privateCopy(path: string, mostBytes: number): QuietPlace {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
    folder = undefined;
  };
  try {
    const bytes = CONTENT.reduce((sum, suffix) => sum + (statOf(path + suffix)?.size ?? 0), 0);
    if (bytes > mostBytes) throw new RangeError(`it has ${bytes} bytes, ${mostBytes} at most`);
    folder = Deno.makeTempDirSync({ prefix: "tickerlock_" });
    const file = `${folder}/copy.db`;
    const stamp = copyUnchanged(path, file);
    try {
      // Folds the write-ahead log in, or rolls back the journal, as the next run would.
      touch(file, false);
    } catch {
      // What is wrong with it shows when it is opened for reading.
    }
    return {
      file,
      isCurrent: () => stampOf(path).text === stamp.text,
      [Symbol.dispose]: remove,
    };
  } catch (error) {
    remove();
    throw copyError(error, path);
  }
}

/**
 * Finds the place where a database can be read without a trace, by the rule of this module.
 *
 * Whatever else is wrong with the file shows when it is opened there.
 *
 * @param mostCopyBytes Size of a database that is not copied any more, for whoever has no time to
 *   wait for a copy. Default any.
 * @throws {DatabaseError} `db_permission`, `db_cannot_open`, `db_locked`, … where a copy is needed and
 *   cannot be made. Never a place whose content is not that of the database.
 */
export function quietPlace(path: string, mostCopyBytes = Infinity): QuietPlace {
  let made = false;
  try {
    const info = statOf(path);
    if (info?.isFile) {
      const hasWal = statOf(`${path}-wal`) !== undefined;
      const hasShm = statOf(`${path}-shm`) !== undefined;
      if (hasWal && (!hasShm || info.size === 0)) return privateCopy(path, mostCopyBytes);
      made = !hasWal;
      touch(path, true);
    }
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    if (made) removeCompanions(path);
    if (cannotBeReadThere(error)) return privateCopy(path, mostCopyBytes);
  }
  return {
    file: path,
    isCurrent: () => true,
    [Symbol.dispose]: () => {
      if (made) removeCompanions(path);
    },
  };
}
