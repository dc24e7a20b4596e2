import type { Spec } from "../../command.ts";
import { commonSettings } from "../../log/settings.ts";

/** `tickerlock completions`. */
export const spec = {
  name: "completions",
  description:
    "Prints a script with which the Tab key completes commands, options, sources, words that " +
    "an option allows, tickers, tables and columns of the database and names of locks. A " +
    "--db, --lock-dir or --source on the line counts, and so does the environment. Looking " +
    "names up changes nothing.",
  usage: ["bash", "zsh", "fish", "powershell"],
  subcommands: [
    { name: "bash", summary: "For bash, with or without the package bash-completion" },
    { name: "zsh", summary: "For zsh: a file _tickerlock in a folder of $fpath" },
    { name: "fish", summary: "For fish: a file in ~/.config/fish/completions" },
    { name: "powershell", summary: "For PowerShell from 5.1 on: in the file of $PROFILE" },
  ],
  settings: commonSettings,
  examples: {
    "tickerlock completions bash": "bash: in ~/.bashrc, source <(tickerlock completions bash)",
    "tickerlock completions zsh":
      "zsh: into a file _tickerlock in a folder of $fpath, before compinit",
    "tickerlock completions fish": "fish: into ~/.config/fish/completions/tickerlock.fish",
    "tickerlock completions powershell":
      "PowerShell: in $PROFILE, tickerlock completions powershell | Out-String | iex",
  },
} as const satisfies Spec;
