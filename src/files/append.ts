/**
 * Appending whole lines to a file. Only under the file's lock.
 *
 * @module
 */
import type { FileSystem, OpenFile } from "./file_system.ts";
import type { FilePlace } from "./place.ts";
import { NEW_FILE_MODE, writeAll } from "./atomic.ts";

const NEWLINE = 0x0a;

async function endsInNewline(file: OpenFile, size: number): Promise<boolean> {
  if (size === 0) return true;
  const last = new Uint8Array(1);
  await file.seek(size - 1, Deno.SeekMode.Start);
  return await file.read(last) === 1 && last[0] === NEWLINE;
}

/**
 * Appends, and takes back what it could not finish.
 *
 * @param place Which file; made with mode 0600 where it is missing.
 * @param beforeWrite Called when all is ready; what it throws ends it, with nothing changed.
 * @throws What the file system threw; the old content is in place then.
 */
export async function appendLines(
  fs: FileSystem,
  place: FilePlace,
  lines: Uint8Array,
  beforeWrite: () => void,
): Promise<void> {
  const { path, folder } = place;
  const existed = fs.look(path) !== undefined;
  beforeWrite();
  const file = await fs.open(path, { read: true, append: true, create: true, mode: NEW_FILE_MODE });
  try {
    const { size } = await file.stat();
    let bytes = lines;
    if (!await endsInNewline(file, size)) {
      // A writer was killed in the middle of its line: that one ends here.
      bytes = new Uint8Array(lines.length + 1);
      bytes[0] = NEWLINE;
      bytes.set(lines, 1);
    }
    try {
      await writeAll(fs, file, bytes);
      await fs.sync(file);
    } catch (error) {
      await takeBack(fs, file, size, existed ? undefined : path);
      throw error;
    }
  } finally {
    file.close();
  }
  if (!existed) await fs.syncFolder(folder);
}

async function takeBack(
  fs: FileSystem,
  file: OpenFile,
  size: number,
  created: string | undefined,
): Promise<void> {
  try {
    await file.truncate(size);
    if (created !== undefined) await fs.remove(created);
  } catch {
    // What stays is the start of a line, which the next append ends.
  }
}
