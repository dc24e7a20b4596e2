/**
 * The turns to come, without any work: what `--dry-run` shows.
 *
 * @module
 */
import type { ScheduledTask } from "./task_state.ts";
import { nextTurn } from "./turns.ts";

/** A turn that will come. */
export interface PlannedTurn {
  readonly task: string;
  /** Milliseconds since 1970, before any jitter. */
  readonly atMs: number;
}

/** The turns of one task. */
export interface TaskPlan<T extends ScheduledTask> {
  readonly task: T;
  /** Milliseconds since 1970, before any jitter. */
  readonly turns: readonly number[];
  /** The first turn, also where it is later than the plan. */
  readonly next: number | undefined;
}

/**
 * The turns of a span of time, as if the initial sync were done at its beginning.
 *
 * @param tasks The tasks.
 * @param fromMs Milliseconds since 1970.
 * @param lengthMs How far to look. Default 24 hours.
 */
export function planTurns<T extends ScheduledTask>(
  tasks: readonly T[],
  fromMs: number,
  lengthMs = 86_400_000,
): TaskPlan<T>[] {
  return tasks.map((task) => {
    const turns: number[] = [];
    const next = nextTurn(task.rule, fromMs, fromMs);
    for (
      let at = next;
      at !== undefined && at < fromMs + lengthMs;
      at = nextTurn(task.rule, fromMs, at)
    ) turns.push(at);
    return { task, turns, next };
  });
}

/** The turns of all tasks in their order. */
export function inOrder<T extends ScheduledTask>(plans: readonly TaskPlan<T>[]): PlannedTurn[] {
  return plans.flatMap(({ task, turns }) => turns.map((atMs) => ({ task: task.name, atMs })))
    .sort((a, b) => a.atMs - b.atMs);
}
