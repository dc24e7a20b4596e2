/**
 * The signals that stop a run, for work that lets no event in, as SQLite's online backup does: a
 * thread hears the signal, and the work asks between its steps.
 * @module
 */
import type { Worker } from "node:worker_threads";
import { InterruptedError } from "../../base/errors.ts";
import { stopSignals } from "../../platform/signals.ts";

const NAMES = stopSignals();

// As text, because the program is compiled into one file: there is no other to load.
const SCRIPT = `
import { parentPort, workerData } from "node:worker_threads";
const { names, shared } = workerData;
const flag = new Int32Array(shared);
names.forEach((name, index) =>
  Deno.addSignalListener(name, () => Atomics.compareExchange(flag, 0, 0, index + 1))
);
// A listener for signals does not keep a thread alive, one for messages does.
parentPort.on("message", () => {});
parentPort.postMessage("ready");
`;

async function startThread(shared: SharedArrayBuffer): Promise<Worker> {
  // Here, because loading it takes longer than most commands that load this file.
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`), {
    workerData: { names: NAMES, shared },
  });
  await new Promise((resolve, reject) => {
    worker.on("message", resolve);
    worker.on("error", reject);
  });
  worker.unref();
  return worker;
}

/** Whether a signal came. Dispose it when the work is over. */
interface StopFlag extends Disposable {
  throwIfStopped(): void;
}

/**
 * Starts to listen. Where no thread can be started, signals end the program as usual.
 *
 * @param work What is stopped, as in "the backup".
 * @param left What a stop leaves, for the hint.
 */
export async function listenForStop(work: string, left: string): Promise<StopFlag> {
  const shared = new SharedArrayBuffer(4);
  const flag = new Int32Array(shared);
  const thread = await startThread(shared).catch(() => undefined);
  return {
    throwIfStopped(): void {
      const signal = NAMES[Atomics.load(flag, 0) - 1];
      if (signal === undefined) return;
      throw new InterruptedError(`stopped by ${signal}; ${work} was not finished`, {
        hint: `Start it again: ${left}.`,
        details: { signal },
      });
    },
    [Symbol.dispose](): void {
      void thread?.terminate();
    },
  };
}
