/** All commands, in the order of the help: how to load what each is, and what it does. @module */
import type { Action, Described, Spec, Summary } from "./command.ts";

/** A command, as much of it as the list of commands shows, and how to load the rest. */
export interface Entry {
  readonly summary: string;
  spec(): Promise<{ readonly spec: Spec }>;
  run(): Promise<{ readonly actions: Readonly<Record<string, Action>> }>;
}

/** All commands. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  ingest: {
    summary: "Bring data in: one lock per ticker, each whole or not at all",
    spec: () => import("./commands/ingest/spec.ts"),
    run: () => import("./commands/ingest/run.ts"),
  },
  collect: {
    summary: "Run tasks at intervals, for weeks: each once, then in its turns",
    spec: () => import("./commands/collect/spec.ts"),
    run: () => import("./commands/collect/run.ts"),
  },
  sources: {
    summary: "See where data can come from, and try a source",
    spec: () => import("./commands/sources/spec.ts"),
    run: () => import("./commands/sources/run.ts"),
  },
  db: {
    summary: "Migrate, verify, back up and restore the database",
    spec: () => import("./commands/db/spec.ts"),
    run: () => import("./commands/db/run.ts"),
  },
  export: {
    summary: "Write a table or view to CSV, JSON, NDJSON or Parquet, with a checksum",
    spec: () => import("./commands/export/spec.ts"),
    run: () => import("./commands/export/run.ts"),
  },
  locks: {
    summary: "See who holds which lock, and release one",
    spec: () => import("./commands/locks/spec.ts"),
    run: () => import("./commands/locks/run.ts"),
  },
  doctor: {
    summary: "Find what is wrong on this machine, and what to do about it",
    spec: () => import("./commands/doctor/spec.ts"),
    run: () => import("./commands/doctor/run.ts"),
  },
  config: {
    summary: "See each setting's value and where it comes from",
    spec: () => import("./commands/config/spec.ts"),
    run: () => import("./commands/config/run.ts"),
  },
  systemd: {
    summary: "Print or install units and timers, or a line for cron",
    spec: () => import("./commands/systemd/spec.ts"),
    run: () => import("./commands/systemd/run.ts"),
  },
  logs: {
    summary: "See what runs did, follow them, and prune the log",
    spec: () => import("./commands/logs/spec.ts"),
    run: () => import("./commands/logs/run.ts"),
  },
  stats: {
    summary: "See how fresh and how reliable each ticker and source is",
    spec: () => import("./commands/stats/spec.ts"),
    run: () => import("./commands/stats/run.ts"),
  },
  gaps: {
    summary: "See which sessions tickers lack between their stored days",
    spec: () => import("./commands/gaps/spec.ts"),
    run: () => import("./commands/gaps/run.ts"),
  },
  report: {
    summary: "Write one HTML page: what is fresh, what is missing, what failed and why",
    spec: () => import("./commands/report/spec.ts"),
    run: () => import("./commands/report/run.ts"),
  },
  serve: {
    summary: "Show the report in a browser, live, with a page for each ticker, run and failure",
    spec: () => import("./commands/serve/spec.ts"),
    run: () => import("./commands/serve/run.ts"),
  },
  completions: {
    summary: "Print the completions for bash, zsh, fish or PowerShell",
    spec: () => import("./commands/completions/spec.ts"),
    run: () => import("./commands/completions/run.ts"),
  },
};

/** Names and summaries of all commands, which load nothing, in the order of the help. */
export const SUMMARIES: readonly Summary[] = Object.entries(COMMANDS)
  .map(([name, { summary }]) => ({ name, summary }));

async function describe({ summary, spec }: Entry): Promise<Described> {
  return { ...(await spec()).spec, summary };
}

/** The description of a command; undefined where there is none of that name. */
export async function descriptionOf(name: string): Promise<Described | undefined> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return entry && await describe(entry);
}

/** The descriptions of all commands, in the order of the help. */
export async function allDescriptions(): Promise<Described[]> {
  return await Promise.all(Object.values(COMMANDS).map(describe));
}
