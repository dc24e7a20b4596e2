/**
 * Keeping the bodies of answers as they were received.
 *
 * @module
 */
import { messageOf, SourceError, UsageError } from "../errors.ts";
import type { RawAnswer } from "../sources/source.ts";

/** What is received may be private. */
const MODE = 0o600;

/**
 * Makes the folder, so that a path that cannot be one is refused before anything is asked for.
 *
 * @param folder Path.
 * @throws {UsageError} `raw_folder_unusable`.
 */
export async function prepareRawFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".tickerlock-" }));
  } catch (error) {
    throw new UsageError(
      "raw_folder_unusable",
      `answers cannot be kept in ${folder}: ${messageOf(error)}`,
      { hint: "Name a folder that can be written to with --save-raw DIR.", cause: error },
    );
  }
}

/**
 * Writes one body, compressed (gzip), as `TICKER-JOB-SHA256.gz`: into a temporary file that is synced
 * and renamed. The checksum is of the body, not of the compressed file.
 *
 * @param folder An existing folder.
 * @param ticker Canonical ticker.
 * @param jobId The job.
 * @param answer The body.
 * @throws {SourceError} `raw_not_saved`: nothing is stored that was to be kept and could not be.
 */
export async function saveRaw(
  folder: string,
  ticker: string,
  jobId: string,
  answer: RawAnswer,
): Promise<void> {
  const path = `${folder}/${ticker}-${jobId}-${answer.sha256}.gz`;
  const temporary = `${folder}/.${ticker}-${jobId}-${answer.sha256}.tmp`;
  try {
    using file = await Deno.open(temporary, {
      write: true,
      create: true,
      truncate: true,
      mode: MODE,
    });
    const { gzipSync } = await import("node:zlib");
    const bytes = gzipSync(answer.bytes);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.sync();
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw new SourceError("raw_not_saved", `${path} could not be written: ${messageOf(error)}`, {
      hint:
        "See that there is room and that the folder can be written to, or leave --save-raw out.",
      cause: error,
    });
  }
}
