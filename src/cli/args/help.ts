/** Help, generated from the table that parses. @module */
import { wrapWords } from "../../base/text.ts";
import { VERSION } from "../../base/version.ts";
import type { Described, Spec, Subcommand, Summary } from "../command.ts";
import { commonSettings, isCommon } from "../log/settings.ts";
import type { Setting } from "./setting.ts";

/** Columns of help where there is no terminal, and at most: longer lines are hard to read. */
const MOST_WIDTH = 100;
const LEAST_BESIDE = 30;

/** Columns of help on a terminal that has so many; undefined where there is none. */
export function helpWidth(columns: number | undefined): number {
  return Math.min(columns ?? MOST_WIDTH, MOST_WIDTH);
}

function wrap(text: string, indent: number, width: number): string {
  return wrapWords(text.split(" "), width - indent).join(`\n${" ".repeat(indent)}`);
}

function columns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.max(...rows.map(([text]) => text.length)) + 4;
  return rows.map(([name, what]) =>
    width - left >= LEAST_BESIDE
      ? `  ${name.padEnd(left - 2)}${wrap(what, left, width)}`
      : `  ${name}\n      ${wrap(what, 6, width)}`
  ).join("\n");
}

/** @param namesSubcommands Left out in the help of a subcommand: all there are its own. */
function describe(setting: Setting<unknown>, namesSubcommands = true): [string, string] {
  const { name, short, value, choices, fallback, env, olderEnv, subcommands } = setting;
  const left = (short === undefined ? "" : `-${short}, `) + `--${name}` +
    (value === undefined ? "" : ` ${value}`);
  const notes: string[] = [];
  if (choices !== undefined) notes.push(`one of ${choices.join(", ")}`);
  if (fallback !== undefined) notes.push(`default ${fallback}`);
  if (env !== undefined) {
    notes.push(`environment ${[env, ...olderEnv ? [olderEnv] : []].join(" or ")}`);
  }
  const whose = namesSubcommands && subcommands !== undefined ? `${subcommands.join(", ")}: ` : "";
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

/** Help of the whole program. @param width Columns. */
export function programHelp(commands: readonly Summary[], width = MOST_WIDTH): string {
  const title =
    `tickerlock ${VERSION}: market data into SQLite or PostgreSQL, one run per ticker at a time`;
  return `${wrap(title, 2, width)}

Usage: tickerlock COMMAND [OPTION]...

Commands:
${columns(commands.map(({ name, summary }) => [name, summary]), width)}

Options:
${
    columns([
      ["-h, --help", "Show this, or the help of a command or subcommand"],
      ["-V, --version", "Show the version (with --json as a JSON document)"],
    ], width)
  }

Common options, after each command:
${columns(Object.values(commonSettings).map((each) => describe(each)), width)}

Exit codes:
${columns(EXIT_CODES, width)}
`;
}

function examplesOf(command: Spec, subcommand: Subcommand | undefined): [string, string][] {
  const all = Object.entries(command.examples);
  if (subcommand === undefined) return all;
  const names = (command.subcommands ?? []).map(({ name }) => name);
  return all.filter(([line]) => {
    const words = line.split(" ");
    const word = words[words.indexOf("tickerlock") + 2] ?? "";
    return names.includes(word) ? word === subcommand.name : subcommand.isDefault === true;
  });
}

/** An example that a shell takes as it stands, also where its lines go on. */
function exampleText(line: string, what: string, width: number): string {
  const comment = wrapWords(what.split(" "), width - 4).join("\n  # ");
  return `  # ${comment}\n  ${wrapWords(line.split(" "), width - 4, 2).join(" \\\n  ")}`;
}

/** Help of a command, or of the subcommand of that name. */
export function commandHelp(command: Described, name?: string, width = MOST_WIDTH): string {
  const all = command.subcommands ?? [];
  const subcommand = all.find((each) => each.name === name);
  const settings = Object.values<Setting<unknown>>(command.settings).filter(({ subcommands }) =>
    subcommand === undefined || subcommands?.includes(subcommand.name) !== false
  );
  const own = settings.filter((setting) => !isCommon(setting))
    .map((setting) => describe(setting, subcommand === undefined));
  const common = settings.filter(isCommon).map((setting) => describe(setting));
  const forms = command.usage
    .filter((form) => subcommand === undefined || form.split(" ")[0] === subcommand.name)
    .map((form) => wrapWords(`tickerlock ${command.name} ${form}`.split(" "), width - 2, 4));
  const rows = all.map(({ name, summary, isDefault }) =>
    [name, isDefault === true ? `${summary} (if none is named)` : summary] as const
  );
  const path = subcommand === undefined ? command.name : `${command.name} ${subcommand.name}`;
  const shown = examplesOf(command, subcommand).map((each) => exampleText(...each, width));
  const sections = [
    wrap(`tickerlock ${path}: ${(subcommand ?? command).summary}`, 2, width),
    `Usage:\n${forms.map((lines) => `  ${lines.join("\n  ")}`).join("\n")}`,
    subcommand === undefined
      ? wrap(command.description, 0, width)
      : `More of it: tickerlock ${command.name} --help`,
    subcommand === undefined && rows.length > 0
      ? `Subcommands (each has its own --help):\n${columns(rows, width)}`
      : "",
    `Options:\n${columns([...own, ["-h, --help", "Show this"]], width)}`,
    `Common options:\n${columns(common, width)}`,
    `Exit codes:\n${columns(EXIT_CODES, width)}`,
    shown.length > 0 ? `Examples:\n${shown.join("\n\n")}` : "",
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}
