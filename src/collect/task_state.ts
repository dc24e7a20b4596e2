/** A task of the scheduler: its turns, its last run, its failures. Moments are in ms since 1970. @module */
import { EXIT, type ExitCode } from "../base/errors.ts";
import { backoffMs, nextTurn, type TurnRule } from "./turns.ts";

/** A task as the scheduler sees it. */
export interface ScheduledTask {
  /** Unique among the tasks of a collector. */
  readonly name: string;
  readonly rule: TurnRule;
  /** Each turn begins up to so many ms late, at random. */
  readonly jitterMs: number;
  /** Equal where nothing of the task has changed; compared when the configuration is read again. */
  readonly identity: string;
}

/** Why a task is to run: once before any turn, and then for each of them. */
export interface Occasion {
  readonly kind: "initial sync" | "turn";
  readonly atMs: number;
}

/** How the work of a task ended. */
export interface TaskEnd {
  readonly exitCode: ExitCode;
  /** One sentence for people; null for success. */
  readonly message: string | null;
  /** A turn after that time, where the interval has none by then. Default none. */
  readonly againMs?: number;
}

/** A task in the table `collectors` and in `--json`. */
export interface TaskView {
  readonly name: string;
  readonly state: "idle" | "pending" | "running";
  readonly every_ms: number;
  readonly next_turn_at: string | null;
  readonly last_started_at: string | null;
  readonly last_finished_at: string | null;
  readonly last_exit_code: ExitCode | null;
  /** Of the last run that did not end well. */
  readonly last_message: string | null;
  readonly runs: number;
  readonly skipped: number;
  readonly failures: number;
}

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** A task's turns, its last run and its failures. */
export class TaskState<T extends ScheduledTask> {
  task: T;
  state: TaskView["state"] = "idle";
  /** Whether its initial sync is done, or was tried. */
  synced = false;
  /**
   * The next turn: when it is by the interval, from which later ones count, and when it is due, a random
   * delay later. Undefined before the initial sync is done, or where there is none.
   */
  turn: { readonly atMs: number; readonly dueMs: number } | undefined;
  /** Where turns without active hours count from. */
  anchorMs = 0;
  skipped = 0;
  failures = 0;
  startedMs: number | undefined;
  #runs = 0;
  #finishedMs: number | undefined;
  #last: TaskEnd | undefined;
  readonly #random: () => number;

  /** @param random Like `Math.random`, for jitter. */
  constructor(task: T, random: () => number) {
    this.task = task;
    this.#random = random;
  }

  planAfter(afterMs: number): void {
    const { rule, jitterMs } = this.task;
    const atMs = nextTurn(rule, this.anchorMs, afterMs);
    this.turn = atMs === undefined
      ? undefined
      : { atMs, dueMs: atMs + Math.floor(this.#random() * (jitterMs + 1)) };
  }

  begin(nowMs: number): void {
    this.state = "running";
    this.#runs++;
    this.startedMs = nowMs;
  }

  end(nowMs: number, end: TaskEnd): void {
    this.state = "idle";
    this.synced = true;
    this.#finishedMs = nowMs;
    this.#last = end;
    if (end.exitCode === EXIT.failed) this.failures++;
    // A busy lock is no failure of the task, and no success.
    else if (end.exitCode !== EXIT.locked) this.failures = 0;
  }

  /** Leaves turns out after failures. @returns Whether the next turn is a later one now. */
  backOff(failedMs: number): boolean {
    const restMs = backoffMs(this.task.rule.everyMs, this.failures);
    const before = this.turn;
    if (restMs <= this.task.rule.everyMs || before === undefined) return false;
    if (before.atMs >= failedMs + restMs) return false;
    this.planAfter(failedMs + restMs - 1);
    return true;
  }

  /** Plans an earlier turn, where the last run has asked for one. @returns Whether there is one. */
  comeBack(nowMs: number): boolean {
    const { againMs } = this.#last ?? {};
    if (againMs === undefined) return false;
    const atMs = nextTurn({ ...this.task.rule, everyMs: againMs }, nowMs, nowMs);
    if (atMs === undefined || (this.turn !== undefined && this.turn.atMs <= atMs)) return false;
    this.turn = { atMs, dueMs: atMs };
    return true;
  }

  replace(task: T): void {
    this.task = task;
    this.failures = 0;
  }

  view(): TaskView {
    return {
      name: this.task.name,
      state: this.state,
      every_ms: this.task.rule.everyMs,
      next_turn_at: iso(this.turn?.dueMs),
      last_started_at: iso(this.startedMs),
      last_finished_at: iso(this.#finishedMs),
      last_exit_code: this.#last?.exitCode ?? null,
      last_message: this.#last?.message ?? null,
      runs: this.#runs,
      skipped: this.skipped,
      failures: this.failures,
    };
  }
}
