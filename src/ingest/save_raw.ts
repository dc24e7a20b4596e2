/**
 * Keeping the bodies of answers as they were received.
 *
 * @module
 */
import { SourceError, UsageError } from "../base/errors.ts";
import { PendingFile, replaceFile } from "../files/atomic.ts";
import { escapeName } from "../platform/names.ts";
import { makeFolders, NEW_FILE_MODE } from "../platform/owners.ts";
import { joinPath } from "../platform/paths.ts";
import { explain } from "../platform/refusals.ts";
import type { RawAnswer } from "../sources/network.ts";

/**
 * Makes the folder, so that a path that cannot be one is refused before anything is asked for.
 *
 * @throws {UsageError} `raw_folder_unusable`.
 */
export async function prepareRawFolder(folder: string): Promise<void> {
  try {
    makeFolders(folder);
    await using _tried = await PendingFile.create(joinPath(folder, "answer"));
  } catch (error) {
    const { why, hint } = explain(error, folder, "write", "name another with --save-raw DIR");
    const message = `answers cannot be kept in ${folder}: ${why}`;
    throw new UsageError("raw_folder_unusable", message, { hint, cause: error });
  }
}

/** Longest beginning of a file's name, in bytes: what follows has 105, and a name 255 at most. */
const MOST_OF_TICKER = 100;

/**
 * Writes one body, compressed (gzip), as `TICKER-JOB-SHA256.gz`, whole or not at all. The ticker is
 * written as in the name of its lock file. The checksum is of the body, not of the compressed file.
 *
 * @throws {SourceError} `raw_not_saved`: nothing is stored that was to be kept and could not be.
 */
export async function saveRaw(
  folder: string,
  ticker: string,
  jobId: string,
  answer: RawAnswer,
): Promise<void> {
  const stem = escapeName(ticker).slice(0, MOST_OF_TICKER);
  const path = `${folder}/${stem}-${jobId}-${answer.sha256}.gz`;
  try {
    const { gzipSync } = await import("node:zlib");
    await replaceFile(path, gzipSync(answer.bytes), { mode: NEW_FILE_MODE });
  } catch (error) {
    const { why, hint } = explain(error, path, "write", "leave --save-raw out");
    const message = `${path} could not be written: ${why}`;
    throw new SourceError("raw_not_saved", message, { hint, cause: error });
  }
}
