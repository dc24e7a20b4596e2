/** The loop of a collector: an initial sync of every task, then their turns, one task at a time. @module */
import { getLogger } from "@logtape/logtape";
import { codeOf, EXIT, messageOf, TickerlockError } from "../base/errors.ts";
import type { Clock } from "../base/clock.ts";
import { literal } from "../base/log.ts";
import { ordinary } from "../files/errors.ts";
import { plural, spanText } from "../base/text.ts";
import { isActive } from "./active_times.ts";
import { durationText } from "./duration.ts";
import {
  type Occasion,
  type ScheduledTask,
  type TaskEnd,
  TaskState,
  type TaskView,
} from "./task_state.ts";

const log = getLogger(["tickerlock", "collect"]);

/** Longest sleep of the loop, in ms: a lost lock or a set clock is noticed no later. */
export const TICK_MS = 5000;

/** A turn that is later than this, in ms, was missed while the machine slept. */
const LATE_MS = 60_000;

/** Between two rounds, in ms: NTP corrects a thousandth of it without a step. */
const STEP_MS = 2000;

/** What a collector is doing. */
export interface CollectorView {
  readonly state: "syncing" | "idle" | "running" | "stopping";
  readonly task: string | null;
  readonly nextTurnAt: string | null;
  readonly tasks: readonly TaskView[];
}

/** Why a turn was left out. */
export interface Skip {
  readonly code: "task_still_running" | "task_still_waiting" | "turn_missed";
  readonly message: string;
}

/** What a scheduler is made of. */
export interface SchedulerOptions<T extends ScheduledTask> {
  /** In the order of their initial sync. */
  readonly tasks: readonly T[];
  readonly clock: Clock;
  /** Does a task's work. What it throws counts as a failure. */
  readonly runTask: (task: T, occasion: Occasion, signal: AbortSignal) => Promise<TaskEnd>;
  /** Called for each turn that was left out. */
  readonly onSkip: (task: T, atMs: number, skip: Skip) => void;
  /** Called in each round of the loop, every few seconds at least. Must not throw. */
  readonly onRound: (view: CollectorView) => void;
  /** Ends it: the running task gets it too, and is waited for. */
  readonly signal: AbortSignal;
  readonly once?: boolean;
  /** Longest sleep in ms. Default 5,000. */
  readonly tickMs?: number;
  readonly random?: () => number;
}

interface Pending<T extends ScheduledTask> {
  readonly of: TaskState<T>;
  readonly occasion: Occasion;
}

/** Runs tasks one at a time, until its signal. A turn of a task that works or waits is left out. */
export class Scheduler<T extends ScheduledTask> {
  readonly #options: SchedulerOptions<T>;
  #tasks: TaskState<T>[];
  #pending: Pending<T>[] = [];
  #running: { readonly of: TaskState<T>; readonly done: Promise<void> } | undefined;
  #initialSyncDone = false;
  #sleeping: AbortController | undefined;
  /** How far the machine's clock was ahead of the one that cannot be set, in the last round. */
  #aheadMs: number;

  constructor(options: SchedulerOptions<T>) {
    this.#options = options;
    this.#aheadMs = this.#ahead();
    this.#tasks = options.tasks.map((task) => this.#newState(task));
  }

  #newState(task: T): TaskState<T> {
    const state = new TaskState(task, this.#options.random ?? Math.random);
    const occasion = { kind: "initial sync", atMs: this.#options.clock.now() } as const;
    state.state = "pending";
    this.#pending.push({ of: state, occasion });
    return state;
  }

  view(): CollectorView {
    let next = Infinity;
    for (const { turn } of this.#tasks) next = Math.min(next, turn?.dueMs ?? Infinity);
    const task = this.#running?.of.task.name ?? null;
    const working = task === null ? "idle" : "running";
    const state = this.#initialSyncDone ? working : "syncing";
    return {
      state: this.#options.signal.aborted ? "stopping" : state,
      task,
      nextTurnAt: next === Infinity ? null : new Date(next).toISOString(),
      tasks: this.#tasks.map((each) => each.view()),
    };
  }

  /** Works until the signal, or with `once` until the initial sync is done. Tasks' errors are logged. */
  async run(): Promise<void> {
    const { signal, onRound, once = false } = this.#options;
    const wake = (): void => this.#wake();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        this.#compareClocks();
        if (this.#initialSyncDone) this.#takeTurns();
        this.#startNext();
        if (once && this.#initialSyncDone) break;
        onRound(this.view());
        await this.#sleep();
      }
      onRound(this.view());
      await this.#running?.done;
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  /**
   * Takes the tasks of a configuration that was read again: an unchanged one keeps its turns, a changed one
   * is planned anew, a new one has its initial sync at once, and one that is gone has no further turn.
   */
  reload(tasks: readonly T[]): void {
    const known = new Map(this.#tasks.map((state) => [state.task.name, state]));
    this.#tasks = tasks.map((task) => {
      const state = known.get(task.name);
      if (state === undefined) return this.#newState(task);
      if (state.task.identity === task.identity) return state;
      state.replace(task);
      if (state.turn !== undefined || this.#initialSyncDone && state.synced) {
        state.planAfter(this.#options.clock.now());
      }
      return state;
    });
    this.#pending = this.#pending.filter(({ of }) => this.#tasks.includes(of));
    this.#finishInitialSync();
    this.#wake();
  }

  #wake(): void {
    this.#sleeping?.abort();
  }

  async #sleep(): Promise<void> {
    const { clock, signal, tickMs = TICK_MS } = this.#options;
    const now = clock.now();
    let until = now + tickMs;
    for (const { turn } of this.#tasks) until = Math.min(until, turn?.dueMs ?? Infinity);
    const sleeping = this.#sleeping = new AbortController();
    try {
      if (!signal.aborted && until > now) await clock.sleep(until - now, sleeping.signal);
    } catch (error) {
      if (!sleeping.signal.aborted) throw error;
    } finally {
      this.#sleeping = undefined;
    }
  }

  #ahead(): number {
    const { clock } = this.#options;
    return clock.now() - clock.elapsed();
  }

  #compareClocks(): void {
    const ahead = this.#ahead();
    const stepMs = ahead - this.#aheadMs;
    this.#aheadMs = ahead;
    if (Math.abs(stepMs) < STEP_MS) return;
    const now = this.#options.clock.now();
    const span = spanText(Math.abs(stepMs));
    const what = stepMs < 0
      ? `the clock was set back by ${span}`
      : `the clock was set forward by ${span}, or the machine slept for that long`;
    const time = new Date(now).toISOString();
    log.warn(literal(`${what}: the turns go by the time as it is now, ${time}`), {
      code: "clock_set",
      step_ms: Math.round(stepMs),
    });
    // Turns that were planned by the time before would not come for as long as it was set back.
    if (stepMs > 0 || !this.#initialSyncDone) return;
    for (const each of this.#tasks) {
      if (!each.synced) continue;
      each.planAfter(now);
      if (each.failures > 0) this.#backOff(each, now);
    }
  }

  #takeTurns(): void {
    const now = this.#options.clock.now();
    const due = this.#tasks.filter(({ turn }) => turn !== undefined && turn.dueMs <= now);
    due.sort((a, b) => (a.turn?.dueMs ?? 0) - (b.turn?.dueMs ?? 0));
    for (const each of due) this.#takeTurn(each, now);
  }

  #takeTurn(each: TaskState<T>, now: number): void {
    const { turn, task } = each;
    if (turn === undefined) return;
    each.planAfter(turn.atMs);
    if (each.turn !== undefined && each.turn.atMs <= now) {
      const late = durationText(now - turn.dueMs);
      log.warn(literal(`${task.name}: turns were slept over for ${late}; they count as one`));
      each.planAfter(now);
    }
    const skip = this.#reasonToSkip(each, turn.dueMs, now);
    if (skip === undefined) {
      each.state = "pending";
      this.#pending.push({ of: each, occasion: { kind: "turn", atMs: turn.atMs } });
      return;
    }
    each.skipped++;
    log.warn(literal(`${task.name}: turn left out: ${skip.message}`), { code: skip.code });
    this.#options.onSkip(task, turn.atMs, skip);
  }

  #reasonToSkip(each: TaskState<T>, dueMs: number, now: number): Skip | undefined {
    if (each.state === "running") {
      const since = new Date(each.startedMs ?? now).toISOString();
      return { code: "task_still_running", message: `the task is still running, since ${since}` };
    }
    if (each.state === "pending") {
      const other = this.#running?.of.task.name;
      const what = other === undefined ? "" : ` for ${other} to finish`;
      const message = `an earlier turn of the task is still waiting${what}`;
      return { code: "task_still_waiting", message };
    }
    if (now - dueMs > LATE_MS && !isActive(each.task.rule.activeTimes, now)) {
      return { code: "turn_missed", message: "it came too late, after the active hours" };
    }
    return undefined;
  }

  #startNext(): void {
    if (this.#running !== undefined || this.#options.signal.aborted) return;
    const next = this.#pending.shift();
    if (next === undefined) return;
    next.of.begin(this.#options.clock.now());
    // In a later microtask, so that work that fails at once ends after it began.
    const done = Promise.resolve().then(() => this.#work(next));
    this.#running = { of: next.of, done };
  }

  async #work({ of, occasion }: Pending<T>): Promise<void> {
    const { runTask, signal, clock } = this.#options;
    const { task } = of;
    let end: TaskEnd;
    try {
      end = await runTask(task, occasion, signal);
    } catch (thrown) {
      const error = ordinary(thrown);
      end = { exitCode: EXIT.failed, message: messageOf(error) };
      const hint = error instanceof TickerlockError ? error.hint ?? null : null;
      const remedy = hint === null ? "" : ` Try: ${hint}`;
      const properties = { task: task.name, code: codeOf(error), hint };
      if (!signal.aborted) log.error(literal(`${task.name}: ${end.message}${remedy}`), properties);
    }
    const now = clock.now();
    of.end(now, end);
    this.#running = undefined;
    if (!signal.aborted) {
      // A task that was new in a configuration read again.
      if (this.#initialSyncDone && occasion.kind === "initial sync") this.#anchor(of, now);
      // Not from a time that is still to come, where the clock was set back while the task worked.
      else if (of.failures > 0) this.#backOff(of, Math.min(occasion.atMs, now));
      this.#comeBack(of, now);
      this.#finishInitialSync();
    }
    this.#wake();
  }

  #anchor(of: TaskState<T>, now: number): void {
    of.anchorMs = now;
    of.planAfter(now);
    if (of.failures > 0) this.#backOff(of, now);
    this.#comeBack(of, now);
  }

  #comeBack(of: TaskState<T>, now: number): void {
    if (!this.#initialSyncDone || !of.comeBack(now)) return;
    const { task: { name: task }, turn } = of;
    const next = new Date(turn?.dueMs ?? now).toISOString();
    log.info(literal(`${task}: not everything is out yet; it is asked again at ${next}`), { task });
  }

  #finishInitialSync(): void {
    if (this.#initialSyncDone || this.#tasks.some(({ synced }) => !synced)) return;
    this.#initialSyncDone = true;
    const now = this.#options.clock.now();
    for (const each of this.#tasks) this.#anchor(each, now);
    log.info("the initial sync is done");
  }

  #backOff(of: TaskState<T>, failedMs: number): void {
    if (!of.backOff(failedMs)) return;
    const next = of.turn === undefined ? "none" : new Date(of.turn.dueMs).toISOString();
    const { task: { name: task }, failures } = of;
    const times = plural(failures, "time");
    const message = `${task}: failed ${times} in a row, backs off; next turn ${next}`;
    log.warn(literal(message), { task, failures });
  }
}
