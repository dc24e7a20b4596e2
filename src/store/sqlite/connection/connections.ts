/**
 * Who may have a connection: any number of readers, one writer at a time per process and file.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";

const log = getLogger(["tickerlock", "db"]);

/** More open connections than this are a leak, or about to be one. */
export const WARN_ABOVE = 5;

/** An open connection. */
export interface ConnectionInfo {
  /** Path of the database, as it was given. */
  readonly path: string;
  /** Whether it can only read. */
  readonly kind: "reader" | "writer";
  /** ISO 8601 in UTC. */
  readonly openedAt: string;
}

const open = new Set<ConnectionInfo>();

/**
 * The connections of this process that are open, oldest first: for tests that look for leaks, and for
 * diagnosis.
 */
export function openConnections(): readonly ConnectionInfo[] {
  return [...open];
}

/**
 * Notes a connection, and warns where there are more than {@linkcode WARN_ABOVE}.
 *
 * @param kind What it is for.
 * @returns Call it when the connection is closed.
 */
export function noteConnection(path: string, kind: ConnectionInfo["kind"]): () => void {
  const info: ConnectionInfo = { path, kind, openedAt: new Date().toISOString() };
  open.add(info);
  if (open.size > WARN_ABOVE) {
    log.warn(`${open.size} database connections are open; is one not disposed?`, {
      connections: [...open],
    });
  }
  return () => {
    open.delete(info);
  };
}

interface Waiter {
  readonly start: () => void;
}

const writers = new Map<string, Waiter[]>();

function endTurn(path: string): void {
  const next = writers.get(path)?.shift();
  if (next === undefined) writers.delete(path);
  else next.start();
}

/**
 * Waits for the turn to write to a file, in order of arrival.
 *
 * @param timeoutMs Milliseconds to wait at most.
 * @returns Call it to let the next one go, once; or undefined when the time is over.
 * @throws `signal.reason` when aborted.
 */
export function waitForWriterTurn(
  path: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<(() => void) | undefined> {
  const queue = writers.get(path);
  const turn = (): () => void => {
    let ended = false;
    return () => {
      if (!ended) endTurn(path);
      ended = true;
    };
  };
  if (queue === undefined) {
    writers.set(path, []);
    return Promise.resolve(turn());
  }
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      const at = queue.indexOf(waiter);
      if (at >= 0) queue.splice(at, 1);
    };
    const onAbort = (): void => {
      stop();
      reject(signal?.reason);
    };
    const waiter: Waiter = {
      start: () => {
        stop();
        resolve(turn());
      },
    };
    const timer = setTimeout(() => {
      stop();
      resolve(undefined);
    }, Math.min(timeoutMs, 2 ** 31 - 1));
    signal?.addEventListener("abort", onAbort, { once: true });
    queue.push(waiter);
  });
}
