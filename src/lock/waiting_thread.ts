/**
 * Threads that wait in the kernel's queue for a lock, and hold it for the program.
 *
 * A pending `lock()` can neither be cancelled nor unreferenced; in a thread it can be left behind. The lock
 * belongs to the thread's open file, and both sides agree through one shared number: after {@linkcode
 * KernelRequest.release} the lock is free.
 *
 * The next request for a file takes over one that was given up, with its place in the queue: a program that
 * asks again and again with a short deadline needs one thread.
 *
 * Threads are used again and never ended, because Deno loses 2 descriptors with each that ends (2.7.11
 * always, 2.9.6 where it is ended from outside; both measured).
 * @module
 */
import { Worker } from "node:worker_threads";
import type { OpenLockFile } from "./lock_file.ts";

/** Threads at most. A request that was given up occupies one until the kernel grants it. */
export const MAX_WAITING_THREADS = 8;

/** States of the shared number; only an unwanted request can be taken over, not one that leaves. */
const IDLE = 0;
const WAITING = 1;
const GRANTED = 2;
const UNWANTED = 3;
const LEAVING = 4;

/** How long releasing may take before the thread is ended by force, in ms. */
const RELEASE_MS = 2000;

// As text, because the program is compiled into one file.
const SCRIPT = `
import { parentPort, workerData } from "node:worker_threads";
const cell = new Int32Array(workerData);
parentPort.on("message", async ({ id, path, ino, dev }) => {
  let file;
  try {
    if (!Deno.lstatSync(path).isFile) throw new Error("it is no file any more");
    file = Deno.openSync(path, { read: true });
    const found = file.statSync();
    if (found.ino !== ino || found.dev !== dev) throw new Error("another file has taken its place");
    await file.lock(true);
    for (;;) {
      if (Atomics.compareExchange(cell, 0, ${WAITING}, ${GRANTED}) === ${WAITING}) {
        parentPort.postMessage({ id });
        Atomics.wait(cell, 0, ${GRANTED});
        break;
      }
      if (Atomics.compareExchange(cell, 0, ${UNWANTED}, ${LEAVING}) === ${UNWANTED}) break;
    }
    file.close();
  } catch (error) {
    file?.close();
    Atomics.store(cell, 0, ${LEAVING});
    parentPort.postMessage({ id, failure: String(error) });
  }
  Atomics.store(cell, 0, ${IDLE});
  Atomics.notify(cell, 0);
});
`;

/** One request for one lock. */
export interface KernelRequest {
  /** Settles when the kernel grants the lock; rejects where the thread cannot ask for it. */
  readonly granted: Promise<void>;
  /** Gives the request up. @returns False where the kernel has just granted it: the lock is held. */
  giveUp(): boolean;
  release(): void;
}

interface Answer {
  readonly id: number;
  readonly failure?: string;
}

interface Pending extends PromiseWithResolvers<void> {
  readonly id: number;
}

const threads = new Set<WaitingThread>();
let lastId = 0;

class WaitingThread {
  readonly #cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #worker: Worker;
  #pending: Pending | undefined;
  #file: OpenLockFile | undefined;
  #path = "";
  #id = 0;

  constructor() {
    this.#worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`), {
      workerData: this.#cell.buffer,
    });
    this.#worker.on("message", (answer: Answer) => this.#take(answer));
    this.#worker.on("error", (error: unknown) => this.#lose(String(error)));
    this.#worker.on("exit", () => this.#lose("it ended"));
    this.#worker.unref();
  }

  #take({ id, failure }: Answer): void {
    const pending = this.#pending;
    // An answer to a request that was given up is too late to matter.
    if (id !== pending?.id) return;
    if (failure === undefined) pending.resolve();
    else pending.reject(new Error(`a waiting thread failed: ${failure}`));
  }

  #lose(why: string): void {
    threads.delete(this);
    this.#pending?.reject(new Error(`a waiting thread was lost: ${why}`));
  }

  /** Goes on with a request for the same file that was given up. */
  takeOver(path: string, opened: OpenLockFile): KernelRequest | undefined {
    const { ino, dev } = this.#file ?? {};
    // The path as well: a file system without inodes gives all its files the same.
    if (path !== this.#path || ino !== opened.ino || dev !== opened.dev) return undefined;
    const before = Atomics.compareExchange(this.#cell, 0, UNWANTED, WAITING);
    return before === UNWANTED ? this.#await(this.#id) : undefined;
  }

  request(path: string, opened: OpenLockFile): KernelRequest | undefined {
    if (Atomics.load(this.#cell, 0) !== IDLE) return undefined;
    const { ino, dev } = this.#file = opened;
    this.#path = path;
    const id = this.#id = ++lastId;
    const request = this.#await(id);
    Atomics.store(this.#cell, 0, WAITING);
    this.#worker.postMessage({ id, path, ino, dev });
    return request;
  }

  #await(id: number): KernelRequest {
    const pending: Pending = { id, ...Promise.withResolvers<void>() };
    this.#pending = pending;
    // The request may have been given up when it fails.
    pending.promise.catch(() => {});
    return {
      granted: pending.promise,
      giveUp: () => {
        // A request that failed has freed the thread, which may serve another by now.
        if (this.#pending !== pending) return true;
        return Atomics.compareExchange(this.#cell, 0, WAITING, UNWANTED) !== GRANTED;
      },
      release: () => this.#release(),
    };
  }

  #release(): void {
    Atomics.store(this.#cell, 0, UNWANTED);
    Atomics.notify(this.#cell, 0);
    if (Atomics.wait(this.#cell, 0, UNWANTED, RELEASE_MS) === "timed-out") {
      threads.delete(this);
      void this.#worker.terminate();
    }
  }
}

/** Has a thread ask the kernel for a file's lock; undefined where all threads are occupied. */
export function requestKernelLock(path: string, opened: OpenLockFile): KernelRequest | undefined {
  for (const ask of ["takeOver", "request"] as const) {
    for (const thread of threads) {
      const request = thread[ask](path, opened);
      if (request !== undefined) return request;
    }
  }
  if (threads.size >= MAX_WAITING_THREADS) return undefined;
  const thread = new WaitingThread();
  threads.add(thread);
  return thread.request(path, opened);
}
