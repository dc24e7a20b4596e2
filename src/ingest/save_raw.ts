/** Keeping the bodies of answers as they were received. @module */
import { SourceError } from "../base/errors.ts";
import { replaceFile } from "../files/atomic.ts";
import type { FolderUse } from "../files/prepare_folder.ts";
import { escapeName } from "../platform/names.ts";
import { NEW_FILE_MODE } from "../platform/owners.ts";
import { explain } from "../platform/refusals.ts";
import type { RawAnswer } from "../sources/network.ts";

/** The folder of bodies. */
export const RAW_FOLDER: FolderUse = {
  code: "raw_folder_unusable",
  what: "answers cannot be kept",
  option: "--save-raw",
};

/** Longest beginning of a file's name, in bytes: what follows has 105, and a name 255 at most. */
const MOST_OF_TICKER = 100;

/** Writes one body as `TICKER-JOB-SHA256.gz`. @throws {SourceError} `raw_not_saved`. */
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
