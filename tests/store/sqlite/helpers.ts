/**
 * Shared by the tests of the database layer: temporary folders, rows of the log, a clock that goes
 * only while a task sleeps.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { JobStart } from "../../../src/model/job.ts";
import type { RetryOptions } from "../../../src/store/sqlite/connection/retry.ts";
import { makeTempFolder, removeFolder } from "../../paths.ts";

/** A folder that is removed at the end of the block. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await makeTempFolder("tickerlock_db_");
  return { path, [Symbol.asyncDispose]: () => removeFolder(path) };
}

/** The start of a job, different for each number. */
export function job(number: number, over: Partial<JobStart> = {}): JobStart {
  return {
    jobId: `job-${number}`,
    runId: "run-1",
    ticker: "PETR4.SA",
    source: "csv",
    command: "test",
    startedAt: "2024-01-02T10:00:00.000Z",
    lockAction: "acquired",
    lockWaitedSeconds: 0,
    host: "host",
    pid: 42,
    version: "0.0.0",
    ...over,
  };
}

/** Patience without waiting: sleeping moves the clock, and is noted. */
export interface FakePatience {
  readonly options: RetryOptions;
  /** Milliseconds of each pause. */
  readonly pauses: number[];
  /** The clock; add to it to let time go by. */
  now: number;
  /** Called in each pause with the number of pauses so far. */
  onPause: (count: number) => void;
}

/** A fake clock that starts at 1,000 ms. */
export function fakePatience(over: Partial<RetryOptions> = {}): FakePatience {
  const pauses: number[] = [];
  const fake: FakePatience = {
    pauses,
    now: 1000,
    onPause: () => {},
    options: {
      now: () => fake.now,
      sleep: (ms) => {
        pauses.push(ms);
        fake.now += ms;
        fake.onPause(pauses.length);
        return Promise.resolve();
      },
      random: () => 0,
      ...over,
    },
  };
  return fake;
}

/** The pauses of 30 seconds in which nothing is shortened at random. */
export const ALL_PAUSES: readonly number[] = [
  500,
  1000,
  2000,
  4000,
  5000,
  5000,
  5000,
  5000,
  2500,
];

/** What `work` throws; undefined where it throws nothing. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The only value of a pragma's row. */
export function pragmaOf(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}
