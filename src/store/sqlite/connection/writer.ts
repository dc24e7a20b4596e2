import { KeyedFifo } from "../../../base/fifo.ts";
import { Database, type OpenOptions } from "./database.ts";
import { StoreError } from "../../errors.ts";
import { oneSpelling } from "../../../platform/files.ts";

/**
 * How to get the writer.
 * @category Database
 */
export interface WriterOptions extends Omit<OpenOptions, "onClose"> {
  /** Seconds to wait for another writer of this process. Default 30. */
  timeoutSeconds?: number | undefined;
}

const turns = new KeyedFifo();

/**
 * Opens the writing connection of this process, or waits in line for it; other processes are waited
 * for at each transaction. The database is made, and its schema brought up to date, as needed.
 *
 * Keep it as short as the work needs, and never ask for a second one while holding the first: that
 * waits for itself until the time is over.
 *
 * @example
 * ```ts
 * import { writer } from "@tickerlock/tickerlock";
 *
 * const folder = await Deno.makeTempDir();
 * {
 *   using db = await writer(`${folder}/a.db`, { timeoutSeconds: 5 });
 *   const rows = await db.transaction("count rows in", () => db.all("SELECT * FROM prices"));
 *   console.log(rows.length); // 0
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param path The file, or `:memory:`.
 * @throws {StoreError} `db_writer_timeout`, or a code for each way in which it cannot be used.
 * @throws {RangeError} Where the timeout is negative or no number.
 * @category Database
 */
export async function writer(path: string, options: WriterOptions = {}): Promise<Database> {
  const { timeoutSeconds = 30, ...rest } = options;
  if (Number.isNaN(timeoutSeconds) || timeoutSeconds < 0) {
    throw new RangeError(
      `Cannot wait for a writer as 'timeoutSeconds' must be 0 or more: current value is ${timeoutSeconds}`,
    );
  }
  if (path === ":memory:") return await Database.open(path, rest);
  options.signal?.throwIfAborted();
  // One turn for one file, however its path is spelled.
  const turn = await turns.take(oneSpelling(path), {
    timeoutMs: timeoutSeconds * 1000,
    signal: options.signal,
  });
  if (turn === undefined) {
    const message =
      `another task of this process has been writing to ${path} for more than ${timeoutSeconds} s`;
    throw new StoreError("db_writer_timeout", message, path, {
      hint: "Close the other writer sooner, or wait longer with timeoutSeconds.",
      retryable: true,
    });
  }
  try {
    return await Database.open(path, { ...rest, onClose: () => turn[Symbol.dispose]() });
  } catch (error) {
    turn[Symbol.dispose]();
    throw error;
  }
}
