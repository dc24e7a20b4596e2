/**
 * `docs/cli.md`, from the registry of the commands.
 *
 * @module
 */
import type { Described } from "../../src/cli/command.ts";
import { EXIT_CODES } from "../../src/cli/args/help.ts";
import type { Setting } from "../../src/cli/args/setting.ts";
import { commonSettings } from "../../src/cli/log/settings.ts";
import { REMEDIES } from "../../src/report/remedies.ts";
import { ownSettingsOf } from "./commands.ts";
import { variablesOf } from "./environment.ts";

/** Text in which nothing is taken for Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]|#]/g, (sign) => `\\${sign}`);
}

/** Code in a table: there, even in code, a bar would end the cell. */
function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

const OPTION_HEADS = ["option", "meaning", "default", "environment"];

function shownName({ name, short, value }: Setting<unknown>): string {
  const long = code(`--${name}${value === undefined ? "" : ` ${value}`}`);
  return short === undefined ? long : `${code(`-${short}`)}, ${long}`;
}

/** A row of an option without the subcommands that it is for: these differ between commands. */
function optionRow(setting: Setting<unknown>): string[] {
  const { choices, repeatable, fallback, env, olderEnv, help } = setting;
  const notes = [
    plain(help),
    ...choices === undefined ? [] : [`one of ${choices.map(code).join(", ")}`],
    ...repeatable === true && !/\brepeat/.test(help) ? ["may be repeated"] : [],
  ];
  return [
    shownName(setting),
    notes.join("; "),
    fallback === undefined ? "" : code(fallback),
    [env, olderEnv].flatMap((name) => name === undefined ? [] : code(name)).join(" or "),
  ];
}

function ownRow(setting: Setting<unknown>): string[] {
  const [name = "", meaning = "", ...rest] = optionRow(setting);
  const { subcommands } = setting;
  const only = subcommands === undefined ? "" : `; only ${subcommands.map(code).join(", ")}`;
  return [name, meaning + only, ...rest];
}

/**
 * The options that several commands have with the same meaning, each with its row. Of an option with several
 * meanings it is the most frequent one.
 */
function sharedRows(commands: readonly Described[]): Map<string, string[]> {
  const rows = commands.flatMap((each) => ownSettingsOf(each).map(optionRow));
  const shared = [...Map.groupBy(rows, ([name = ""]) => name)].flatMap(([name, all]) => {
    const [most = []] = [...Map.groupBy(all, String).values()]
      .sort((one, other) => other.length - one.length);
    return most[0] === undefined || most.length === 1 ? [] : [[name, most[0]] as const];
  });
  return new Map(shared.sort(([one], [other]) => one < other ? -1 : 1));
}

function sharedName(setting: Setting<unknown>): string {
  const { subcommands } = setting;
  const only = subcommands === undefined ? "" : ` (${subcommands.map(code).join(", ")})`;
  return shownName(setting) + only;
}

function commandSection(
  command: Described,
  shared: ReadonlyMap<string, readonly string[]>,
): string {
  const { name, description, usage, subcommands = [], examples } = command;
  const forms = usage.map((form) => `tickerlock ${name} ${form}`).join("\n");
  const shown = Object.entries(examples).map(([line, what]) => `# ${what}\n${line}`).join("\n\n");
  const rows = subcommands.map((each) => [code(each.name), plain(each.summary)]);
  const { own = [], others = [] } = Object.groupBy(
    ownSettingsOf(command),
    (setting) =>
      String(shared.get(shownName(setting))) === String(optionRow(setting)) ? "others" : "own",
  );
  return [
    `## ${name}\n`,
    `${plain(description)}\n`,
    `\`\`\`text\n${forms}\n\`\`\`\n`,
    ...rows.length > 0 ? [table(["subcommand", "what it does"], rows)] : [],
    ...own.length > 0 ? [table(OPTION_HEADS, own.map(ownRow))] : [],
    others.length > 0
      ? `[Shared](#shared-options): ${others.map(sharedName).join(", ")}. And the ` +
        "[common options](#common-options).\n"
      : "And the [common options](#common-options).\n",
    `Examples:\n\n\`\`\`sh\n${shown}\n\`\`\`\n`,
  ].join("\n");
}

/** Codes of errors with what to do; those with the same remedy stand together. */
function remedyRows(): string[][] {
  return [...Map.groupBy(Object.entries(REMEDIES), ([, what]) => what)].map((
    [what, all],
  ) => [all.map(([name]) => code(name)).join(", "), plain(what)]);
}

/**
 * The page, before it is formatted.
 *
 * @param commands All commands.
 */
export function cliPage(commands: readonly Described[]): string {
  const summaries = commands.map(({ name, summary }) => [`[${name}](#${name})`, plain(summary)]);
  const shared = sharedRows(commands);
  const variables = variablesOf(commands).map(({ name, what, option }) => [
    code(name),
    option === undefined ? plain(what) : `stands in for ${code(option)}`,
  ]);
  return [
    "# Command line\n",
    "Generated by `deno task docs` from the tables that parse the command line; do not edit. The " +
    "same is in `tickerlock --help`, in `tickerlock COMMAND [SUBCOMMAND] --help` and in the manual page " +
    "[tickerlock.1](tickerlock.1). What `--json` prints is described in [json.md](json.md).\n",
    "An option wins over the environment, the environment over the [configuration " +
    "file](configuration.md#the-configuration-file), that over the default. From a checkout, write " +
    "`deno task tickerlock` in place of `tickerlock`.\n",
    table(["command", "what it does"], summaries),
    "`tickerlock --version` (`-V`) shows the version, with `--json` as a JSON document.\n",
    "## Common options\n",
    "Every command takes them, after its name.\n",
    table(OPTION_HEADS, Object.values(commonSettings).map(optionRow)),
    "`-h`, `--help` shows the help of a command, or of a subcommand before it.\n",
    "Records go to standard error: lines for people on a terminal, JSON Lines elsewhere and in a log " +
    "file. With `-v` there is one for each step: locks asked for, waited for, acquired and released; " +
    "the database opened, migrated, busy and committed to; sources opened; what each ticker needs and " +
    "why; each request with its status and time, without secrets.\n",
    "## Shared options\n",
    "Several commands take them; each names its own.\n",
    table(OPTION_HEADS, [...shared.values()]),
    ...commands.map((each) => commandSection(each, shared)),
    "## Exit codes\n",
    table(["code", "meaning"], EXIT_CODES.map(([codes, meaning]) => [codes, plain(meaning)])),
    "## Error codes\n",
    "`error_code` of `ingest_logs`. The message of an error says what is wrong, its hint what to do; this is " +
    "what `report` says. Codes of refused rows are in [sources.md](sources.md#refused-rows).\n",
    table(["code", "what to do"], remedyRows()),
    "## Environment\n",
    "The program reads these variables and no other. An empty one counts as not set.\n",
    table(["variable", "meaning"], variables),
  ].join("\n");
}
