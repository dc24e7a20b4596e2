/**
 * Patience with a busy database, for work that can be repeated. SQLite's own busy handler blocks the
 * process: it gets five seconds, then waiting is asynchronous.
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { debug } from "../../../base/debug.ts";
import { messageOf } from "../../../base/errors.ts";
import { sleep as sleepFor } from "../../../base/sleep.ts";
import { whoHasOpen } from "../../../platform/services.ts";
import { StoreError } from "../../errors.ts";
import { isBusy } from "./errors.ts";

/**
 * How long and how to wait.
 * @category Database
 */
export interface RetryOptions {
  /** All of it, in milliseconds, from the first try. Default 30,000. */
  totalMs?: number | undefined;
  /** Ends the waiting; the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Called before each pause with the number of tries so far. */
  onRetry?: ((tries: number) => void) | undefined;
  /** Milliseconds on a clock that never goes back. Default `performance.now`. */
  now?: () => number;
  /** Waits for that many milliseconds. */
  sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** A number from 0 to 1. Default `Math.random`. */
  random?: () => number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/**
 * Runs `work` again while the database is busy: pauses of 0.5, 1, 2, 4, 5, 5 … seconds, each shortened at
 * random by up to a half so that two runs do not keep meeting.
 * @param work Synchronous, and a whole transaction.
 * @throws What `work` threw last, at once where that is not "busy".
 */
export async function retryOnBusy<T>(work: () => T, options: RetryOptions = {}): Promise<T> {
  const now = options.now ?? (() => performance.now());
  const sleep = options.sleep ?? sleepFor;
  const random = options.random ?? Math.random;
  const end = now() + (options.totalMs ?? 30_000);
  let pause = FIRST_PAUSE_MS;
  for (let tries = 1;; tries++) {
    try {
      return work();
    } catch (error) {
      const left = end - now();
      if (!isBusy(error) || left <= 0) throw error;
      if (options.signal?.aborted) {
        // Many may give up one after the other, each after a wait that blocked the whole process: a
        // second signal must be seen between two of them.
        await sleepFor(0);
        throw options.signal.reason;
      }
      options.onRetry?.(tries);
      const pauseMs = Math.round(Math.min(left, pause * (1 - random() / 2)));
      debug("db", () => [
        `the database is busy (${messageOf(error)}): try ${tries + 1} in ${pauseMs} ms`,
        { tries, pause_ms: pauseMs, left_ms: Math.round(left) },
      ]);
      await sleep(pauseMs, options.signal);
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }
}

function runningRows(db: DatabaseSync): Record<string, unknown>[] {
  try {
    return db.prepare(
      `SELECT ticker, pid, host, started_at FROM ingest_logs
       WHERE status = 'running' AND pid <> ? ORDER BY id DESC LIMIT 5`,
    ).all(Deno.pid);
  } catch {
    // There is no log yet, or the holder keeps out readers as well.
    return [];
  }
}

/** Adds to the error of a database that stayed busy the runs that may hold it; others stay as they are. */
export function withHolders(error: unknown, db: DatabaseSync): unknown {
  if (!(error instanceof StoreError) || !isBusy(error)) return error;
  const running = runningRows(db);
  const who = running.map(({ ticker, pid, host, started_at }) =>
    `pid ${pid} on ${host} (${ticker ?? "no ticker"}, since ${started_at})`
  );
  const hint = who.length === 0
    ? "No run of tickerlock is at work: look for another program that has the file open " +
      `(${whoHasOpen(error.path)}), then try again.`
    : `It may be held by ${who.join("; ")}. Let that finish, then try again.`;
  const { code, message, path, scope, cause } = error;
  const details = { ...error.details, running };
  return new StoreError(code, message, path, { hint, retryable: true, scope, cause, details });
}
