/**
 * `worker.ts` as processes.
 *
 * @module
 */
import { assertEquals } from "../assert.ts";
import { projectPath } from "../paths.ts";

const WORKER = projectPath("tests/files/worker.ts");

/** How a process ended. */
export interface Reported {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start one. */
export interface WorkerOptions {
  /** Words before the command. */
  readonly prefix?: readonly string[];
  /** Permissions. Default all of the file system. */
  readonly permissions?: readonly string[];
}

/** A process of `worker.ts`. Dispose it: one that is still alive then is killed. */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;
  #text = "";

  constructor(args: readonly string[], options: WorkerOptions = {}) {
    const { prefix = [], permissions = ["--allow-read", "--allow-write"] } = options;
    const command = [...prefix, Deno.execPath(), "run", "--no-prompt", "--no-check"];
    const [first = "", ...rest] = [...command, ...permissions, WORKER, ...args];
    this.#child = new Deno.Command(first, {
      args: rest,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdout = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stderr = new Response(this.#child.stderr).text();
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits until it has said something, or has ended. */
  async speaks(): Promise<void> {
    const { value } = await this.#stdout.read();
    this.#text += value ?? "";
  }

  /** Waits for its end. */
  async ended(): Promise<Reported> {
    for (;;) {
      const { value, done } = await this.#stdout.read();
      if (done) break;
      this.#text += value;
    }
    const { code, signal } = await this.#child.status;
    return { code, signal, stdout: this.#text, stderr: await this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.ended();
  }
}

/** Runs one to its end. */
export async function runWorker(
  args: readonly string[],
  options: WorkerOptions = {},
): Promise<Reported> {
  await using worker = new WorkerProcess(args, options);
  return await worker.ended();
}

/** Runs several at the same time; fails unless all succeed. */
export async function runWorkers(all: readonly (readonly string[])[]): Promise<void> {
  await using workers = new AsyncDisposableStack();
  const started = all.map((args) => workers.use(new WorkerProcess(args)));
  for (const ended of await Promise.all(started.map((worker) => worker.ended()))) {
    assertEquals([ended.code, ended.stderr], [0, ""]);
  }
}

/** The result that a process said. */
export function resultOf(ended: Reported): unknown {
  assertEquals([ended.code, ended.stderr], [0, ""]);
  return JSON.parse(ended.stdout.trim().split("\n").at(-1) ?? "");
}
