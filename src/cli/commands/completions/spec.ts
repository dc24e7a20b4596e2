/**
 * What `tickerlock completions` is called with.
 *
 * @module
 */
import type { Spec } from "../../command.ts";
import { commonSettings } from "../../log/settings.ts";

/** `tickerlock completions`. */
export const spec = {
  name: "completions",
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
  settings: commonSettings,
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
} as const satisfies Spec;
