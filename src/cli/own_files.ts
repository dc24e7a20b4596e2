/**
 * Keeping what a command writes away from databases and locks.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { fileNumber } from "../platform/files.ts";

/** Files that belong to a database or a lock. */
const OF_OTHERS = /(-wal|-shm|-journal|\.lock(\.holder)?|\.spill\.ndjson)$/;

/** Every SQLite file begins so: https://sqlite.org/fileformat2.html */
const SQLITE_HEADER = "SQLite format 3\0";

function identity(path: string): string | undefined {
  try {
    return fileNumber(Deno.statSync(path));
  } catch {
    return undefined;
  }
}

function beginsAsDatabase(path: string): boolean {
  try {
    using file = Deno.openSync(path, { read: true });
    const bytes = new Uint8Array(SQLITE_HEADER.length);
    file.readSync(bytes);
    return new TextDecoder().decode(bytes) === SQLITE_HEADER;
  } catch {
    // Writing to it will say what is wrong.
    return false;
  }
}

/**
 * Refuses to write over a database, a lock or what belongs to them, also through a link. Call it
 * before any connection is open: closing another descriptor of the file would drop SQLite's locks.
 *
 * @param option What named the file: `--log-file`.
 * @param path The file, which need not be there.
 * @param db The database of the command.
 * @throws {UsageError} `path_refused`.
 */
export function refuseOwnFiles(option: string, path: string, db: string): void {
  const refuse = (why: string): UsageError =>
    new UsageError("path_refused", `${option} ${path}: ${why}`, {
      hint: `Name another file with ${option}; nothing was changed.`,
      details: { option, path },
    });
  let real = path;
  try {
    real = Deno.realPathSync(path);
  } catch {
    // Not there yet.
  }
  if (OF_OTHERS.test(path) || OF_OTHERS.test(real)) {
    throw refuse("belongs to a database or a lock by its name");
  }
  const found = identity(path);
  if (found === undefined) return;
  if (found === identity(db)) throw refuse("is the database itself");
  if (Deno.statSync(path).isFile && beginsAsDatabase(path)) throw refuse("is a SQLite database");
}
