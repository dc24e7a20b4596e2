/** The version, which a test compares with `deno.json`, and what a build writes into the program. @module */

/**
 * Semantic version of this program and library.
 * @category Ingest
 */
export const VERSION = "0.2.0";

// The build replaces these two marks, once each; install.sh knows an executable by the words before the
// commit.
const COMMIT = "tickerlock-executable:commit=@tickerlock-commit@";
const BUILT = "@tickerlock-built@";

/** What `--version --json` prints. */
interface BuildInfo {
  readonly version: string;
  /** Commit that the executable was built from, with `+modified` after it where files had been changed; null from source. */
  readonly commit: string | null;
  /** When it was built, ISO 8601 in UTC: the time of the commit, so that a build can be repeated; null from source. */
  readonly built: string | null;
  readonly deno: string;
  /** Platform it is for, as Deno names it: `x86_64-unknown-linux-gnu`. */
  readonly target: string;
}

function stamped(mark: string): string | null {
  return mark.startsWith("@") || mark === "" ? null : mark;
}

/** Version, commit and time of this very program. */
export function buildInfo(): BuildInfo {
  return {
    version: VERSION,
    commit: stamped(COMMIT.slice(COMMIT.indexOf("=") + 1)),
    built: stamped(BUILT),
    deno: Deno.version.deno,
    target: Deno.build.target,
  };
}
