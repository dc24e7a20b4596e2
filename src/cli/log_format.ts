/**
 * Which format of the log was asked for, found before the command line is parsed: an error in it has
 * to be written in that format, too.
 *
 * @module
 */
import { commonSettings, LOG_FORMATS } from "../config/logging.ts";
import type { Environment } from "./args.ts";

function formatOf(text: string | undefined): string | undefined {
  const word = text?.trim().toLowerCase();
  return LOG_FORMATS.find((each) => each === word);
}

/**
 * Whether errors are to be JSON Lines because somebody said so. `auto` does not count: what is wrong
 * with a command line is for whoever typed it, wherever it goes.
 *
 * @param args The program's arguments; what else is wrong with them does not matter.
 * @param env The environment, which an option wins over.
 */
export function asksForJson(args: readonly string[], env: Environment): boolean {
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
  return (given.at(-1) ?? formatOf(env(commonSettings.logFormat.env))) === "json";
}
