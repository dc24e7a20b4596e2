/**
 * Why a copy of a database could not be made. SQLite's online backup says no more than that it failed
 * (Deno 2.9.6 gives its errors no result code), so the disk has to be asked.
 *
 * @module
 */
import { messageOf, TickerlockError } from "../../../base/errors.ts";
import { bytesText } from "../../../base/text.ts";
import { sizeOf } from "../../spilled.ts";
import { splitPath } from "../../../platform/paths.ts";
import { StoreError } from "../../errors.ts";
import {
  freeBytes,
  FULL_BELOW_BYTES,
  refusedWriteHint,
  resultCodeOf,
} from "../connection/errors.ts";

/** SQLITE_FULL: https://sqlite.org/rescode.html */
const FULL = 13;

/**
 * Tells a full disk, and a write that was refused for another reason, from what else can go wrong with
 * a copy. Call it before what is there of the copy is removed, which makes space.
 *
 * @param temporary The copy, as far as it is written.
 * @param bytes Size of the whole copy.
 * @returns `db_full`, `db_io`, or the error as it is.
 */
export function copyError(error: unknown, path: string, temporary: string, bytes: number): unknown {
  if (error instanceof TickerlockError) return error;
  const resultCode = resultCodeOf(error);
  const { folder } = splitPath(temporary);
  const free = freeBytes(folder);
  const space = free === undefined ? {} : { free_bytes: free };
  const failed = `could not back up ${path} to ${folder}`;
  const saidFull = resultCode === FULL ||
    (error instanceof Error && "code" in error && error.code === "ENOSPC");
  // SQLite may have made the copy empty again.
  const tooLittle = free !== undefined && free + sizeOf(temporary) < bytes + FULL_BELOW_BYTES;
  if (saidFull || (resultCode === 1 && tooLittle)) {
    const told = free === undefined ? "" : `, ${bytesText(free)} are free with what there is of it`;
    const message = `${failed}: there is no space left (the copy needs ${bytesText(bytes)}${told})`;
    return new StoreError("db_full", message, path, {
      hint: `Free some space on the disk of ${folder}, then try again; nothing of the copy stayed.`,
      retryable: true,
      cause: error,
      details: { result_code: FULL, folder, needed_bytes: bytes, ...space },
    });
  }
  if (resultCode !== 1) return error;
  return new StoreError("db_io", `${failed}: ${messageOf(error)}`, path, {
    hint: refusedWriteHint(free),
    cause: error,
    details: { result_code: resultCode, folder, ...space },
  });
}

/**
 * The error of a copy that is not sound, as one of the database: the copy has a hidden name, and is
 * gone when the error is read.
 *
 * @param error What {@linkcode checkCopy} has thrown about the copy, under the database's name.
 */
export function damagedSource(error: unknown, path: string): unknown {
  if (!(error instanceof StoreError) || error.code !== "db_corrupt") return error;
  return new StoreError(error.code, `no backup was made: ${error.message}`, path, {
    hint: `See what is damaged: tickerlock db verify --db ${path}; then keep a copy of the file, ` +
      "and restore the last good backup.",
    cause: error,
    details: error.details,
  });
}
