/** A command: a specification that is cheap to load, and actions that do the work. @module */
import type { ExitCode, UsageError } from "../base/errors.ts";
import type { Parsed } from "./args/parse.ts";
import type { Completes, Settings } from "./args/setting.ts";
import type { BeginOptions } from "./log/begin.ts";
import type { commonSettings } from "./log/settings.ts";
import type { Io } from "./output/io.ts";
import type { Verdict } from "../notify/message.ts";
import type { Receiver } from "../notify/receiver.ts";

type CommandSettings = Settings & typeof commonSettings;

interface Operand {
  readonly name: string;
  readonly what: string;
  readonly completes?: Completes;
  readonly optional?: true;
  readonly many?: true;
  readonly hint?: string;
}

/** What a command or a subcommand takes beside options. */
export interface Takes {
  readonly operand?: Operand | undefined;
  readonly surplus?: (word: string) => string;
}

/** A subcommand. */
export interface Subcommand extends Takes {
  readonly name: string;
  readonly summary: string;
  /** Whether it is what the command does where none is named. */
  readonly isDefault?: true;
}

/** What help, completions, the reference and the parser know of a command beside its summary. */
export interface Spec<S extends CommandSettings = CommandSettings> extends Takes {
  readonly name: string;
  readonly description: string;
  readonly usage: readonly string[];
  /** A command with subcommands that has an operand, too, works on that where none is named. */
  readonly subcommands?: readonly Subcommand[];
  readonly settings: S;
  /** Faults that the action is handed: bad values of variables and file, or also a bad file. */
  readonly lenient?: "values" | "file";
  /** What command lines do, for `--help`; a test runs those that it can. */
  readonly examples: Readonly<Record<string, string>>;
}

/** A command in the list of commands. */
export interface Summary {
  readonly name: string;
  readonly summary: string;
}

/** A command with its summary. */
export type Described = Spec & Summary;

/** One call of a command. */
export interface Invocation<S extends CommandSettings = CommandSettings>
  extends Omit<Parsed<S>, "help"> {
  /** Words after the subcommand that are no options, as many as its specification says. */
  readonly operands: readonly string[];
  readonly problems: readonly UsageError[];
  readonly io: Io;
  /** The command line as it was typed, without secrets, of bounded length. */
  readonly commandLine: string;
  readonly receiver: Receiver | null;
  tell(told: Told): void;
  beginLog(options?: BeginOptions): Promise<void>;
}

/** What a command tells of how it ended. */
export type Told = Partial<Pick<Verdict, "runId" | "counts" | "errors">>;

/** How an action ended: its exit code where that is not 0. */
export type Ended = ExitCode | void;

/** What a command or one of its subcommands does. */
export interface Action<S extends CommandSettings = CommandSettings> {
  /** When the log starts: `always`, or when `run` says so. Default where a setting asks for it. */
  readonly log?: "always" | "by itself";
  /** Whether `--notify` is told how it ends, each command line as a job of its own. Default not. */
  readonly notifies?: "by line" | "by itself";
  /** Refuses what no single option can see, before anything is touched. @throws {UsageError} */
  check?(call: Invocation<S>): void;
  /** @throws {TickerlockError} Printed by the program, which exits with its code. */
  run(call: Invocation<S>): Ended | Promise<Ended>;
}

type ActionName<P extends Spec> = P extends { subcommands: readonly (infer T extends Subcommand)[] }
  ? T["name"] | (P extends { operand: Operand } ? "itself" : never)
  : "itself";

/** The actions of a command, by subcommand; `itself` where there is none. */
export type Actions<P extends Spec> = Readonly<Record<ActionName<P>, Action<P["settings"]>>>;
