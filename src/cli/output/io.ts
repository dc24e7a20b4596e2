/**
 * Standard output, standard error and environment of a run. A reader that has gone away (`| head`) is
 * no error: what is left is dropped, and the work goes on.
 * @module
 */
import { debug } from "../../base/debug.ts";
import { escapeControls, forTerminal, visibleLines, wrapWords } from "../../base/text.ts";
import { EXIT, TickerlockError, UsageError } from "../../base/errors.ts";
import type { ReportedError } from "../../ingest/types.ts";
import { withZonedTimes } from "./time.ts";
import { type Environment, processEnvironment } from "../args/environment.ts";
import { revoke, type Right } from "../process/rights.ts";
import type { Configuration } from "../config/configuration.ts";

/** A stream that is written to; `Deno.stdout` is one. */
export interface Sink {
  writeSync(bytes: Uint8Array): number;
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

interface Ends {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Environment;
  columns(): number;
  /** Takes a right from the process, for good. Default nothing: other work may need it. */
  readonly revoke?: (right: Right) => void;
}

/** An error as it is shown: what is wrong, and what to do about it. */
export type ShownError = ReportedError;

/** What to try where no hint is known: the steps before an error tell more than the error does. */
const LAST_RESORT = "Run it again with -v, and look at the last steps before the error.";
/** Pause before a full pipe that was set to non-blocking is tried again, in ms. */
const FULL_PIPE_PAUSE_MS = 5;

const encoder = new TextEncoder();

/** Input and output of one run. */
export class Io {
  readonly #ends: Ends;
  readonly #closed = new Set<Sink>();
  #lost: unknown;
  #noteTo: (text: string) => void = (text) => {
    if (!this.quiet) this.errText(text);
  };
  #showTo: (error: ShownError, isUsage: boolean) => void = (error) => this.printLines(error);

  quiet = false;
  /** Whether the log is started: how errors are shown is settled then. */
  logStarted = false;

  config: Configuration | undefined;

  readonly env: Environment;
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;

  constructor(ends: Ends) {
    this.#ends = ends;
    this.env = ends.env;
    this.isOutTerminal = ends.stdout.isTerminal();
    this.isErrTerminal = ends.stderr.isTerminal();
  }

  giveUp(right: Right): void {
    this.#ends.revoke?.(right);
  }

  get columns(): number {
    return this.#ends.columns();
  }

  get outColumns(): number | undefined {
    return this.isOutTerminal ? this.columns : undefined;
  }

  #write(sink: Sink, bytes: Uint8Array): void {
    if (this.#closed.has(sink)) return;
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(sink.writeSync(bytes));
      } catch (error) {
        // A full pipe that was set to non-blocking: the reader needs a moment.
        if (error instanceof Deno.errors.WouldBlock) continue;
        this.#closed.add(sink);
        const isOut = sink === this.#ends.stdout;
        if (isOut && !(error instanceof Deno.errors.BrokenPipe)) this.#lost = error;
        return;
      }
    }
  }

  out(text: string): void {
    const shown = this.isOutTerminal ? forTerminal(text) : text;
    this.#write(this.#ends.stdout, encoder.encode(shown));
  }

  err(text: string): void {
    const shown = this.isErrTerminal ? forTerminal(text) : text;
    this.#write(this.#ends.stderr, encoder.encode(shown));
  }

  /** Writes lines for a person to standard error, wrapped to its terminal, and the last newline. */
  errText(given: string): void {
    const text = visibleLines(given);
    // By characters, which is right but for scripts of double width: an error waits for no module.
    const lines = this.isErrTerminal
      ? text.split("\n").flatMap((line) => wrapWords(line.split(" "), this.columns, 2))
      : [text];
    this.err(`${lines.join("\n")}\n`);
  }

  /** Writes data to standard output, which cannot steer a terminal. */
  outText(text: string): void {
    this.out(this.isOutTerminal ? escapeControls(text) : text);
  }

  outBytes(bytes: Uint8Array): void {
    if (this.isOutTerminal) this.outText(new TextDecoder().decode(bytes));
    else this.#write(this.#ends.stdout, bytes);
  }

  outJson(value: unknown): void {
    this.outText(`${JSON.stringify(value, null, 2)}\n`);
  }

  /**
   * Writes whole characters as fast as the reader reads; false where it has gone away.
   * @throws {TickerlockError} `output_failed`.
   */
  async outData(bytes: Uint8Array): Promise<boolean> {
    const shown = this.isOutTerminal
      ? encoder.encode(escapeControls(new TextDecoder().decode(bytes)))
      : bytes;
    for (let left = shown; left.length > 0;) {
      try {
        left = left.subarray(await this.#ends.stdout.write(left));
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) return false;
        if (error instanceof Deno.errors.WouldBlock) {
          // Here, because completions load this file and never wait.
          const { sleep } = await import("../../base/sleep.ts");
          await sleep(FULL_PIPE_PAUSE_MS);
          continue;
        }
        const { explain } = await import("../../platform/refusals.ts");
        const { why } = explain(error, "", "write", "");
        const message = `standard output could not be written: ${why}`;
        const hint = "See that there is space where it goes to; what is there is not whole.";
        throw new TickerlockError("output_failed", message, EXIT.failed, { hint, cause: error });
      }
    }
    return true;
  }

  /** Whether standard output has no reader any more, or cannot be written. */
  get outputGone(): boolean {
    return this.#closed.has(this.#ends.stdout);
  }

  /** Why standard output could not be written; undefined where it could, or its reader went away. */
  get outputFailure(): unknown {
    return this.#lost;
  }

  /** Says a line beside the results that is no error; nothing where the run is quiet. */
  note(text: string): void {
    this.#noteTo(text);
  }

  printLines({ message, hint }: ShownError): void {
    this.errText(`Error: ${withZonedTimes(message)}`);
    if (hint !== null) this.errText(`Try: ${hint}`);
  }

  /** Sends notes and errors to the structured log, where standard error holds JSON Lines. */
  tellWith(
    note: (text: string) => void,
    show: (error: ShownError, isUsage: boolean) => void,
  ): void {
    this.#noteTo = note;
    this.#showTo = show;
  }

  showError(error: ShownError, isUsage = false): void {
    this.#showTo({ ...error, hint: error.hint ?? LAST_RESORT }, isUsage);
  }

  /** Shows an error that ends the run; one that is no {@linkcode TickerlockError} is a bug. */
  printError(error: unknown): void {
    if (error instanceof TickerlockError) {
      const { code, message, hint = null } = error;
      this.showError({ code, message, hint }, error instanceof UsageError);
      for (let at = error.cause; at instanceof Error; at = at.cause) {
        const { name, message } = at;
        debug("program", () => [`caused by ${name}: ${message}`, { name, message }]);
      }
      return;
    }
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    this.showError({
      code: "internal_error",
      message: `this is a bug in tickerlock: ${text}`,
      hint: "Report it with the command line that led to it.",
    });
  }
}

/** Columns of the process's terminal; 80 where there is none, or its size is not known. */
function columns(): number {
  try {
    // A terminal that was never told its size says 0.
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

/** Input and output of this process. */
export function processIo(): Io {
  return new Io({
    stdout: Deno.stdout,
    stderr: Deno.stderr,
    env: processEnvironment,
    columns,
    revoke,
  });
}
