/**
 * Help, generated from the table that parses.
 *
 * @module
 */
import type { Setting } from "../config.ts";
import { VERSION } from "../version.ts";
import { type Command, COMMANDS } from "./command.ts";

const WIDTH = 100;

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.join(`\n${" ".repeat(indent)}`);
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.map(([left, right]) => `  ${left.padEnd(width - 2)}${wrap(right, width)}`).join("\n");
}

function describe(setting: Setting<unknown>): [string, string] {
  const long = setting.value === undefined
    ? `--${setting.name}`
    : `--${setting.name} ${setting.value}`;
  const left = setting.short === undefined ? long : `-${setting.short}, ${long}`;
  const notes: string[] = [];
  if (setting.choices !== undefined) notes.push(`one of ${setting.choices.join(", ")}`);
  if (setting.fallback !== undefined) notes.push(`default ${setting.fallback}`);
  if (setting.env !== undefined) notes.push(`environment ${setting.env}`);
  const whose = setting.subcommands === undefined ? "" : `${setting.subcommands.join(", ")}: `;
  return [left, whose + setting.help + (notes.length === 0 ? "" : ` (${notes.join("; ")})`)];
}

/** Exit codes with their meaning, for help and the reference. */
export const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "done, also when there was nothing new"],
  ["1", "every ticker failed, or the database could not be used"],
  ["2", "usage or configuration: refused before anything was touched"],
  ["3", "some tickers succeeded, some failed"],
  ["75", "a lock was not obtained, and nothing else failed"],
  ["129, 130, 143", "stopped by SIGHUP, SIGINT, SIGTERM"],
];

/** Help of the whole program. */
export function programHelp(): string {
  return `tickerlock ${VERSION}: market data into SQLite, one run per ticker at a time

Usage: tickerlock COMMAND [OPTION]...

Commands:
${columns(Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const))}

Options:
${
    columns([
      ["-h, --help", "Show this, or the help of a command"],
      ["--version", "Show the version (with --json as a JSON document)"],
    ])
  }

Exit codes:
${columns(EXIT_CODES)}
`;
}

/** Help of one command. */
export function commandHelp(command: Command): string {
  const settings = Object.values(command.settings) as Setting<unknown>[];
  const examples = command.examples.map(({ line, what }) => `  # ${what}\n  ${line}`).join("\n\n");
  return `tickerlock ${command.name}: ${command.summary}

Usage:
${command.usage.map((form) => `  tickerlock ${command.name} ${form}`).join("\n")}

${wrap(command.description, 0)}

Options:
${columns([...settings.map(describe), ["-h, --help", "Show this"]])}

Exit codes:
${columns(EXIT_CODES)}

Examples:
${examples}
`;
}
