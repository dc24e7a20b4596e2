/**
 * Standard output for data that do not fit into memory.
 *
 * @module
 */
import { EXIT, messageOf, TickerlockError } from "../../base/errors.ts";

/** Pause before a full pipe that somebody has set to non-blocking is tried again, in ms. */
const FULL_PIPE_PAUSE_MS = 5;

/**
 * Writes to standard output, as fast as its reader reads; signals are seen meanwhile.
 *
 * @param bytes What to write.
 * @returns False where the reader has gone away (`| head`), which is no error.
 * @throws {TickerlockError} `output_failed`: a full disk, a closed descriptor.
 */
export async function writeStandardOutput(bytes: Uint8Array): Promise<boolean> {
  for (let left = bytes; left.length > 0;) {
    try {
      left = left.subarray(await Deno.stdout.write(left));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      if (error instanceof Deno.errors.WouldBlock) {
        await new Promise((resolve) => setTimeout(resolve, FULL_PIPE_PAUSE_MS));
        continue;
      }
      throw new TickerlockError(
        "output_failed",
        `standard output could not be written: ${messageOf(error)}`,
        EXIT.failed,
        {
          hint: "See that there is space where it goes to; what is there is not whole.",
          cause: error,
        },
      );
    }
  }
  return true;
}
