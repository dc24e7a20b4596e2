/** When tasks have their turns: a function of rule and time alone. Moments are in ms since 1970. @module */
import { type ActiveTimes, spansFrom } from "./active_times.ts";

/** What the turns of a task depend on. */
export interface TurnRule {
  readonly everyMs: number;
  readonly activeTimes?: ActiveTimes;
}

/**
 * The first turn after a moment, by the opening of active hours, or without them by the anchor: turns do not
 * drift, however long the task works. Undefined where there is none within 400 days.
 * @param anchorMs The end of the initial sync.
 * @param afterMs Exclusive.
 */
export function nextTurn(rule: TurnRule, anchorMs: number, afterMs: number): number | undefined {
  const { everyMs, activeTimes } = rule;
  const first = (fromMs: number): number =>
    fromMs + (Math.floor((afterMs - fromMs) / everyMs) + 1) * everyMs;
  if (activeTimes === undefined) return first(anchorMs);
  for (const { openMs, closeMs } of spansFrom(activeTimes, afterMs)) {
    const turn = openMs > afterMs ? openMs : first(openMs);
    if (turn < closeMs) return turn;
  }
  return undefined;
}

/** How long a task rests after failures: its interval, doubled with each, up to an hour or the interval. */
export function backoffMs(everyMs: number, failures: number): number {
  if (failures === 0) return 0;
  // Past 2^40 intervals nothing changes.
  return Math.min(everyMs * 2 ** Math.min(failures, 40), Math.max(everyMs, 3_600_000));
}

interface NamedRule {
  readonly name: string;
  readonly rule: TurnRule;
}

/** The turns of one task in a span of time, before any jitter. */
export interface TaskPlan<T extends NamedRule> {
  readonly task: T;
  readonly turns: readonly number[];
  /** The first turn, also where it is later than the plan. */
  readonly next: number | undefined;
}

/** The turns of a span of time, as if the initial sync were done at its beginning: for `--dry-run`. */
export function planTurns<T extends NamedRule>(
  tasks: readonly T[],
  fromMs: number,
  lengthMs = 86_400_000,
): TaskPlan<T>[] {
  return tasks.map((task) => {
    const turns: number[] = [];
    const next = nextTurn(task.rule, fromMs, fromMs);
    let at = next;
    while (at !== undefined && at < fromMs + lengthMs) {
      turns.push(at);
      at = nextTurn(task.rule, fromMs, at);
    }
    return { task, turns, next };
  });
}

/** The turns of all tasks in their order. */
export function inOrder<T extends NamedRule>(
  plans: readonly TaskPlan<T>[],
): { readonly task: string; readonly atMs: number }[] {
  return plans.flatMap(({ task, turns }) => turns.map((atMs) => ({ task: task.name, atMs })))
    .sort((a, b) => a.atMs - b.atMs);
}
