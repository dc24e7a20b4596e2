/**
 * What a command is, and the list of them. Each one's code loads when it is called.
 *
 * @module
 */
import type { Completes, Settings } from "./args/config.ts";
import type { ExitCode } from "../base/errors.ts";

/** A worked example for `--help`; a test runs those that it can. */
export interface Example {
  readonly line: string;
  readonly what: string;
}

/** A subcommand, for completions and the reference. */
export interface Subcommand {
  readonly name: string;
  /** One line; empty where its form says it all. */
  readonly summary: string;
  /** Whether it is what the command does where none is named. */
  readonly isDefault?: true;
  /** What completions offer as its argument; undefined where it takes none. */
  readonly completes?: Completes;
}

/** A command: one file of `src/cli/` each. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** A paragraph for the command's own help. */
  readonly description: string;
  /** Its forms, each behind the command's name; for one without subcommands `[OPTION]...`. */
  readonly usage: readonly string[];
  /** Its subcommands; where this is left out they are read from {@linkcode Command.usage}. */
  readonly subcommands?: readonly Subcommand[];
  /** What completions offer beside its subcommands, as its first argument. Default nothing. */
  readonly operand?: Completes;
  readonly settings: Settings;
  readonly examples: readonly Example[];
  /**
   * Runs the command.
   *
   * @param args Arguments behind the command's name.
   * @returns The exit code.
   * @throws {TickerlockError} Printed by the program, which exits with its code.
   */
  run(args: readonly string[]): Promise<ExitCode>;
}

/** How to load each command. The summaries are here so that help need not load them all. */
export const COMMANDS: Readonly<Record<string, { summary: string; load(): Promise<Command> }>> = {
  ingest: {
    summary: "Bring data in: one lock and one transaction per ticker",
    load: async () => (await import("./commands/ingest/run.ts")).ingestCommand,
  },
  collect: {
    summary: "Collect at intervals, for weeks: an initial sync, then the turns of each task",
    load: async () => (await import("./commands/collect/run.ts")).collectCommand,
  },
  sources: {
    summary: "See where data can come from, and try a source",
    load: async () => (await import("./commands/sources/run.ts")).sourcesCommand,
  },
  db: {
    summary: "Migrate, verify, back up and restore the database",
    load: async () => (await import("./commands/db/run.ts")).dbCommand,
  },
  export: {
    summary: "Write a table or view to CSV, JSON or NDJSON, with a checksum",
    load: async () => (await import("./commands/export/run.ts")).exportCommand,
  },
  locks: {
    summary: "See who holds which lock, and settle what is stuck",
    load: async () => (await import("./commands/locks/run.ts")).locksCommand,
  },
  doctor: {
    summary: "Find what is wrong on this machine, and what to do about it",
    load: async () => (await import("./commands/doctor/run.ts")).doctorCommand,
  },
  systemd: {
    summary: "Print or install units and timers, or a line for cron",
    load: async () => (await import("./commands/systemd/run.ts")).systemdCommand,
  },
  logs: {
    summary: "See what runs did, follow them, and prune the log",
    load: async () => (await import("./commands/logs/run.ts")).logsCommand,
  },
  stats: {
    summary: "See how fresh and how reliable each ticker and source is",
    load: async () => (await import("./commands/stats/run.ts")).statsCommand,
  },
  completions: {
    summary: "Print the completions of commands, options and names for a shell",
    load: async () => (await import("./commands/completions/run.ts")).completionsCommand,
  },
};
