/** The ways to lock a file that are compared, each in processes of its own. @module */
import { fail } from "../assert.ts";
import { programEnvironment, projectPath } from "../e2e/program.ts";
import { measure, outputOrNull } from "./harness.ts";

/** A way to lock a file. */
export interface Contender {
  readonly name: string;
  /** Its peer's command, to which mode, kind and path are added. */
  readonly words: readonly string[];
  /** What the peer calls it. */
  readonly kind: string;
}

/** The library itself, whose figures have targets. */
export const TICKERLOCK = "tickerlock";

/** Nothing but the system calls, as Deno has them: what is between it and us is our work. */
export const RAW = "Deno: open, lock, close";

const PROPER_LOCKFILE = "proper-lockfile@4.1.2";

/** Debian's, which has the modules of its packages. */
const PYTHON = ["/usr/bin/python3", "-I", projectPath("tests/bench/peers/lock_peer.py")];

const RIGHTS = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys"];

function deno(...more: readonly string[]): string[] {
  const peer = projectPath("tests/bench/peers/lock_peer.ts");
  return [Deno.execPath(), "run", "--no-prompt", ...more, ...RIGHTS, peer];
}

/** What a module of Debian's Python calls its version, or null where one of them is not there. */
async function pythonModule(kind: string): Promise<string | null> {
  const [python = "", ...args] = [...PYTHON, "version", kind];
  try {
    const { code, stdout, stderr } = await new Deno.Command(python, { args }).output();
    if (code === 3) return null;
    if (code === 0) return new TextDecoder().decode(stdout).trim();
    return fail(`${kind} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The contenders that are there, and the names of those that are not. */
export async function contenders(): Promise<readonly [readonly Contender[], readonly string[]]> {
  // Without the project's lock file: it is none of its dependencies.
  const proper = {
    name: PROPER_LOCKFILE,
    words: deno("--no-lock"),
    kind: `npm:${PROPER_LOCKFILE}`,
  };
  const found: Contender[] = [
    { name: TICKERLOCK, words: deno(), kind: "tickerlock" },
    { name: RAW, words: deno(), kind: "raw" },
  ];
  const missing: string[] = [];
  const downloaded = await outputOrNull([Deno.execPath(), "cache", "--no-lock", proper.kind]);
  if (downloaded === null) missing.push(PROPER_LOCKFILE);
  else found.push(proper);
  for (const kind of ["filelock", "portalocker"]) {
    const version = await pythonModule(kind);
    if (version === null) missing.push(kind);
    else found.push({ name: `${kind} ${version}`, words: PYTHON, kind });
  }
  return [found, missing];
}

/**
 * What it costs to acquire and release a free lock.
 * @param contender Who.
 * @param path A lock file.
 * @param count How often.
 * @returns Median, in µs.
 */
export async function costOf(
  { words, kind }: Contender,
  path: string,
  count: number,
): Promise<number> {
  const command = [...words, "cost", kind, path, `${count}`];
  const { stdout } = await measure(command, { cwd: projectPath("."), wallTimeOnly: true });
  return Number(stdout);
}

/** A process that acquires and releases a lock on demand. Dispose it to end it. */
export class LockPeer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  private constructor({ words, kind }: Contender, path: string) {
    const [first = "", ...args] = [...words, "hand-off", kind, path];
    this.#child = new Deno.Command(first, {
      args,
      cwd: projectPath("."),
      clearEnv: true,
      env: programEnvironment({ NO_COLOR: "1" }),
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
  }

  /** Starts one, and waits until it is ready. */
  static async start(contender: Contender, path: string): Promise<LockPeer> {
    const peer = new LockPeer(contender, path);
    await peer.#next("ready");
    return peer;
  }

  async #next(word: string): Promise<number> {
    const { value } = await this.#lines.next();
    const [said, time = "0"] = String(value).split(" ");
    if (said !== word) fail(`a peer said ${JSON.stringify(value)} in place of ${word}`);
    return Number(time);
  }

  async #order(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Has it ask for the lock. @returns As soon as it asks; then when it has it, in ms. */
  async ask(): Promise<{ readonly acquired: Promise<number> }> {
    await this.#order("acquire");
    await this.#next("asking");
    return { acquired: this.#next("acquired") };
  }

  /** Has it release the lock. @returns When it began to, in ms. */
  async release(): Promise<number> {
    await this.#order("release");
    return await this.#next("releasing");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#child.status;
    await this.#lines.return?.();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
