/** The signals that stop a run as an `AbortSignal`. @module */
import { exitCodeOfSignal, InterruptedError } from "../../base/errors.ts";
import { CURRENT_OS, type Os } from "../../platform/os.ts";
import { fileLimitSignal, reloadSignal, stopSignals } from "../../platform/signals.ts";

/** A second signal within this time is the first one passed on by a parent, in ms. */
const ECHO_MS = 300;

/** Makes a write beyond `ulimit -f` fail in place of ending the program by SIGXFSZ. */
export function surviveFileLimit(): void {
  const signal = fileLimitSignal();
  if (signal !== undefined) Deno.addSignalListener(signal, () => {});
}

/** Listens for the signals that stop a run; dispose it when the run is over. */
export class StopSignals implements Disposable {
  #stoppedAt = 0;
  readonly #controller = new AbortController();
  readonly #handlers: readonly (readonly [Deno.Signal, () => void])[];

  /**
   * Starts to listen. A second signal ends the program at once: SQLite rolls back by itself.
   * @param onHangUp In place of stopping; not on Windows, where the console is gone.
   */
  constructor(onHangUp?: () => void, os: Os = CURRENT_OS) {
    // Whether nohup(1) has SIGHUP ignored cannot be seen (Deno keeps /proc closed and has no call for
    // it): the listener replaces that.
    this.#handlers = stopSignals(os).map((name) => {
      if (name === reloadSignal(os) && onHangUp !== undefined) return [name, onHangUp] as const;
      const handler = (): void => {
        if (this.#controller.signal.aborted) {
          // A signal to the whole group arrives twice where a parent passes it on, too.
          if (performance.now() - this.#stoppedAt < ECHO_MS) return;
          Deno.exit(exitCodeOfSignal(name));
        }
        this.#stoppedAt = performance.now();
        this.#controller.abort(
          new InterruptedError(`stopped by ${name}`, { details: { signal: name } }),
        );
      };
      return [name, handler] as const;
    });
    for (const [name, handler] of this.#handlers) Deno.addSignalListener(name, handler);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const [name, handler] of this.#handlers) Deno.removeSignalListener(name, handler);
  }
}
