/**
 * Why a file must not be written over: it is a database, or belongs to one or to a lock.
 *
 * @module
 */
import { fileIdentity } from "./file.ts";

/** Files that belong to a database or a lock by their names. */
const OF_OTHERS = /(-wal|-shm|-journal|\.lock(\.holder)?|\.spill\.ndjson)$/;

/** Every SQLite file begins so: https://sqlite.org/fileformat2.html */
const SQLITE_HEADER = "SQLite format 3\0";

/** Whether a file belongs to a database or a lock by its name, be it there or not. */
export function belongsByName(path: string): boolean {
  return OF_OTHERS.test(path);
}

function beginsAsDatabase(path: string): boolean {
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(SQLITE_HEADER.length);
  file.readSync(bytes);
  return new TextDecoder().decode(bytes) === SQLITE_HEADER;
}

/**
 * Says why a file must not be written over; also through a symbolic link or another name of it. What
 * else may be wrong with the file is for whoever writes it.
 *
 * @param path The file, which need not be there.
 * @param db The database of the command; its connection may be open.
 * @returns What it is, to stand behind its name: `is the database itself`. Undefined where it may be
 *   written.
 * @throws Where a file that is there cannot be read.
 */
export function protectedAs(path: string, db: string): string | undefined {
  const found = fileIdentity(path);
  const real = found === undefined ? path : Deno.realPathSync(path);
  if (belongsByName(path) || belongsByName(real)) {
    return "belongs to a database or a lock by its name";
  }
  // By its identity before it is opened: closing any descriptor of it would drop SQLite's locks.
  if (found === undefined) return undefined;
  if (found === fileIdentity(db)) return "is the database itself";
  if (Deno.statSync(path).isFile && beginsAsDatabase(path)) return "is a SQLite database";
  return undefined;
}
