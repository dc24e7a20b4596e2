/**
 * Running programs for the build: loudly when they fail.
 *
 * @module
 */
import { ROOT } from "./project.ts";

/** How to run one. */
export interface RunOptions {
  /** Folder; default that of the project. */
  readonly cwd?: string;
  /** Variables on top of the environment's. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program and gives what it printed.
 *
 * @param command The program and its arguments.
 * @param options Folder and variables.
 * @returns Standard output, without the last newline.
 * @throws {Error} Where it fails, with what it wrote to standard error.
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
    throw new Error(`${command.join(" ")} ended with ${code}:\n${decoder.decode(stderr)}`);
  }
  return decoder.decode(stdout).replace(/\n$/, "");
}

/**
 * Runs the main function of a script: what it throws is one line on standard error and exit code 1.
 *
 * @param main The script.
 */
export async function script(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    // deno-lint-ignore no-console
    console.error(`Error: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
