/**
 * The program in this process, with captured output: milliseconds in place of the start of a process.
 * What depends on signals, rights, pipes or the working folder needs a process, see `tests/e2e/`.
 *
 * @module
 */
import { resetSync } from "@logtape/logtape";
import { Io, type Sink } from "../../src/cli/output/io.ts";
import { runProgram } from "../../src/cli/program.ts";

/** What a run meets in place of the process's own. */
export interface CaptureOptions {
  /** All variables that are set. Default none. */
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

/** Runs the program. Paths count from the folder of the tests: name whole ones. */
export async function inProcess(
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Outcome> {
  const captured = new Captured(options);
  try {
    const code = await runProgram(args, captured.io);
    return { code, stdout: captured.stdout, stderr: captured.stderr };
  } finally {
    // The log is one for the process: the next run starts with none.
    resetSync();
  }
}
