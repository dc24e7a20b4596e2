/** The terminal: its colours, and how tables on standard output are laid out for it. @module */
import { isFailure } from "../../model/job.ts";
import type { Environment } from "../args/environment.ts";
import type { Io } from "./io.ts";
import type { TableOptions } from "./table.ts";

/** Whether to use colours: not with `NO_COLOR`, nor on a dumb terminal. */
export function wantsColor(terminal: boolean, env: Environment): boolean {
  // An empty NO_COLOR counts as none: https://no-color.org
  return terminal && (env("NO_COLOR") ?? "") === "" && env("TERM") !== "dumb";
}

type Level = "ok" | "warning" | "error";

const COLORS: Readonly<Record<Level, string>> = { ok: "32", warning: "33", error: "31" };

/** The colour of a level, as parameters of SGR. */
export function levelColor(level: Level): string {
  return COLORS[level];
}

/** The word for a level, in its colour where standard output has colours. */
export function levelWord(io: Io, level: Level): string {
  if (!wantsColor(io.isOutTerminal, io.env)) return level;
  return `\x1b[${COLORS[level]}m${level}\x1b[0m`;
}

/** The colour of a job's status, as parameters of SGR. */
export function statusColor(status: string): string {
  if (isFailure(status)) return COLORS.error;
  return status === "success" ? COLORS.ok : COLORS.warning;
}

/** What is said beneath a table that was cut. */
export const CUT_NOTE = "Cut to fit the terminal; all of it: --wide";

/** The layout of a table on standard output: as wide as the terminal; plain elsewhere. */
export function tableOptions(io: Io, wide = false): TableOptions {
  if (!io.isOutTerminal) return {};
  const color = wantsColor(true, io.env);
  return wide ? { color } : { color, width: io.columns, cutNote: CUT_NOTE };
}
