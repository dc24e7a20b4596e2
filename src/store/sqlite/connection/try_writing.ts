import { DatabaseSync } from "node:sqlite";
import { hasFileModes, realPath, statIfThere } from "../../../platform/files.ts";
import { StoreError } from "../../errors.ts";
import { mayBeOfCompanions, toOpenError, toStoreError } from "./errors.ts";
import { checkWritable } from "./file.ts";
import { clearCompanions } from "./left_companions.ts";
import { TraceFreeReader } from "./trace_free_read.ts";

/** Whether companions would be the owner's to use: SQLite gives those of root to him, no one else can. */
function mayMakeCompanions(info: Deno.FileInfo): boolean {
  return !hasFileModes() || Deno.uid() === 0 || Deno.uid() === info.uid;
}

/** Keeps the writer from closing last, which would fold in the write-ahead log of a killed run. */
function openReader(path: string): TraceFreeReader | undefined {
  try {
    return TraceFreeReader.open(path, { anySchema: true, mostCopyBytes: 0 });
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

function failureOf(
  path: string,
): { readonly error: unknown; readonly wasOpen: boolean } | undefined {
  using _reader = openReader(path);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    checkWritable(db);
    return undefined;
  } catch (error) {
    return { error, wasOpen: db !== undefined };
  } finally {
    db?.close();
  }
}

/** Writes and rolls back, as {@linkcode Care.tryWriting} says. */
export function tryWriting(path: string): boolean {
  const real = realPath(path);
  const info = statIfThere(path);
  const hasWal = statIfThere(`${real}-wal`) !== undefined;
  const hasShm = statIfThere(`${real}-shm`) !== undefined;
  if (info === undefined || hasWal !== hasShm) return false;
  if (!hasWal && !mayMakeCompanions(info)) return false;
  const failure = failureOf(path);
  if (failure === undefined) return true;
  // A run removes what another user's reader has left.
  if (mayBeOfCompanions(failure.error) && clearCompanions(path, true).length > 0) return true;
  // With every connection closed: then the file that is refused can be looked for.
  const { error, wasOpen } = failure;
  throw wasOpen ? toStoreError(error, path, "write to") : toOpenError(error, path, "write");
}
