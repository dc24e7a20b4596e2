import { fileIdentity, oneSpelling } from "../platform/files.ts";

const OF_OTHERS = /(-wal|-shm|-journal|\.lock(\.holder)?|\.spill\.ndjson)$/;

/** Every SQLite file begins so: https://sqlite.org/fileformat2.html */
const SQLITE_HEADER = "SQLite format 3\0";

const SMALLEST_DATABASE = 512;

const BY_NAME = "belongs to a database or a lock by its name";

/** Whether a file belongs to a database or a lock by its name, whether it exists or not. */
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
 * Why a file must not be written over, also by a link or another name of it; undefined where it may be.
 * @param db The database of the command; empty for none.
 * @returns To stand after its name: `is the database itself`.
 * @throws Where a file that exists cannot be read.
 */
export function protectedAs(path: string, db: string): string | undefined {
  const found = fileIdentity(path);
  const real = found === undefined ? path : Deno.realPathSync(path);
  if (belongsByName(path) || belongsByName(real)) return BY_NAME;
  if (found === undefined) {
    const isDatabase = db !== "" && oneSpelling(path) === oneSpelling(db);
    return isDatabase ? "is the database itself" : undefined;
  }
  // By its identity before it is opened: closing any descriptor of it would drop SQLite's locks.
  if (found === fileIdentity(db)) return "is the database itself";
  const companions = ["-wal", "-shm", ".spill.ndjson", ".told.json"].map((ending) => db + ending);
  if (companions.some((each) => fileIdentity(each) === found)) return BY_NAME;
  const { isFile, size } = Deno.statSync(path);
  // A smaller one need not be readable, as another member's checksum is not.
  const mayBe = isFile && size >= SMALLEST_DATABASE;
  return mayBe && beginsAsDatabase(path) ? "is a SQLite database" : undefined;
}
