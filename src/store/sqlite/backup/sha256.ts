/**
 * SHA-256 of files, large ones in a thread of their own, so that a large file can be read by others
 * meanwhile.
 *
 * @module
 */
import type { Worker } from "node:worker_threads";

/**
 * Bytes from which on a thread is worth it: starting one takes some 80 ms, though beside other work;
 * hashing this much takes 50 ms on a processor without instructions for SHA-256.
 */
const THREAD_FROM_BYTES = 16_000_000;

/**
 * SHA-256 of a file, in lower-case hex, without holding the file in memory.
 *
 * @param path The file. Never a database that is open in this process: closing a descriptor of it
 *   drops SQLite's locks.
 */
export async function sha256OfFile(path: string): Promise<string> {
  // Here, because loading it takes longer than most commands that load this file; so with threads.
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const chunk = new Uint8Array(1 << 20);
  for (;;) {
    const count = await file.read(chunk);
    if (count === null) return hash.digest("hex");
    hash.update(chunk.subarray(0, count));
  }
}

// As text, because the program is compiled into one file: there is no other to load.
const SCRIPT = `
import { parentPort } from "node:worker_threads";
import { createHash } from "node:crypto";
parentPort.on("message", ({ id, path }) => {
  let file;
  try {
    file = Deno.openSync(path, { read: true });
    const hash = createHash("sha256");
    const chunk = new Uint8Array(1 << 20);
    for (;;) {
      const count = file.readSync(chunk);
      if (count === null) break;
      hash.update(chunk.subarray(0, count));
    }
    parentPort.postMessage({ id, sha256: hash.digest("hex") });
  } catch (error) {
    parentPort.postMessage({ id, failure: String(error) });
  } finally {
    file?.close();
  }
});
parentPort.postMessage({ id: 0 });
`;

interface Answer {
  readonly id: number;
  readonly sha256?: string;
  readonly failure?: string;
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && "id" in value;
}

interface Waiter {
  readonly resolve: (sha256: string) => void;
  readonly reject: (error: Error) => void;
}

// Never ended, because Deno 2.7.11 loses two descriptors with each thread that ends.
class HashingThread {
  readonly #worker: Worker;
  readonly #waiters = new Map<number, Waiter>();
  readonly ready: Promise<unknown>;
  #lastId = 0;

  constructor(start: (script: URL) => Worker, onLost: () => void) {
    this.ready = new Promise((resolve, reject) => this.#waiters.set(0, { resolve, reject }));
    // Whoever waits for it hears of a failure; nobody has to.
    this.ready.catch(() => {});
    const lose = (why: string) => {
      onLost();
      for (const { reject } of this.#waiters.values()) {
        reject(new Error(`the hashing thread was lost: ${why}`));
      }
      this.#waiters.clear();
    };
    this.#worker = start(new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`));
    this.#worker.on("message", (answer: unknown) => this.#take(answer));
    this.#worker.on("error", (error: unknown) => lose(String(error)));
    this.#worker.on("exit", () => lose("it ended"));
  }

  #take(answer: unknown): void {
    if (!isAnswer(answer)) return;
    const { id, sha256 = "", failure } = answer;
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    // A thread without work does not keep the program from ending.
    if (this.#waiters.size === 0) this.#worker.unref();
    if (failure === undefined) waiter?.resolve(sha256);
    else waiter?.reject(new Error(`the hashing thread failed: ${failure}`));
  }

  hash(path: string): Promise<string> {
    const id = ++this.#lastId;
    const result = new Promise<string>((resolve, reject) =>
      this.#waiters.set(id, { resolve, reject })
    );
    this.#worker.ref();
    this.#worker.postMessage({ id, path });
    return result;
  }
}

let thread: HashingThread | undefined;

/**
 * Gets ready to hash a file beside other work.
 *
 * @param bytes About how large the file will be.
 * @returns A function that begins to hash a file, and returns at once: with a large file the caller
 *   may block this thread meanwhile. Its promise has to be awaited before the file is removed.
 */
export async function hashBeside(bytes: number): Promise<(path: string) => Promise<string>> {
  if (bytes < THREAD_FROM_BYTES) return sha256OfFile;
  try {
    const { Worker } = await import("node:worker_threads");
    const current = thread ??= new HashingThread(
      (script) => new Worker(script),
      () => thread = undefined,
    );
    // Its start needs this thread's help, which a caller that blocks would not give.
    await current.ready;
    return (path) => current.hash(path);
  } catch {
    // No thread to be had: slower, and as good.
    return sha256OfFile;
  }
}
