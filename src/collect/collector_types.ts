/**
 * What the loop of a collector is made of, and what it tells of itself.
 *
 * @module
 */
import type { Occasion, ScheduledTask, TaskEnd, TaskView } from "./task_state.ts";

/** Time, so that a test can hold it. */
export interface CollectorClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @throws The signal's reason, where that ends the wait. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What a collector is doing. */
export interface CollectorView {
  readonly state: "syncing" | "idle" | "running" | "stopping";
  /** The task that is at work. */
  readonly task: string | null;
  /** When the next turn begins; ISO 8601 in UTC. */
  readonly nextTurnAt: string | null;
  readonly tasks: readonly TaskView[];
}

/** Why a turn was left out. */
export interface Skip {
  readonly code: "task_still_running" | "task_still_waiting" | "turn_missed";
  readonly message: string;
}

/** What a collector is made of. */
export interface CollectorOptions<T extends ScheduledTask> {
  /** In the order of their initial sync. */
  readonly tasks: readonly T[];
  readonly clock: CollectorClock;
  /** Does a task's work. What it throws counts as a failure. */
  readonly runTask: (task: T, occasion: Occasion, signal: AbortSignal) => Promise<TaskEnd>;
  /** Told of each turn that was left out. */
  readonly onSkip: (task: T, atMs: number, skip: Skip) => void;
  /** Called each time round the loop, every few seconds at least: a sign of life. Must not throw. */
  readonly onRound: (view: CollectorView) => void;
  /** Ends it: the task at work is told, and waited for. */
  readonly signal: AbortSignal;
  /** End after the initial sync. Default false. */
  readonly once?: boolean;
  /** Longest sleep in ms. Default 5,000. */
  readonly tickMs?: number;
  /** For jitter. Default `Math.random`. */
  readonly random?: () => number;
}
