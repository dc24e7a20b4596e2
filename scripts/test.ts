/**
 * Runs the tests, several files at a time: `deno task test`, `deno task test:e2e`.
 *
 *   test.ts [--jobs=N] [FILE|FOLDER]... [OPTION of deno test]...
 *
 * Every group of files is a process of `deno test` of its own, and not a thread of one as under
 * `deno test --parallel`: threads share the working folder and, between fork and exec of a child that
 * another thread starts, every open file and so every lock on it.
 *
 * A line tells that a group has ended; what it printed follows only where it failed. While none ends, a
 * line tells now and then what is running. At the end stand the groups that took longest, the errors
 * once more, what was left out, and a summary in the form of `deno test`.
 * @module
 */
import { ROOT } from "./project.ts";
import { script } from "./run.ts";
import {
  addUp,
  failures,
  groupLine,
  groupsOf,
  inSeconds,
  parseWords,
  type Peer,
  PEERS,
  type Result,
  runningLine,
  summaryLine,
  testFiles,
  withoutPeers,
} from "./test_run.ts";

/** How many of the groups that took longest are named. */
const LONGEST = 8;

/** Silence after which a line tells what is running, in ms. */
const SILENCE_MS = 30_000;

/** The rights of the tests. They talk to this machine alone. */
const RIGHTS = [
  ...["--no-prompt", "--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-run"],
  "--allow-net=127.0.0.1",
];

const encoder = new TextEncoder();

function print(text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
}

/** A server of PostgreSQL for all files, since starting one takes a second. */
interface Server extends AsyncDisposable {
  /** What its tests find it by. */
  readonly env: Readonly<Record<string, string>>;
}

async function startServer(groups: readonly (readonly string[])[]): Promise<Server> {
  const isWanted = groups.some((files) => files.some((file) => file.includes("postgres")));
  if (!isWanted || Deno.build.os !== "linux") {
    return { env: {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "tests/store/postgres/server_main.ts"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  if (value === undefined) throw new Error("the tests on PostgreSQL have no server");
  return {
    env: { TICKERLOCK_TEST_POSTGRES: value.trim() },
    async [Symbol.asyncDispose]() {
      await process.stdin.close();
      await reader.cancel();
      await process.status;
    },
  };
}

/** Whether a program is missing. Under `CI` none is: its tests then run, and fail. */
async function missesPeer({ probe }: Peer): Promise<boolean> {
  if (Deno.build.os === "windows") return true;
  const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
  return !(await new Deno.Command("sh", { args: ["-c", `test -n "$CI" || ${probe}`], ...quiet })
    .output()).success;
}

async function runGroup(
  files: readonly string[],
  options: readonly string[],
  { env }: Server,
): Promise<Result> {
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // The types were checked before, all at once.
    args: ["test", ...RIGHTS, "--no-check", ...options, ...files],
    cwd: ROOT,
    env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stderr) + decoder.decode(stdout);
  return { files, success, output, seconds: (performance.now() - started) / 1000 };
}

async function main(): Promise<void> {
  const { paths, options, jobs } = parseWords(Deno.args);
  const started = performance.now();
  const found = await testFiles(ROOT, paths.length === 0 ? ["tests/"] : paths);
  const isMissing = await Promise.all(PEERS.map((peer) => missesPeer(peer)));
  const { files, lines: leftOut } = withoutPeers(
    found,
    PEERS.filter((_, index) => isMissing[index]),
  );
  const waiting = groupsOf(files);
  const of = waiting.length;
  await using server = await startServer(waiting);
  const results: Result[] = [];
  const running = new Map<readonly string[], number>();
  const tellRunning = () => print(runningLine(running, performance.now()));
  let silence = setInterval(tellRunning, SILENCE_MS);
  const work = async () => {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
      running.set(files, performance.now());
      const result = await runGroup(files, options, server);
      running.delete(files);
      results.push(result);
      print(groupLine(result, results.length, of));
      clearInterval(silence);
      silence = setInterval(tellRunning, SILENCE_MS);
    }
  };
  await Promise.all(Array.from({ length: jobs ?? navigator.hardwareConcurrency + 1 }, work));
  clearInterval(silence);

  const slow = results.toSorted((a, b) => b.seconds - a.seconds).slice(0, LONGEST);
  const lines = slow.map(({ seconds, files }) => `${inSeconds(seconds)}  ${files.join(" ")}\n`);
  print(`\nlongest:\n${lines.join("")}${failures(results)}`);
  if (leftOut.length > 0) print(`\n${leftOut.join("")}`);
  const total = addUp(results);
  print(`\n${summaryLine(total, (performance.now() - started) / 1000)}\n\n`);
  if (total.failed > 0) {
    await server[Symbol.asyncDispose]();
    Deno.exit(1);
  }
  // Elsewhere what only Linux has is left out: tests/system.ts.
  if (Deno.build.os === "linux" && total.ignored > 0) {
    throw new Error(`${total.ignored} tests were ignored: on Linux none may be`);
  }
}

if (import.meta.main) await script(main);
