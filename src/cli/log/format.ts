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

/** What was said of the format: the last option that makes sense, or else the environment. */
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
 * Whether errors are to be JSON Lines because somebody said so. `auto` does not count: what is wrong
 * with a command line is for whoever typed it, wherever it goes.
 *
 * @param args The program's arguments; what else is wrong with them does not matter.
 * @param env The environment, which an option wins over.
 */
export function asksForJson(args: readonly string[], env: Environment): boolean {
  return askedFormat(args, env) === "json";
}

/**
 * Whether errors that are not about the command line are JSON Lines: where that was asked for, and
 * where nobody said otherwise and no person is watching. The same for every command.
 *
 * @param args As for {@linkcode asksForJson}.
 * @param env As for {@linkcode asksForJson}.
 * @param isTerminal Whether standard error is a terminal.
 */
export function logsJson(args: readonly string[], env: Environment, isTerminal: boolean): boolean {
  const asked = askedFormat(args, env) ?? "auto";
  return asked === "json" || (asked === "auto" && !isTerminal);
}
