/**
 * All commands, in the order of the help: how to load what each is, and what it does.
 *
 * @module
 */
import type { Action, Spec } from "./command.ts";

/** How to load a command. */
export interface Entry {
  /** Its specification, which is cheap to load. */
  spec(): Promise<{ readonly spec: Spec }>;
  /** Its actions, which load what they work with. */
  run(): Promise<{ readonly actions: Readonly<Record<string, Action>> }>;
}

/** All commands. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  ingest: {
    spec: () => import("./commands/ingest/spec.ts"),
    run: () => import("./commands/ingest/run.ts"),
  },
  collect: {
    spec: () => import("./commands/collect/spec.ts"),
    run: () => import("./commands/collect/run.ts"),
  },
  sources: {
    spec: () => import("./commands/sources/spec.ts"),
    run: () => import("./commands/sources/run.ts"),
  },
  db: {
    spec: () => import("./commands/db/spec.ts"),
    run: () => import("./commands/db/run.ts"),
  },
  export: {
    spec: () => import("./commands/export/spec.ts"),
    run: () => import("./commands/export/run.ts"),
  },
  locks: {
    spec: () => import("./commands/locks/spec.ts"),
    run: () => import("./commands/locks/run.ts"),
  },
  doctor: {
    spec: () => import("./commands/doctor/spec.ts"),
    run: () => import("./commands/doctor/run.ts"),
  },
  systemd: {
    spec: () => import("./commands/systemd/spec.ts"),
    run: () => import("./commands/systemd/run.ts"),
  },
  logs: {
    spec: () => import("./commands/logs/spec.ts"),
    run: () => import("./commands/logs/run.ts"),
  },
  stats: {
    spec: () => import("./commands/stats/spec.ts"),
    run: () => import("./commands/stats/run.ts"),
  },
  completions: {
    spec: () => import("./commands/completions/spec.ts"),
    run: () => import("./commands/completions/run.ts"),
  },
};

/** The specification of a command; undefined where there is none of that name. */
export async function specOf(name: string): Promise<Spec | undefined> {
  return Object.hasOwn(COMMANDS, name) ? (await COMMANDS[name]?.spec())?.spec : undefined;
}

/** The specifications of all commands, in the order of the help. */
export async function allSpecs(): Promise<Spec[]> {
  return await Promise.all(Object.values(COMMANDS).map(async ({ spec }) => (await spec()).spec));
}
