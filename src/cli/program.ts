/** Chooses the command and turns errors into exit codes. @module */
import { debug, msSince } from "../base/debug.ts";
import { EXIT, type ExitCode, TickerlockError, UsageError } from "../base/errors.ts";
import { type Io, processIo } from "./output/io.ts";
import { COMMANDS, type Entry, SUMMARIES } from "./registry.ts";

function badVersion(rest: readonly string[]): UsageError {
  const bad = rest.find((word) => word !== "--json") ?? "--json";
  const isOption = bad.startsWith("-") && bad !== "--json";
  const [code, message] = isOption
    ? ["unknown_option", `unknown option ${bad}`]
    : ["unexpected_argument", `unexpected argument ${JSON.stringify(bad)}`];
  return new UsageError(code, message, {
    hint: "Write tickerlock --version, or tickerlock --version --json.",
  });
}

async function help(
  topic: string | undefined,
  subcommand: string | undefined,
  io: Io,
): Promise<string> {
  const { commandHelp, helpWidth, programHelp } = await import("./args/help.ts");
  const width = helpWidth(io.outColumns);
  if (topic === undefined) return programHelp(SUMMARIES, width);
  const { summary, spec: load } = await entryOf(topic);
  const { spec } = await load();
  const isKnown = spec.subcommands?.some(({ name }) => name === subcommand) === true;
  if (subcommand === undefined || isKnown) {
    return commandHelp({ ...spec, summary }, subcommand, width);
  }
  const { unknownSubcommand } = await import("./dispatch.ts");
  throw unknownSubcommand(spec, subcommand);
}

async function dispatch(args: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const [topic, subcommand] = name === "help" ? rest.filter((word) => word !== "--help") : [];
    io.out(await help(topic, subcommand, io));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === "--version" || name === "-V") throw badVersion(rest);
  if (name === "__complete") {
    const { printCompletions } = await import("./commands/completions/complete.ts");
    await printCompletions(rest, io);
    return EXIT.ok;
  }
  const started = performance.now();
  const entry = await entryOf(name);
  const { runCommand } = await import("./dispatch.ts");
  const code = await runCommand(entry, rest, io);
  debug("program", () => {
    const ms = msSince(started);
    return [`ended with exit code ${code} after ${ms} ms`, { exit_code: code, ms }];
  });
  return code;
}

async function entryOf(name: string): Promise<Entry> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry !== undefined) return entry;
  const { unknownCommand } = await import("./dispatch.ts");
  throw unknownCommand(name, Object.keys(COMMANDS));
}

/** Has an error written as JSON Lines where the log would be, also of a command without a log. */
async function chooseFormat(args: readonly string[], io: Io, isUsage: boolean): Promise<void> {
  if (io.logStarted) return;
  // All of it loads only now: help and good runs of some commands never need it.
  const { tellsJson } = await import("./log/begin.ts");
  if (!tellsJson(args, io, isUsage)) return;
  const { startLog } = await import("./log/start.ts");
  const write = (line: string): void => io.err(line);
  startLog(io, { level: "error", format: "json", color: false, write });
}

const DAMAGED = /^db_(corrupt|not_a_database)$/;

async function toTell(thrown: unknown): Promise<unknown> {
  const { ordinary } = await import("../files/errors.ts");
  const error = ordinary(thrown);
  const isDamaged = error instanceof TickerlockError && DAMAGED.test(error.code);
  return isDamaged ? (await import("../store/open.ts")).namingBackup(error) : error;
}

/** Runs the program. @returns The exit code. Never throws. */
export async function runProgram(args: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  try {
    const code = await dispatch(args, io);
    const lost = io.outputFailure;
    if (lost === undefined) return code;
    await chooseFormat(args, io, false);
    const { explain } = await import("../platform/refusals.ts");
    const { why } = explain(lost, "", "write", "");
    io.showError({
      code: "output_failed",
      message: `standard output could not be written: ${why}`,
      hint: "See that there is space where it goes to. The work itself is done.",
    });
    return code === EXIT.ok ? EXIT.failed : code;
  } catch (thrown) {
    // Where no descriptor is left, nothing can be loaded to tell it with.
    const error = await toTell(thrown).catch(() => thrown);
    await chooseFormat(args, io, error instanceof UsageError).catch(() => {});
    io.printError(error);
    return error instanceof TickerlockError ? error.exitCode : EXIT.failed;
  }
}
