/**
 * A collector in simulated time, with tasks whose length and outcome a test decides.
 *
 * @module
 */
import { EXIT } from "../../src/base/errors.ts";
import { parseDays, parseHours } from "../../src/collect/active_times.ts";
import {
  type CollectorView,
  Scheduler,
  type SchedulerOptions,
} from "../../src/collect/scheduler.ts";
import type { Clock } from "../../src/base/clock.ts";
import { parseDuration } from "../../src/collect/duration.ts";
import type { Occasion, ScheduledTask, TaskEnd } from "../../src/collect/task_state.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock that goes only while everything sleeps: days pass in the time that the work takes. */
class FakeTime implements Clock {
  /** By the clock that cannot be set. */
  #elapsed = 0;
  /** How far the machine's clock is ahead of that. */
  #ahead: number;
  readonly #sleepers = new Set<Sleeper>();

  /** @param start ISO 8601. */
  constructor(start: string) {
    this.#ahead = Date.parse(start);
  }

  readonly now = (): number => this.#ahead + this.#elapsed;

  readonly elapsed = (): number => this.#elapsed;

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const sleeper: Sleeper = {
        untilMs: this.#elapsed + ms,
        wake: () => {
          signal.removeEventListener("abort", stop);
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      signal.addEventListener("abort", stop, { once: true });
      this.#sleepers.add(sleeper);
    });

  /** Lets all work go on until it sleeps or has ended: promises settle without time going by. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** Lets time go by until a moment of the machine's clock, waking each sleeper at its time. */
  async until(end: string): Promise<void> {
    const endMs = Date.parse(end) - this.#ahead;
    for (;;) {
      await this.settle();
      let first: Sleeper | undefined;
      for (const each of this.#sleepers) {
        if (first === undefined || each.untilMs < first.untilMs) first = each;
      }
      if (first === undefined || first.untilMs > endMs) break;
      this.#elapsed = Math.max(this.#elapsed, first.untilMs);
      first.wake();
    }
    this.#elapsed = Math.max(this.#elapsed, endMs);
  }

  /** Sets the machine's clock; the other one does not notice, as while a machine sleeps. */
  set(at: string): void {
    this.#ahead = Date.parse(at) - this.#elapsed;
  }
}

/** What a task does when it runs. */
export type Behaviour = (run: SimulatedRun) => Promise<TaskEnd> | TaskEnd;

/** One run of a task. */
export interface SimulatedRun {
  readonly task: string;
  readonly kind: Occasion["kind"];
  /** The turn it is for. */
  readonly atMs: number;
  readonly startedMs: number;
  endedMs: number | undefined;
  /** Work that takes so long, and may be stopped. */
  readonly takes: (length: string) => Promise<TaskEnd>;
}

/** A turn that was left out. */
export interface SimulatedSkip {
  readonly task: string;
  readonly atMs: number;
  readonly code: string;
}

/** A task of the simulation. */
export interface SimulatedTask extends ScheduledTask {
  readonly behaviour: Behaviour;
}

/** All is well. */
export const FINE: TaskEnd = { exitCode: EXIT.ok, message: null };

/** It failed. */
export const FAILED: TaskEnd = { exitCode: EXIT.failed, message: "the service is down" };

/** Makes a task. */
export function simulated(
  name: string,
  every: string,
  over: {
    readonly behaviour?: Behaviour;
    readonly hours?: string;
    readonly days?: string;
    readonly zone?: string;
    readonly holidays?: readonly string[];
    readonly jitter?: string;
    readonly identity?: string;
  } = {},
): SimulatedTask {
  const { hours, days, zone: timeZone = "UTC", holidays = [] } = over;
  const activeTimes = hours === undefined && days === undefined ? {} : {
    activeTimes: {
      timeZone,
      hours: parseHours(hours ?? "00:00-24:00") ?? [],
      days: parseDays(days ?? "mon-sun") ?? [],
      holidays,
    },
  };
  return {
    name,
    rule: { everyMs: parseDuration(every) ?? NaN, ...activeTimes },
    jitterMs: parseDuration(over.jitter ?? "0s") ?? NaN,
    identity: over.identity ?? `${name} ${every}`,
    behaviour: over.behaviour ?? (() => FINE),
  };
}

/** A collector at work in simulated time. Dispose it: it is stopped. */
export class Simulation implements AsyncDisposable {
  readonly time: FakeTime;
  readonly runs: SimulatedRun[] = [];
  readonly skips: SimulatedSkip[] = [];
  readonly views: CollectorView[] = [];
  readonly collector: Scheduler<SimulatedTask>;
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();

  /** @param start ISO 8601. @param tasks In order. */
  constructor(
    start: string,
    tasks: readonly SimulatedTask[],
    over: Partial<SchedulerOptions<SimulatedTask>> = {},
  ) {
    this.time = new FakeTime(start);
    this.collector = new Scheduler<SimulatedTask>({
      tasks,
      clock: this.time,
      signal: this.#stop.signal,
      // Days pass in fewer rounds; a shorter round changes nothing but how often it looks.
      tickMs: 10 * 60_000,
      runTask: async (task, { kind, atMs }, signal) => {
        const startedMs = this.time.now();
        const run: SimulatedRun = {
          task: task.name,
          kind,
          atMs,
          startedMs,
          endedMs: undefined,
          takes: async (length) => {
            await this.time.sleep(parseDuration(length) ?? NaN, signal);
            return FINE;
          },
        };
        this.runs.push(run);
        try {
          return await task.behaviour(run);
        } finally {
          run.endedMs = this.time.now();
        }
      },
      onSkip: ({ name }, atMs, { code }) => this.skips.push({ task: name, atMs, code }),
      onRound: (view) => this.views.push(view),
      ...over,
    });
    this.ended = this.collector.run();
  }

  /** When turns of a task began, as `HH:MM`. */
  turns(task: string): string[] {
    return this.starts(task, "turn").map((at) => at.slice(11, 16));
  }

  /** When runs of a task began, to the second, of one kind or of all. */
  starts(task: string, kind?: Occasion["kind"]): string[] {
    return this.runs.filter((run) => run.task === task && (kind ?? run.kind) === run.kind)
      .map(({ startedMs }) => new Date(startedMs).toISOString().slice(0, 19));
  }

  /** Tells it to stop. */
  stop(): void {
    this.#stop.abort(new Error("stopped by the test"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.ended;
  }
}
