/**
 * The program as a process: starting it, watching it, and looking at what it left.
 *
 * By default it is `src/main.ts` under exactly the permissions of the task `tickerlock`. With
 * `TICKERLOCK_BIN` in the environment it is that executable.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { ENVIRONMENT } from "../../scripts/project.ts";
import { assertEquals, fail } from "../assert.ts";
import { killed } from "../system.ts";
import { projectPath } from "../paths.ts";
import { waitFor } from "./wait_for.ts";

/** Longest time that a process may take, in ms: far above what the slowest machine needs. */
const PROCESS_DEADLINE_MS = 300_000;

export { projectPath };

/** Options of an ingest from a fake service: on a slow machine its answers take longer than people wait. */
export const PATIENT = ["--rate", "none", "--timeout", "100", "--deadline", "1000"];

/** The sample file: 8 cash-market tickers, 10 days each. */
export const SAMPLE = projectPath("docs/examples/cotahist-sample.txt");

/** Tickers of the sample's cash market, sorted. */
export const SAMPLE_TICKERS = ["A3", "B4", "C3", "D4", "E3", "F4", "G3", "H4"]
  .map((end) => `EXM${end}.SA`);

/** The executable under test, by its full path; undefined where it is the source that is tested. */
export function binaryPath(): string | undefined {
  const path = Deno.env.get("TICKERLOCK_BIN") ?? "";
  if (path === "") return undefined;
  // A test starts it in another folder than the one that the path counts from.
  return /^([A-Za-z]:)?[\\/]/.test(path) ? path : `${Deno.cwd()}/${path}`;
}

/** The source under the rights of the task `tickerlock`. */
export function sourceCommand(): readonly string[] {
  const [deno, ...rest] = config.tasks.tickerlock.command.split(" ");
  const main = rest.pop();
  if (deno !== "deno" || main !== "src/main.ts") {
    fail(`the task tickerlock is not "deno ... src/main.ts": ${config.tasks.tickerlock.command}`);
  }
  return [Deno.execPath(), ...rest, projectPath(main)];
}

/** The source, started by a script of the tests that is told of it. */
function startedBy(script: string): readonly string[] {
  const command = [...sourceCommand()];
  const main = command.pop() ?? "";
  return [...command, projectPath(script), pathToFileURL(main).href];
}

/** The source with locks and records as they are on Windows; it ends with 99 where it reads a lock. */
export function asOnWindowsCommand(): readonly string[] {
  return startedBy("tests/lock/as_on_windows_main.ts");
}

/** The source with a slow clock, for what has a limit of milliseconds. */
export function unhurriedCommand(): readonly string[] {
  return startedBy("tests/e2e/unhurried_main.ts");
}

/** The program and the arguments that come before its own. */
export function programCommand(): readonly string[] {
  const binary = binaryPath();
  return binary === undefined ? sourceCommand() : [binary];
}

/** How a process is started. */
export interface StartOptions {
  /** Working folder. Default that of the tests. */
  readonly cwd?: string;
  /** Variables on top of the tests' own, from which the program's are taken out. */
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the program: a command that starts another. Default none. */
  readonly prefix?: readonly string[];
  /** What is run. Default {@linkcode programCommand}. */
  readonly program?: readonly string[];
  /** Leave standard output unread until {@linkcode Running.closeStdout}. Default false. */
  readonly holdStdout?: boolean;
}

/** How a process ended. */
export interface Outcome {
  /** Exit code; 128 + n where signal n ended it. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The tests' environment without what would steer the program. */
export function programEnvironment(
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const env = Deno.env.toObject();
  for (const name of Object.keys(env)) {
    // Deno does not let every caller hand a loader's variables on. "=C:" is a drive's folder on Windows.
    // Deno finds its cache by HOME.
    if (name === "HOME") continue;
    if (ENVIRONMENT.includes(name) || /^(LD_|DYLD_|=)/.test(name)) delete env[name];
  }
  // No configuration of the person who runs the tests.
  return { ...env, XDG_CONFIG_HOME: "/nonexistent", ...extra };
}

/** Fails unless a process was killed, as its system tells that. */
export function assertKilled({ code, signal, stderr }: Outcome): void {
  assertEquals({ code, signal }, killed(), stderr);
}

/** A process of the program. Dispose it: one that is still alive then is killed. */
export class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #command: string;
  #stdout = "";
  #stderr = "";
  #ended: Outcome | undefined;
  readonly #outcome: Promise<Outcome>;
  #heldStdout: ReadableStream<Uint8Array> | undefined;

  /** @param args The program's arguments. @param options Folder, environment, words before it. */
  constructor(args: readonly string[], options: StartOptions = {}) {
    const { prefix = [], env = {}, holdStdout = false, program = programCommand() } = options;
    const [first = "", ...rest] = [...prefix, ...program, ...args];
    this.#command = [...prefix, "tickerlock", ...args].join(" ");
    this.#child = new Deno.Command(first, {
      args: rest,
      clearEnv: true,
      env: programEnvironment(env),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }).spawn();
    const pumps = [this.#pump(this.#child.stderr, (text) => this.#stderr += text)];
    if (holdStdout) {
      this.#heldStdout = this.#child.stdout;
    } else {
      pumps.push(this.#pump(this.#child.stdout, (text) => this.#stdout += text));
    }
    this.#outcome = this.#end(pumps);
  }

  async #pump(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
  }

  async #end(pumps: readonly Promise<void>[]): Promise<Outcome> {
    const { code, signal } = await this.#child.status;
    await Promise.all(pumps);
    this.#ended = { code, signal, stdout: this.#stdout, stderr: this.#stderr };
    return this.#ended;
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Whether the process is still there. */
  get alive(): boolean {
    return this.#ended === undefined;
  }

  /** What it is and what it has written, for messages. */
  describe(): string {
    const end = this.#ended === undefined ? "still running" : `ended with ${this.#ended.code}`;
    return `${this.#command}: ${end}\n--- stdout\n${this.#stdout}\n--- stderr\n${this.#stderr}`;
  }

  /** Waits until its standard error has a text. Fails where it ends without. */
  async says(text: string): Promise<void> {
    await waitFor(`${JSON.stringify(text)} on the standard error of ${this.#command}`, () => {
      if (this.#stderr.includes(text)) return true;
      if (!this.alive) fail(`it never said ${JSON.stringify(text)}: ${this.describe()}`);
      return false;
    });
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Closes the reading end of a standard output that was held. Does nothing the second time. */
  async closeStdout(): Promise<void> {
    const held = this.#heldStdout;
    this.#heldStdout = undefined;
    await held?.cancel();
  }

  /** Waits for its end. Fails, and kills it, where it takes too long. */
  async outcome(): Promise<Outcome> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`not over after ${PROCESS_DEADLINE_MS / 1000} s: ${this.describe()}`));
      }, PROCESS_DEADLINE_MS);
    });
    try {
      return await Promise.race([this.#outcome, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kills what is still alive and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.alive) {
      try {
        this.#child.kill("SIGKILL");
      } catch {
        // It has just ended by itself.
      }
    }
    await this.closeStdout();
    await this.#outcome;
  }
}

/** Starts the program and waits for its end. */
export async function runProgram(
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  await using running = new Running(args, options);
  return await running.outcome();
}

/** Standard error as JSON Lines. Fails where a line is anything else. */
export function logLines(stderr: string): Record<string, unknown>[] {
  return stderr.split("\n").filter((line) => line !== "").map((line) => {
    try {
      return JSON.parse(line) as Record<string, unknown>;
    } catch {
      return fail(`not a line of JSON: ${line}`);
    }
  });
}

/** What is wrong by a line of the log, and what to do, as a person is told. */
export function problemAndRemedy(line: Record<string, unknown> | undefined): string {
  const { hint } = (line?.properties ?? {}) as { hint?: string };
  return `${line?.message} Try: ${hint}`;
}

/** Whether the program is an executable that Deno 2.7 has made. */
export async function isOfDeno27(): Promise<boolean> {
  if (binaryPath() === undefined) return false;
  const { stdout } = await runProgram(["--version", "--json"]);
  return JSON.parse(stdout).deno.startsWith("2.7.");
}
