/**
 * Backups of a database that is in use.
 *
 * @module
 */
import { backup, DatabaseSync } from "node:sqlite";
import { DatabaseError, toDatabaseError } from "./errors.ts";
import { fileIdentity } from "./file.ts";
import { APPLICATION_ID, pendingMigrations } from "./migrate.ts";
import { quietPlace } from "./quiet.ts";
import { Reader } from "./reader.ts";

/** How to back up. */
export interface BackupOptions {
  /** File or folder to write to. Default the folder `backups` beside the database. */
  to?: string;
  /** Keep this many backups of the same database in the folder, the newest. Default all. */
  keep?: number;
  /** Told how far it has come. */
  onProgress?: (pagesDone: number, pagesTotal: number) => void;
}

/** A backup that was made. */
export interface Backup {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly pages: number;
  /** Older backups that were removed because of `keep`. */
  readonly removed: readonly string[];
}

/** Pages copied at a time; between two of these, others may write. 1000 pages are 4 MB. */
const PAGES_PER_STEP = 1000;

/** Splits a path into its folder (without a trailing slash, `.` where there is none) and name. */
export function splitPath(path: string): { folder: string; name: string } {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (slash < 0) return { folder: ".", name: path };
  return { folder: path.slice(0, slash) || "/", name: path.slice(slash + 1) };
}

/**
 * SHA-256 of a file, in lower-case hex, without holding the file in memory.
 *
 * @param path The file. Never a database that is open in this process: closing a descriptor of it
 *   drops SQLite's locks.
 */
export async function sha256OfFile(path: string): Promise<string> {
  // Loading it costs 24 ms, which only backups are to pay.
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const chunk = new Uint8Array(1 << 20);
  for (;;) {
    const count = await file.read(chunk);
    if (count === null) return hash.digest("hex");
    hash.update(chunk.subarray(0, count));
  }
}

function stamp(): string {
  return new Date().toISOString().replaceAll(/[-:]/g, "").replace(".", "");
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

async function targetOf(path: string, to: string | undefined): Promise<string> {
  const { folder, name } = splitPath(path);
  const stem = name.replace(/\.[^.]*$/, "");
  const file = `${stem}-${stamp()}.db`;
  if (to === undefined) return `${folder}/backups/${file}`;
  if (/[/\\]$/.test(to) || await isFolder(to)) return `${to.replace(/[/\\]+$/, "")}/${file}`;
  return to;
}

/** Files that belong to a database or a lock; a backup in their place would destroy something. */
const NEVER_A_BACKUP = /(-wal|-shm|-journal|\.lock|\.spill\.ndjson|\.sha256)$/;

/** A file that is there is replaced only where it is a backup: one with its checksum beside it. */
function refuseToOverwrite(path: string, target: string): void {
  const there = fileIdentity(target) !== undefined;
  const isBackup = fileIdentity(`${target}.sha256`) !== undefined;
  if (!NEVER_A_BACKUP.test(target) && (!there || isBackup)) return;
  throw new DatabaseError(
    "backup_target_taken",
    there ? `${target} is there already, and is no backup` : `${target} is no name for a backup`,
    path,
    { hint: "Name another file or a folder with --to; nothing was changed." },
  );
}

function refuseItself(path: string, target: string): void {
  const own = fileIdentity(path);
  const there = fileIdentity(target);
  if (target !== path && (there === undefined || there !== own)) return;
  throw new DatabaseError("backup_onto_itself", `${target} is the database itself`, path, {
    hint: "Name another file or a folder with --to; nothing was changed.",
  });
}

// An empty file is a database as well, of nobody in particular.
function checkOurs(db: Reader, hint: string): void {
  const { path } = db;
  if (db.get("PRAGMA application_id")?.application_id === APPLICATION_ID) return;
  throw new DatabaseError("db_of_another_program", `${path} is no database of tickerlock`, path, {
    hint,
  });
}

/**
 * Fails unless a file is a sound database of this program.
 *
 * @param path The file; not open anywhere in this process.
 * @throws {DatabaseError} `db_of_another_program`, `db_schema_too_new`, `db_corrupt`, …
 */
export function checkCopy(path: string): void {
  using place = quietPlace(path);
  using copy = Reader.open(path, { anySchema: true }, place.file);
  checkOurs(copy, "Choose a file that tickerlock db backup has made.");
  pendingMigrations(copy.raw, path);
  const problems = copy.all("PRAGMA integrity_check(5)").map((row) => String(row.integrity_check));
  if (problems[0] !== "ok") {
    throw new DatabaseError("db_corrupt", `${path} is damaged: ${problems.join("; ")}`, path, {
      hint: "Choose another backup; this one was left as it is.",
    });
  }
}

// One file without companions: a copy in WAL mode would grow a -wal and a -shm at its first reading,
// and its checksum would not last.
function leaveWal(path: string): void {
  const copy = new DatabaseSync(path, { timeout: 5000 });
  try {
    copy.prepare("PRAGMA journal_mode = DELETE").get();
  } finally {
    copy.close();
  }
}

async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}

async function removeQuietly(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch {
    // It was never made, or is gone.
  }
}

async function prune(path: string, target: string, keep: number): Promise<string[]> {
  const { folder } = splitPath(target);
  const stem = splitPath(path).name.replace(/\.[^.]*$/, "");
  const ours = new RegExp(`^${stem.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}-\\d{8}T\\d{9}Z\\.db$`);
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && ours.test(name)) names.push(name);
  }
  const old = names.sort().reverse().slice(keep).map((name) => `${folder}/${name}`);
  for (const each of old) {
    await Deno.remove(each);
    await removeQuietly(`${each}.sha256`);
  }
  return old;
}

/**
 * Backs up a database with SQLite's online backup, while others read and write. Leaves the folder of
 * the database as it is, and needs no right to write there if `to` is elsewhere. The copy is opened
 * and checked, gets a `.sha256` beside it (as sha256sum(1) writes it), and appears under its name
 * only when all of that is done.
 *
 * @param path The database.
 * @param options Where to, how many to keep, progress.
 * @throws {DatabaseError} `backup_onto_itself`, `backup_target_taken`, `backup_failed`, or where the database cannot be read.
 * @throws {RangeError} Where `keep` is not a whole number from 1 up.
 */
export async function backupDatabase(path: string, options: BackupOptions = {}): Promise<Backup> {
  const { keep, onProgress } = options;
  if (keep !== undefined && (!Number.isSafeInteger(keep) || keep < 1)) {
    throw new RangeError(
      `Cannot back up as 'keep' must be a whole number from 1: current value is ${keep}`,
    );
  }
  using place = quietPlace(path);
  using source = Reader.open(path, { anySchema: true }, place.file);
  checkOurs(source, "Name another database with --db.");
  const target = await targetOf(path, options.to);
  refuseItself(path, target);
  refuseToOverwrite(path, target);
  const { folder, name } = splitPath(target);
  const temporary = `${folder}/.${name}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    (await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 })).close();
    // One state of the database, held for as long as it takes: without it SQLite begins anew whenever
    // another process commits, and never comes to an end beside one that writes all the time.
    source.raw.prepare("BEGIN").run();
    const pages = Number(source.get("PRAGMA page_count")?.page_count ?? 0);
    await backup(source.raw, temporary, {
      rate: PAGES_PER_STEP,
      progress: ({ totalPages, remainingPages }) =>
        onProgress?.(totalPages - remainingPages, totalPages),
    });
    source.raw.prepare("COMMIT").run();
    // Of the last step SQLite's progress says nothing.
    onProgress?.(pages, pages);
    leaveWal(temporary);
    checkCopy(temporary);
    await syncFile(temporary);
    const sha256 = await sha256OfFile(temporary);
    const { size } = await Deno.stat(temporary);
    await Deno.writeTextFile(`${target}.sha256`, `${sha256}  ${name}\n`, { mode: 0o600 });
    await Deno.rename(temporary, target);
    const removed = keep === undefined ? [] : await prune(path, target, keep);
    return { path: target, sha256, bytes: size, pages, removed };
  } catch (error) {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) {
      await removeQuietly(temporary + suffix);
    }
    if (error instanceof DatabaseError) throw error;
    const known = toDatabaseError(error, path, "back up");
    if (known instanceof DatabaseError) throw known;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseError(
      "backup_failed",
      `could not write the backup ${target}: ${reason}`,
      path,
      {
        hint: "Make the folder writable and see that there is space, or choose another with --to.",
        cause: error,
      },
    );
  }
}
