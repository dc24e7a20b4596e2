/**
 * `tickerlock completions`
 *
 * @module
 */
import { completionsSettings } from "./settings.ts";
import { closest } from "../../../base/closest.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { parseCommandLine, processEnvironment } from "../../args/parse.ts";
import type { Command } from "../../command.ts";
import { beginLog } from "../../log/begin.ts";
import { commandHelp } from "../../args/help.ts";
import { out } from "../../output/streams.ts";

const SCRIPTS: Readonly<Record<string, () => Promise<string>>> = {
  bash: async () => (await import("./bash.ts")).BASH,
  zsh: async () => (await import("./zsh.ts")).ZSH,
  fish: async () => (await import("./fish.ts")).FISH,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommandLine(args, completionsSettings, processEnvironment, 1);
  const { operands, help } = parsed;
  if (help) {
    out(commandHelp(completionsCommand, operands[0]));
    return EXIT.ok;
  }
  const names = Object.keys(SCRIPTS);
  const [shell] = operands;
  if (shell === undefined) {
    throw new UsageError("missing_shell", "completions needs the name of a shell", {
      hint: `Name one of: ${names.join(", ")}.`,
    });
  }
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    const near = closest(shell, names);
    throw new UsageError("unknown_shell", `there are no completions for ${JSON.stringify(shell)}`, {
      hint: near === undefined ? `Use one of: ${names.join(", ")}.` : `Did you mean ${near}?`,
    });
  }
  await beginLog("completions", parsed);
  out(await script());
  return EXIT.ok;
}

/** `tickerlock completions`. */
export const completionsCommand: Command = {
  name: "completions",
  summary: "Print the completions of commands, options and names for a shell",
  description:
    "Prints a script for bash, zsh or fish. With it the Tab key completes commands, options, " +
    "sources, words that an option allows, tickers, tables and columns of the database and names of locks. A --db, " +
    "--lock-dir or --source that stands on the line already counts, and so does the environment. " +
    "Looking names up changes nothing.",
  usage: ["bash", "zsh", "fish"],
  subcommands: [
    { name: "bash", summary: "For bash, with or without the package bash-completion" },
    { name: "zsh", summary: "For zsh: a file _tickerlock in a folder of $fpath" },
    { name: "fish", summary: "For fish: a file in ~/.config/fish/completions" },
  ],
  settings: completionsSettings,
  examples: [
    {
      line: "tickerlock completions bash",
      what: "bash: in ~/.bashrc, source <(tickerlock completions bash)",
    },
    {
      line: "tickerlock completions zsh",
      what: "zsh: into a file _tickerlock in a folder of $fpath, before compinit",
    },
    {
      line: "tickerlock completions fish",
      what: "fish: into ~/.config/fish/completions/tickerlock.fish",
    },
  ],
  run,
};
