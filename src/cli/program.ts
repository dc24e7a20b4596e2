/**
 * Chooses the command and turns errors into exit codes.
 *
 * @module
 */
import { closest } from "../closest.ts";
import { EXIT, type ExitCode, messageOf, TickerlockError, UsageError } from "../errors.ts";
import { type Command, COMMANDS } from "./command.ts";
import { commandHelp, programHelp } from "./help.ts";
import { err, out, outputFailure, printError, showError } from "./output.ts";
import { surviveFileLimit } from "./signals.ts";

async function dispatch(args: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const topic = name === "help" ? rest[0] : undefined;
    out(topic === undefined ? programHelp() : commandHelp(await load(topic)));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === "__complete") {
    const { printCompletions } = await import("./complete.ts");
    await printCompletions(rest);
    return EXIT.ok;
  }
  return (await load(name)).run(rest);
}

async function load(name: string): Promise<Command> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry !== undefined) return await entry.load();
  const near = closest(name, [...Object.keys(COMMANDS), "--help", "--version"]);
  const what = name.startsWith("-") ? "option" : "command";
  throw new UsageError(`unknown_${what}`, `unknown ${what} ${JSON.stringify(name)}`, {
    hint: near === undefined ? "See the commands with --help." : `Did you mean ${near}?`,
  });
}

/** Has errors written as JSON Lines where that was asked for, whatever the command got to. */
async function chooseFormat(args: readonly string[]): Promise<void> {
  // All of it loads only now: help and good runs of some commands never need it.
  const { processEnvironment } = await import("./args.ts");
  const { asksForJson } = await import("./log_format.ts");
  if (!asksForJson(args, processEnvironment)) return;
  const { isLogStarted, startLog } = await import("./logging.ts");
  if (isLogStarted()) return;
  startLog({ level: "error", format: "json", color: false, write: err });
}

/**
 * Runs the program.
 *
 * @param args Its arguments.
 * @returns Its exit code. Never throws.
 */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  surviveFileLimit();
  try {
    const code = await dispatch(args);
    const lost = outputFailure();
    if (lost === undefined) return code;
    await chooseFormat(args);
    showError({
      code: "output_failed",
      message: `standard output could not be written: ${messageOf(lost)}`,
      hint: "See that there is space where it goes to. The work itself is done.",
    });
    return code === EXIT.ok ? EXIT.failed : code;
  } catch (error) {
    await chooseFormat(args);
    printError(error);
    return error instanceof TickerlockError ? error.exitCode : EXIT.failed;
  }
}
