/** What `test.ts` knows of its words, of test files, and of what `deno test` prints. @module */

/** What takes long, by the beginning of its path: each file of it is a group of its own, and first. */
const ALONE = [
  "binary/",
  "cli/commands/completions/",
  "docs/",
  "e2e/",
  "files/",
  "json/",
  "lock/",
  "packaging/",
  "sources/kalshi/faults_test.ts",
  "stories/",
];

/** Files of the other folders in one group: starting `deno test` takes longer than most of them. */
const GROUP = 6;

/** What was asked for on the command line. */
export interface Words {
  /** Test files, and folders of them. */
  readonly paths: readonly string[];
  /** Options to hand on to `deno test`. */
  readonly options: readonly string[];
  /** Groups at a time; undefined where it is not said. */
  readonly jobs: number | undefined;
}

/**
 * Reads a command line.
 * @param args Options of `deno test` need their value behind `=`: a word without dash is a path.
 * @throws {Error} Where the number of jobs is none.
 */
export function parseWords(args: readonly string[]): Words {
  const isJobs = (word: string) => word.startsWith("--jobs");
  const last = args.findLast(isJobs);
  const jobs = last === undefined ? undefined : Number(/^--jobs=(\d{1,3})$/.exec(last)?.[1]);
  if (jobs !== undefined && !(jobs > 0)) throw new Error(`not a number of jobs: ${last}`);
  return {
    paths: args.filter((word) => !word.startsWith("-")),
    options: args.filter((word) => word.startsWith("-") && !isJobs(word)),
    jobs,
  };
}

/**
 * The test files of paths: those below a folder, and a file itself whatever its name.
 * @param root Folder that the paths count from, with a slash behind it.
 * @returns Paths from the root, sorted, each once.
 * @throws {Error} Where a path is not there or has no test.
 */
export async function testFiles(root: string, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const given of paths) {
    const path = given.replace(/^\.\//, "").replace(/\/+$/, "");
    const isFile = (await Deno.stat(`${root}${path}`)).isFile;
    const below = isFile ? [path] : await filesBelow(root, path);
    if (below.length === 0) throw new Error(`no test below ${given}`);
    found.push(...below);
  }
  return [...new Set(found)].sort();
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}${folder}`)) {
    if (isDirectory) found.push(...await filesBelow(root, `${folder}/${name}`));
    else if (name.endsWith("_test.ts")) found.push(`${folder}/${name}`);
  }
  return found;
}

/** Groups of files that one process of `deno test` runs after each other, those that take long first. */
export function groupsOf(files: readonly string[]): string[][] {
  const isAlone = (file: string) => ALONE.some((path) => file.startsWith(`tests/${path}`));
  const groups = files.filter(isAlone).map((file) => [file]);
  const others = files.filter((file) => !isAlone(file));
  for (let at = 0; at < others.length; at += GROUP) groups.push(others.slice(at, at + GROUP));
  return groups;
}

/** A program that some test files cannot do without. */
export interface Peer {
  readonly name: string;
  /** Debian's package of it. */
  readonly from: string;
  /** Files that need it. */
  readonly files: RegExp;
  /** Line of a shell that succeeds where it is there. */
  readonly probe: string;
}

/** Programs whose tests `deno task test` leaves out where they are missing, unless `CI` is set. */
export const PEERS: readonly Peer[] = [
  {
    name: "PostgreSQL",
    from: "postgresql",
    files: /postgres|stories\/team/,
    // Debian has it in a folder per version, which is not on the path.
    probe: "ls /usr/lib/postgresql/*/bin/initdb || command -v initdb",
  },
  { name: "PgBouncer", from: "pgbouncer", files: /pooler/, probe: "command -v pgbouncer" },
  {
    name: "Chromium",
    from: "chromium",
    files: /browser/,
    probe: "command -v chromium || command -v chromium-browser || command -v google-chrome",
  },
];

/**
 * Takes away the files that cannot run here.
 *
 * @param files Test files.
 * @param missing Programs that are not there.
 * @returns The files that can run, and a line for each program with what it would take.
 */
export function withoutPeers(
  files: readonly string[],
  missing: readonly Peer[],
): { readonly files: string[]; readonly lines: string[] } {
  const lines = missing.flatMap(({ name, from, files: needs }) => {
    const count = files.filter((file) => needs.test(file)).length;
    const word = count === 1 ? "file" : "files";
    return count === 0
      ? []
      : [`left out, ${name} is not installed: ${count} test ${word} (apt-get install ${from})\n`];
  });
  return {
    files: files.filter((file) => !missing.some(({ files: needs }) => needs.test(file))),
    lines,
  };
}

/** How a group ended. */
export interface Result {
  readonly files: readonly string[];
  /** Whether `deno test` ended with 0. */
  readonly success: boolean;
  /** What it printed. */
  readonly output: string;
  readonly seconds: number;
}

/** Numbers of tests. */
export interface Total {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
  readonly filteredOut: number;
}

/** Output without colours. */
function plain(output: string): string {
  // deno-lint-ignore no-control-regex
  return output.replaceAll(/\x1b\[[0-9;]*m/g, "");
}

/** A summary of `deno test`, without colours. */
const SUMMARY = /^(ok|FAILED) \| \d+ passed\b.*\| \d+ failed\b/;

/** Output without the summary of its group, which a reader might take for that of all. */
export function withoutSummary(output: string): string {
  return output.split("\n").filter((line) => !SUMMARY.test(plain(line))).join("\n");
}

/**
 * Adds the summaries up. A group that ended with an error and names no test that failed, or that printed
 * no summary at all, counts as one that failed: a crash must not pass for a success.
 */
export function addUp(results: readonly Result[]): Total {
  const total = { passed: 0, failed: 0, ignored: 0, filteredOut: 0 };
  for (const { success, output } of results) {
    const summary = plain(output).split("\n").findLast((line) => SUMMARY.test(line));
    const count = (word: string) =>
      Number(new RegExp(`\\| (\\d+) ${word}\\b`).exec(summary ?? "")?.[1] ?? 0);
    total.passed += count("passed");
    total.failed += count("failed");
    total.ignored += count("ignored");
    total.filteredOut += count("filtered out");
    const isSound = summary !== undefined && success;
    if (!isSound && count("failed") === 0) total.failed++;
  }
  return total;
}

/** Seconds in a column of their own. */
export function inSeconds(seconds: number): string {
  return `${seconds.toFixed(1).padStart(6)} s`;
}

/**
 * The line of a group that has ended, with all that it printed where it failed.
 * @param done How many have ended, with this one.
 * @param of How many there are.
 */
export function groupLine(result: Result, done: number, of: number): string {
  const { passed, failed } = addUp([result]);
  const at = `[${String(done).padStart(String(of).length)}/${of}]`;
  const word = failed === 0 ? "ok    " : "FAILED";
  const tests = `${String(passed + failed).padStart(3)} tests`;
  const line = `${at} ${word} ${tests} ${inSeconds(result.seconds)}  ${nameOf(result.files)}\n`;
  return failed === 0 ? line : `${line}${withoutSummary(result.output)}\n`;
}

/**
 * The line that tells what is running, longest first.
 * @param running Groups, and when each was started, in ms.
 * @param now The same clock's present time.
 */
export function runningLine(
  running: ReadonlyMap<readonly string[], number>,
  now: number,
): string {
  const each = [...running].sort(([, a], [, b]) => a - b).map(([files, since]) =>
    `${nameOf(files)} (${Math.round((now - since) / 1000)} s)`
  );
  return `still running: ${each.join(", ")}\n`;
}

function nameOf([first = "", ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/**
 * What groups that failed printed at their end: every error, and where it is.
 * @returns The empty string where none failed.
 */
export function failures(results: readonly Result[]): string {
  return results.filter(({ success }) => !success).map(({ files, output }) => {
    const text = withoutSummary(plain(output));
    // Without such a part it has crashed, and everything may say why.
    const at = Math.max(text.lastIndexOf("\n ERRORS "), 0);
    return `\nFAILED in ${files.join(" ")}\n${text.slice(at)}`;
  }).join("");
}

/** The summary as `deno test` writes it. @param total Numbers of tests. @param seconds Time that all took. */
export function summaryLine(total: Total, seconds: number): string {
  const { passed, failed, ignored, filteredOut } = total;
  const words = [failed === 0 ? "ok" : "FAILED", `${passed} passed`, `${failed} failed`];
  if (ignored > 0) words.push(`${ignored} ignored`);
  if (filteredOut > 0) words.push(`${filteredOut} filtered out`);
  const whole = Math.round(seconds);
  const time = whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${whole % 60}s`;
  return `${words.join(" | ")} (${time})`;
}
