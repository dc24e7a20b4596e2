/**
 * The program in this process, with captured output: milliseconds in place of the start of a process.
 * What depends on signals, rights or pipes needs a process, see `tests/e2e/`.
 *
 * @module
 */
import { resetSync } from "@logtape/logtape";
import { Io, type Sink } from "../../src/cli/output/io.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { Workspace } from "../e2e/workspace.ts";

/** What a run meets in place of the process's own. */
export interface CaptureOptions {
  /** All variables that are set. Default none. `TZ` sets the zone of the whole process for the run. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether standard output and standard error are terminals. Default false. */
  readonly terminal?: boolean;
  /** Columns of the terminal. Default 80. */
  readonly columns?: number;
}

/** Input and output that are kept. */
export class Captured {
  readonly #decoder = new TextDecoder();
  readonly #out: string[] = [];
  /** What was written to standard error, write by write. */
  readonly errWrites: string[] = [];
  /** Rights that were given up. */
  readonly givenUp: string[] = [];
  readonly io: Io;

  /** Connects them. */
  constructor({ env = {}, terminal = false, columns = 80 }: CaptureOptions = {}) {
    const sink = (to: string[]): Sink => {
      const writeSync = (bytes: Uint8Array): number => {
        to.push(this.#decoder.decode(bytes));
        return bytes.length;
      };
      const write = (bytes: Uint8Array): Promise<number> => Promise.resolve(writeSync(bytes));
      return { writeSync, write, isTerminal: () => terminal };
    };
    this.io = new Io({
      stdout: sink(this.#out),
      stderr: sink(this.errWrites),
      env: (name) => env[name],
      columns: () => columns,
      revoke: (right) => void this.givenUp.push(right),
    });
  }

  /** All of standard output. */
  get stdout(): string {
    return this.#out.join("");
  }

  /** All of standard error. */
  get stderr(): string {
    return this.errWrites.join("");
  }
}

/** How a run ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the program. Runs wait for each other: they share the log, the working folder and the time zone.
 *
 * @param options With `cwd`, the working folder of the run. Default that of the tests.
 */
export function inProcess(
  args: readonly string[],
  options: CaptureOptions & { readonly cwd?: string } = {},
): Promise<Outcome> {
  const run = async (): Promise<Outcome> => {
    const captured = new Captured(options);
    const before = Deno.cwd();
    const zone = Deno.env.get("TZ");
    Deno.chdir(options.cwd ?? before);
    if (options.env?.TZ !== undefined) Deno.env.set("TZ", options.env.TZ);
    try {
      const code = await runProgram(args, captured.io);
      return { code, stdout: captured.stdout, stderr: captured.stderr };
    } finally {
      Deno.chdir(before);
      if (zone === undefined) Deno.env.delete("TZ");
      else Deno.env.set("TZ", zone);
      // The log is one for the process: the next run starts with none.
      resetSync();
    }
  };
  const outcome = last.then(run);
  last = outcome.catch(() => {});
  return outcome;
}

/** Runs the program in a workspace's folder, told of its database and its locks. */
export function inSpace(
  { path, db, lockDir }: Workspace,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Outcome> {
  const env = { TICKERLOCK_DB: db, LOCK_DIR: lockDir, ...options.env };
  return inProcess(args, { ...options, cwd: path, env });
}
