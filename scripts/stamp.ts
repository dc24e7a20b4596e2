/** What a build writes into the executable about its source: commit and time. @module */
import { ROOT } from "./project.ts";
import { run } from "./run.ts";

/** Where an executable is from. */
export interface Stamp {
  /** Commit, `+modified` behind it where files were changed; empty where the folder is no checkout. */
  readonly commit: string;
  /** ISO 8601 in UTC; empty where neither a commit nor `SOURCE_DATE_EPOCH` says it. */
  readonly built: string;
}

/**
 * The time that `SOURCE_DATE_EPOCH` says (https://reproducible-builds.org/specs/source-date-epoch/).
 * @param value Seconds since 1970. Undefined and empty are the same: not set.
 * @returns ISO 8601 in UTC; empty where it is not set.
 * @throws {Error} Where it is no such number.
 */
export function sourceDate(value: string | undefined): string {
  if (value === undefined || value === "") return "";
  const date = new Date(/^\d{1,12}$/.test(value) ? Number(value) * 1000 : NaN);
  if (Number.isNaN(date.getTime())) {
    throw new Error(
      `SOURCE_DATE_EPOCH is ${
        JSON.stringify(value)
      }, which is not a number of seconds since 1970, ` +
        "such as 1767225600. Unset it to have the time of the commit",
    );
  }
  return date.toISOString();
}

/** Whether a folder is the top of a checkout. A folder inside one is of another project. */
async function isCheckout(folder: string): Promise<boolean> {
  try {
    const top = await run(["git", "rev-parse", "--show-toplevel"], { cwd: folder });
    return await Deno.realPath(top) === await Deno.realPath(folder);
  } catch {
    return false;
  }
}

/**
 * Commit and its time.
 * @param epoch `SOURCE_DATE_EPOCH`, which wins over the time of the commit.
 * @throws {Error} Where `epoch` is no time.
 */
export async function readStamp(epoch: string | undefined, folder: string = ROOT): Promise<Stamp> {
  const fixed = sourceDate(epoch);
  if (!await isCheckout(folder)) return { commit: "", built: fixed };
  const git = (...words: readonly string[]) => run(["git", ...words], { cwd: folder });
  try {
    const commit = await git("rev-parse", "HEAD");
    const changed = await git("status", "--porcelain", "--untracked-files=no");
    const seconds = await git("show", "--no-patch", "--format=%ct", "HEAD");
    const built = fixed === "" ? new Date(Number(seconds) * 1000).toISOString() : fixed;
    return { commit: changed === "" ? commit : `${commit}+modified`, built };
  } catch {
    // A repository without a commit.
    return { commit: "", built: fixed };
  }
}
