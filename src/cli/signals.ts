/**
 * SIGINT and SIGTERM as an `AbortSignal`.
 *
 * @module
 */
import { EXIT, InterruptedError } from "../errors.ts";

/** A signal so soon after the first is its echo, not an impatient person, in ms. */
const ECHO_MS = 300;

/** Listens for the signals that stop a run; dispose it when the run is over. */
export class StopSignals implements Disposable {
  #stoppedAt = 0;
  readonly #controller = new AbortController();
  readonly #handlers: readonly (readonly [Deno.Signal, () => void])[];

  /**
   * Starts to listen. A second signal ends the program at once: SQLite rolls back by itself.
   *
   * @param onHangUp What SIGHUP does, for a command that reads its configuration again.
   */
  constructor(onHangUp?: () => void) {
    // Windows knows SIGINT and SIGBREAK only.
    const names: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
    const stops = names.map((name) => {
      const handler = (): void => {
        if (this.#controller.signal.aborted) {
          // A signal to the whole group arrives twice where a parent passes it on, too.
          if (performance.now() - this.#stoppedAt < ECHO_MS) return;
          Deno.exit(name === "SIGTERM" ? EXIT.terminated : EXIT.interrupted);
        }
        this.#stoppedAt = performance.now();
        this.#controller.abort(
          new InterruptedError(`stopped by ${name}`, { details: { signal: name } }),
        );
      };
      return [name, handler] as const;
    });
    const reloads = onHangUp === undefined || Deno.build.os === "windows"
      ? []
      : [["SIGHUP", onHangUp] as const];
    this.#handlers = [...stops, ...reloads];
    for (const [name, handler] of this.#handlers) Deno.addSignalListener(name, handler);
  }

  /** Aborted by the first signal, with an `InterruptedError` as its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const [name, handler] of this.#handlers) Deno.removeSignalListener(name, handler);
  }
}
