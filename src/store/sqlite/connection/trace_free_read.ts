/**
 * Reading a database without leaving a trace in its folder, also where nothing can be written there.
 *
 * SQLite reads a database with a write-ahead log through two companions, `-wal` and `-shm`. A
 * connection that only reads makes them where they are missing and cannot remove them, and those of
 * another user can lock the owner out. SQLite's own way out, `immutable=1`, needs a URI, and Deno
 * passes none on (2.9.6). So the rule is:
 *
 * 1. No `-wal`, and this user may write the file: the file itself is read. Afterwards, while the
 *    `-wal` is still empty, a connection that may write is opened and closed: the last one to close
 *    removes both companions, under SQLite's own locks. It changes nothing else.
 * 2. `-wal` and `-shm`, as beside a program at work or a killed one: the file itself is read, and all
 *    three stay. The content of `-shm` may change: it is an index, and no data.
 * 3. Otherwise a private copy is read, in the folder for temporary files, and removed afterwards: of a
 *    `-wal` without its `-shm` (no program has it open) or beside an empty file (even a connection that
 *    only reads would remove it), where this user may not write the file, and where SQLite cannot make
 *    or write what it needs, for want of rights or space, or has a journal to roll back first. A copy
 *    counts only if nothing of the original changed while it was made.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../../base/errors.ts";
import { sleepSync } from "../../../base/sleep.ts";
import { statIfThere } from "../../../platform/files.ts";
import { hintOf, refusalOf } from "../../../platform/refusals.ts";
import { StoreError } from "../../errors.ts";
import { resultCodeOf, toStoreError } from "./errors.ts";
import { obstacleOf } from "./obstacle.ts";
import { openReadOnly, Reader, type ReaderOptions } from "./reader.ts";

/** Where a database can be read without a trace. Dispose of it when every connection is closed. */
export interface TraceFreePlace extends Disposable {
  readonly file: string;
  /** Whether the database is still as it is read there: a copy is old after the next write. */
  isCurrent(): boolean;
}

/** Files with the content of a database. The `-shm` is made from the `-wal`, and must not be copied. */
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

const MOST_COPIES = 3;

/** Two writes within this time can leave the same time stamp: the kernel's ticks are up to 10 ms. */
const CLOCK_TICK_MS = 20;

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
    // One that is not empty belongs to a program at work.
    if (statIfThere(`${path}-wal`)?.size === 0 && statIfThere(path) !== undefined) {
      touch(path, false);
    }
  } catch {
    // They stay; the next writer removes them.
  }
}

/**
 * Whether this user may read a file and not write it. Closing a descriptor drops the locks that SQLite has
 * on a file in this process: only for one without a `-wal`, which no connection here has open.
 */
function mayOnlyRead(path: string): boolean {
  try {
    Deno.openSync(path, { read: true }).close();
  } catch {
    return false;
  }
  try {
    Deno.openSync(path, { write: true }).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

interface Stamp {
  readonly text: string;
  readonly newestMs: number;
}

function stampOf(path: string): Stamp {
  const infos = CONTENT.map((suffix) => statIfThere(path + suffix));
  const times = infos.flatMap((info) => [info?.mtime?.getTime() ?? 0, info?.ctime?.getTime() ?? 0]);
  const facts = infos.map((info) => info && [info.dev, info.ino, info.size]);
  return { text: JSON.stringify([facts, times]), newestMs: Math.max(...times) };
}

// Only where no connection of this process has the file open, for the reason that mayOnlyRead() names.
function copyUnchanged(path: string, copy: string): Stamp {
  for (let tries = 0; tries < MOST_COPIES; tries++) {
    const before = stampOf(path);
    if (Math.abs(Date.now() - before.newestMs) < CLOCK_TICK_MS) sleepSync(CLOCK_TICK_MS);
    for (const suffix of CONTENT) {
      if (statIfThere(copy + suffix) !== undefined) Deno.removeSync(copy + suffix);
      if (statIfThere(path + suffix) === undefined) continue;
      Deno.copyFileSync(path + suffix, copy + suffix);
      Deno.chmodSync(copy + suffix, 0o600);
    }
    if (stampOf(path).text === before.text) return before;
  }
  const message = `could not read the database ${path}: others wrote to it while it was copied`;
  throw new StoreError("db_locked", message, path, {
    hint: "Let the writer finish, then try again.",
    retryable: true,
  });
}

function copyError(error: unknown, path: string): unknown {
  const known = toStoreError(error, path, "read a copy of");
  if (known instanceof StoreError) return known;
  const refusal = refusalOf(error, path, "read");
  const isDenied = refusal?.kind === "permission";
  const obstacle = isDenied ? obstacleOf(path, "read") : undefined;
  const message =
    `could not read the database ${path}: it cannot be read in its place, and not be ` +
    `copied: ${obstacle?.what ?? refusal?.why ?? messageOf(error)}`;
  return new StoreError(isDenied ? "db_permission" : "db_cannot_open", message, path, {
    hint: obstacle?.isBeside === true
      ? obstacle.hint
      : isDenied
      ? "Give this user the right to read the file and what stands beside it (-wal, -journal)."
      : refusal?.kind === "open_files"
      ? hintOf(refusal)
      : "See that there is space for a copy in the folder for temporary files (TMPDIR), or give " +
        "this user the right to write the file, which then needs no copy.",
    cause: error,
  });
}

function copyFolder(path: string): string {
  try {
    return Deno.makeTempDirSync({ prefix: "tickerlock_" });
  } catch (error) {
    const refusal = refusalOf(error, "", "write");
    if (refusal === undefined || refusal.kind === "open_files") throw error;
    const message = `could not read the database ${path}: a copy is needed, and the folder for ` +
      `temporary files (TMPDIR) cannot be used: ${refusal.why}`;
    throw new StoreError("db_cannot_open", message, path, {
      hint:
        "Set TMPDIR to a folder that this user may write, such as /tmp, or give this user the " +
        "right to write the database, which then needs no copy.",
      cause: error,
    });
  }
}

function privateCopy(path: string, mostBytes: number): TraceFreePlace {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
    folder = undefined;
  };
  try {
    const bytes = CONTENT.reduce((sum, suffix) => sum + (statIfThere(path + suffix)?.size ?? 0), 0);
    if (bytes > mostBytes) throw new RangeError(`it has ${bytes} bytes, ${mostBytes} at most`);
    folder = copyFolder(path);
    const file = `${folder}/copy.db`;
    const stamp = copyUnchanged(path, file);
    try {
      // Folds the write-ahead log in, or rolls back the journal, as the next run would.
      touch(file, false);
    } catch {
      // Its faults are told when it is opened for reading.
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
 * Finds where a database can be read without a trace.
 * @param mostCopyBytes Size above which it is not copied.
 * @throws {StoreError} Where a copy is needed and cannot be made; never a place with other content.
 */
export function traceFreePlace(named: string, mostCopyBytes = Infinity): TraceFreePlace {
  let path = named;
  let made = false;
  try {
    const info = statIfThere(named);
    // The companions are beside the file, not beside a link to it.
    if (info?.isFile) path = Deno.realPathSync(named);
    if (info?.isFile) {
      const hasWal = statIfThere(`${path}-wal`) !== undefined;
      const copied = hasWal
        ? statIfThere(`${path}-shm`) === undefined || info.size === 0
        : mayOnlyRead(path);
      if (copied) return privateCopy(path, mostCopyBytes);
      made = !hasWal;
      touch(path, true);
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
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

/** A reader that leaves no trace beside the database. Dispose it with `using`. */
export class TraceFreeReader extends Reader {
  readonly #place: TraceFreePlace;

  private constructor(path: string, db: DatabaseSync, place: TraceFreePlace) {
    super(path, db);
    this.#place = place;
  }

  /** Opens a database by the rule of {@linkcode traceFreePlace}. @throws {StoreError} */
  static override open(
    path: string,
    options: ReaderOptions & { readonly mostCopyBytes?: number } = {},
  ): TraceFreeReader {
    const place = traceFreePlace(path, options.mostCopyBytes);
    try {
      return new TraceFreeReader(path, openReadOnly(path, options, place.file), place);
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  }

  isCurrent(): boolean {
    return this.#place.isCurrent();
  }

  override close(): void {
    if (!this.raw.isOpen) return;
    super.close();
    this.#place[Symbol.dispose]();
  }
}
