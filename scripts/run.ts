/** Running programs for the build: loudly when they fail. @module */
import { ROOT } from "./project.ts";

/** How to run one. */
export interface RunOptions {
  /** Folder; default that of the project. */
  readonly cwd?: string;
  /** Variables on top of the environment's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that has failed. */
export class ProgramError extends Error {
  /** What it wrote to standard error, without colours and without the stack of Deno itself. */
  readonly stderr: string;

  /** @param command What was run. @param code How it ended. @param stderr What it wrote. */
  constructor(command: readonly string[], code: number, stderr: string) {
    // deno-lint-ignore no-control-regex
    const text = stderr.replaceAll(/\x1b\[[\d;]*m/g, "").replace(/\n+Stack backtrace:\n[^]*/, "")
      .trim();
    const [program = "", ...words] = command;
    // The words that say what was asked; paths and rights by the dozen hide what went wrong.
    const name = [program.replace(/^.*[\\/]/, ""), ...words.slice(0, 2)].join(" ");
    super(`${name} ended with ${code}: ${text}`);
    this.stderr = text;
  }
}

/**
 * Runs a program and gives what it printed.
 * @param command The program and its arguments.
 * @param options Folder and variables.
 * @returns Standard output, without the last newline.
 * @throws {ProgramError} Where it fails, with what it wrote to standard error.
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const [program = "", ...args] = command;
  const { success, code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: options.cwd ?? ROOT,
    ...(options.env === undefined ? {} : { env: options.env }),
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new ProgramError(command, code, decoder.decode(stderr));
  }
  return decoder.decode(stdout).replace(/\n$/, "");
}

/**
 * Runs the main function of a script: what it throws is a line on standard error, and the exit code
 * that the error names, or 1.
 * @param main The script.
 */
export async function script(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    // deno-lint-ignore no-console
    console.error(`Error: ${error instanceof Error ? error.message : error}`);
    const named = error instanceof Error && "exitCode" in error ? error.exitCode : undefined;
    Deno.exit(typeof named === "number" ? named : 1);
  }
}
