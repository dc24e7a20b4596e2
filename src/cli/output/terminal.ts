/**
 * What standard output is: a terminal of some width, or something else.
 *
 * @module
 */
import { wantsColor } from "./color.ts";
import type { FittedOptions } from "./fitted_table.ts";
import { terminalWidth } from "./progress.ts";

/**
 * How a table on standard output is laid out: to the terminal's width and in colours; in full and plain
 * where there is none.
 *
 * @param wide Not to be cut, whatever the width.
 */
export function tableOptions(wide: boolean): FittedOptions {
  if (!Deno.stdout.isTerminal()) return {};
  const color = wantsColor(true);
  return wide ? { color } : { color, width: terminalWidth() };
}
