/**
 * A thread that waits in the kernel's queue for a lock, and holds it for the program once granted.
 *
 * A `lock()` that is pending can neither be cancelled nor be told not to keep the program alive. In
 * a thread of its own it can be left behind: the program ends whenever it wants to, and a request
 * that was given up closes its file the moment the kernel grants it.
 *
 * The lock belongs to the thread's open file, so the thread keeps it, and lets go when told to. Both
 * sides agree through one shared number, which makes letting go synchronous: after
 * {@linkcode WaitingThread.release} the lock is free.
 *
 * @module
 */
import { Worker } from "node:worker_threads";

/** What the shared number says. */
const WAITING = 0;
const GRANTED = 1;
const UNWANTED = 2;
const RELEASED = 3;

/** How long letting go may take before the thread is ended by force, in ms. */
const RELEASE_MS = 2000;

// As text, because the program is compiled into one file: there is no other to load.
const SCRIPT = `
import { parentPort, workerData } from "node:worker_threads";
const cell = new Int32Array(workerData.cell);
const file = Deno.openSync(workerData.path, { read: true, write: true });
const info = file.statSync();
await file.lock(true);
if (Atomics.compareExchange(cell, 0, ${WAITING}, ${GRANTED}) === ${WAITING}) {
  parentPort.postMessage({ inode: info.ino, device: info.dev });
  Atomics.wait(cell, 0, ${GRANTED});
}
file.close();
Atomics.store(cell, 0, ${RELEASED});
Atomics.notify(cell, 0);
`;

/** Which file the thread has locked. */
export interface ThreadGrant {
  readonly inode: number | null;
  readonly device: number;
}

function isGrant(value: unknown): value is ThreadGrant {
  return typeof value === "object" && value !== null && "inode" in value && "device" in value &&
    typeof value.device === "number";
}

/** One request for one lock. */
export class WaitingThread {
  /** Settles when the kernel grants the lock; rejects where the thread cannot work. */
  readonly granted: Promise<ThreadGrant>;
  readonly #worker: Worker;
  readonly #cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  /** @param path Lock file, which exists. */
  constructor(path: string) {
    this.#worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`), {
      workerData: { path, cell: this.#cell.buffer },
    });
    this.granted = new Promise((resolve, reject) => {
      this.#worker.once("message", (value: unknown) => {
        if (isGrant(value)) resolve(value);
        else reject(new Error("a waiting thread sent something else than its grant"));
      });
      this.#worker.once("error", reject);
      this.#worker.once("exit", () => reject(new Error("a waiting thread ended")));
    });
    // Nobody may be listening any more when it fails.
    this.granted.catch(() => {});
    this.#worker.unref();
  }

  /**
   * Gives the request up.
   *
   * @returns False where the kernel has granted it in this very moment: the lock is held.
   */
  giveUp(): boolean {
    const before = Atomics.compareExchange(this.#cell, 0, WAITING, UNWANTED);
    if (before === GRANTED) return false;
    // What is left behind is a blocked system call, whose file closes when it returns.
    void this.#worker.terminate();
    return true;
  }

  /** Lets go of a granted lock, and returns when it is free. */
  release(): void {
    Atomics.store(this.#cell, 0, UNWANTED);
    Atomics.notify(this.#cell, 0);
    if (Atomics.wait(this.#cell, 0, UNWANTED, RELEASE_MS) === "timed-out") {
      void this.#worker.terminate();
    }
  }
}
