/**
 * What completions know of a command. Loading the command itself, with all that it works with, takes
 * several times as long as a person wants to wait for the Tab key.
 *
 * @module
 */
import type { Completes } from "../../args/config.ts";
import type { Subcommand } from "../../command.ts";

/** An option. */
export interface OptionShape {
  /** Long option without the dashes. */
  readonly name: string;
  /** One line. */
  readonly help: string;
  /** Whether a value follows; undefined for a flag. */
  readonly value?: "needed" | "optional";
  readonly repeatable?: true;
  /** Environment variable that stands in for it. */
  readonly env?: string;
  readonly fallback?: string;
  /** Subcommands that use it; undefined where all do. */
  readonly subcommands?: readonly string[];
  /** Words to offer. */
  readonly words?: readonly string[];
  /** What to offer where there are no words. */
  readonly completes?: Completes;
}

/** A command. */
export interface CommandShape {
  readonly name: string;
  readonly summary: string;
  readonly subcommands: readonly Subcommand[];
  /** What to offer beside them. */
  readonly operand?: Completes;
  readonly options: readonly OptionShape[];
}
