/**
 * The subcommands of a command, as data.
 *
 * @module
 */
import type { Completes } from "./config.ts";
import type { Command, Subcommand } from "../command.ts";

const KINDS: ReadonlyMap<string, Completes> = new Map([
  ["TICKER", "ticker"],
  ["SOURCE", "source"],
  ["PATH", "file"],
  ["FILE", "file"],
  ["DIR", "folder"],
]);

/**
 * What completions offer in a placeholder's place.
 *
 * @param placeholder As in `--help`: `TICKER`, `[NAME]`, `N|PATH`.
 */
export function kindOfPlaceholder(placeholder: string): Completes {
  for (const word of placeholder.split(/[^A-Z]+/)) {
    const kind = KINDS.get(word);
    if (kind !== undefined) return kind;
  }
  return "nothing";
}

function fromForm(form: string): Subcommand | undefined {
  const [name = "", operand = ""] = form.split(" ");
  if (!/^[a-z][a-z-]*$/.test(name)) return undefined;
  const takesOperand = /^[A-Z]+(\.\.\.)?$/.test(operand);
  const completes = takesOperand ? { completes: kindOfPlaceholder(operand) } : {};
  return { name, summary: "", ...completes };
}

/**
 * The subcommands of a command: its own list, or else the first words of its forms.
 *
 * @returns None for a command without.
 */
export function subcommandsOf(
  command: Pick<Command, "subcommands" | "usage">,
): readonly Subcommand[] {
  if (command.subcommands !== undefined) return command.subcommands;
  const found = command.usage.flatMap((form) => fromForm(form) ?? []);
  return found.filter(({ name }, at) => found.findIndex((each) => each.name === name) === at);
}
