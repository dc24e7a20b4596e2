/**
 * The program under another clock than the machine's: libfaketime answers in the place of the system.
 *
 * @module
 */
import { installed } from "../installed.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

/** The loader puts the folder of its libraries in the place of `$LIB`. */
const LIBRARY = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/** How far the machine's clock is before that of the tests, which may go by another one themselves. */
async function aheadMs(): Promise<number> {
  const args = ["-u", "LD_PRELOAD", "date", "+%s%3N"];
  const { stdout } = await new Deno.Command("env", { args }).output();
  return Number(new TextDecoder().decode(stdout)) - Date.now();
}

/**
 * Removes what programs of former tests have left in shared memory: libfaketime ends a process that has the number
 * of one of them.
 */
async function clearLeftovers(): Promise<void> {
  const line =
    'for file in /dev/shm/*faketime_s*_[0-9]*; do [ -e "/proc/${file##*_}" ] || rm -f "$file"; done';
  await new Deno.Command("sh", { args: ["-c", line] }).output();
}

/** A clock that a test sets while programs go by it. Dispose it. */
export class FakedClock implements AsyncDisposable {
  readonly #folder: string;
  readonly #aheadMs: number;

  private constructor(folder: string, aheadMs: number) {
    this.#folder = folder;
    this.#aheadMs = aheadMs;
  }

  /**
   * Makes one that is set.
   *
   * @param time ISO 8601.
   * @returns Undefined where libfaketime is not installed.
   */
  static async create(time: string): Promise<FakedClock | undefined> {
    await clearLeftovers();
    if (!await installed("faketime", ["faketime", "-f", "+1d", "true"])) return undefined;
    const clock = new FakedClock(await makeTempFolder("tickerlock_clock_"), await aheadMs());
    clock.set(time);
    return clock;
  }

  /** Sets it; the monotonic clock of the programs does not notice. */
  set(time: string): void {
    const seconds = Math.round((Date.parse(time) - Date.now() - this.#aheadMs) / 1000);
    const path = `${this.#folder}/offset`;
    // At once: a program that reads half of it has yet another clock.
    Deno.writeTextFileSync(`${path}.new`, `${seconds < 0 ? "" : "+"}${seconds}`);
    Deno.renameSync(`${path}.new`, path);
  }

  /** Words before the command of a program that is to go by it. */
  get prefix(): readonly string[] {
    return [
      "env",
      ...["-u", "FAKETIME", "-u", "FAKETIME_SHARED"],
      `LD_PRELOAD=${LIBRARY}`,
      `FAKETIME_TIMESTAMP_FILE=${this.#folder}/offset`,
      "FAKETIME_NO_CACHE=1",
      "FAKETIME_DONT_FAKE_MONOTONIC=1",
      // The times of files are the disk's.
      "NO_FAKE_STAT=1",
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.#folder);
  }
}
