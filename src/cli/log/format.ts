/**
 * Which format of the log was asked for, found before the command line is parsed: an error in it has
 * to be written in that format, too.
 *
 * @module
 */
import { commonSettings, LOG_FORMATS } from "./settings.ts";
import type { Environment } from "../args/environment.ts";

function formatOf(text: string | undefined): string | undefined {
  const word = text?.trim().toLowerCase();
  return LOG_FORMATS.find((each) => each === word);
}

/** The format that was asked for: by the last option that makes sense, or else by the environment. */
function askedFormat(args: readonly string[], env: Environment): string | undefined {
  const option = `--${commonSettings.logFormat.name}`;
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const given = before.flatMap((arg, index) => {
    const text = arg === option
      ? before[index + 1]
      : arg.startsWith(`${option}=`)
      ? arg.slice(option.length + 1)
      : undefined;
    return formatOf(text) ?? [];
  });
  return given.at(-1) ?? formatOf(env(commonSettings.logFormat.env));
}

/**
 * Whether JSON Lines were asked for by name. `auto` does not count: what is wrong with a command line
 * is for the person who typed it, wherever standard error goes.
 *
 * @param args The program's arguments; what else is wrong with them does not matter.
 */
export function asksForJson(args: readonly string[], env: Environment): boolean {
  return askedFormat(args, env) === "json";
}

/**
 * Whether errors that are not about the command line are JSON Lines: where that was asked for, and
 * where nothing was and no person is watching. The same for every command.
 *
 * @param args As for {@linkcode asksForJson}.
 * @param isTerminal Whether standard error is a terminal.
 */
export function logsJson(args: readonly string[], env: Environment, isTerminal: boolean): boolean {
  const asked = askedFormat(args, env) ?? "auto";
  return asked === "json" || (asked === "auto" && !isTerminal);
}
