/**
 * Keeping the bodies of answers as they were received.
 *
 * @module
 */
import { messageOf, SourceError, UsageError } from "../base/errors.ts";
import { type FileSystem, realFileSystem } from "../files/file_system.ts";
import { writeAll } from "../files/replace.ts";
import type { RawAnswer } from "../sources/network.ts";

/** What is received may be private. */
const MODE = 0o600;

/**
 * Makes the folder, so that a path that cannot be one is refused before anything is asked for.
 *
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
 * and renamed, and the folder is synced. The checksum is of the body, not of the compressed file.
 *
 * @throws {SourceError} `raw_not_saved`: nothing is stored that was to be kept and could not be.
 */
export async function saveRaw(
  folder: string,
  ticker: string,
  jobId: string,
  answer: RawAnswer,
  fs: FileSystem = realFileSystem,
): Promise<void> {
  const path = `${folder}/${ticker}-${jobId}-${answer.sha256}.gz`;
  const temporary = `${folder}/.${ticker}-${jobId}-${answer.sha256}.tmp`;
  try {
    const file = await fs.open(temporary, {
      write: true,
      create: true,
      truncate: true,
      mode: MODE,
    });
    const { gzipSync } = await import("node:zlib");
    try {
      await writeAll(fs, file, gzipSync(answer.bytes));
      await fs.sync(file);
    } finally {
      file.close();
    }
    await fs.rename(temporary, path);
    await fs.syncFolder(folder);
  } catch (error) {
    await fs.remove(temporary).catch(() => {});
    throw new SourceError("raw_not_saved", `${path} could not be written: ${messageOf(error)}`, {
      hint:
        "See that there is room and that the folder can be written to, or leave --save-raw out.",
      cause: error,
    });
  }
}
