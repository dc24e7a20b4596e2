/**
 * Writing to standard output and standard error. A reader that has gone away (`| head`) is no
 * error: what is left is dropped, and the work goes on.
 *
 * @module
 */
import { debug } from "../../base/debug.ts";
import { TickerlockError, UsageError } from "../../base/errors.ts";

const encoder = new TextEncoder();

interface Stream {
  writeSync(bytes: Uint8Array): number;
}

const closed = new Set<Stream>();

function write(stream: Stream, text: string): void {
  if (closed.has(stream)) return;
  let bytes = encoder.encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (error instanceof Deno.errors.WouldBlock) {
      // A full pipe that somebody has set to non-blocking: the reader needs a moment.
      write(stream, new TextDecoder().decode(bytes));
      return;
    }
    closed.add(stream);
    if (stream === Deno.stdout && !(error instanceof Deno.errors.BrokenPipe)) lost = error;
  }
}

let lost: unknown;

/** Why standard output could not be written; undefined where it could, or its reader went away. */
export function outputFailure(): unknown {
  return lost;
}

/** Whether standard output has no reader any more, or cannot be written: what follows is dropped. */
export function outputGone(): boolean {
  return closed.has(Deno.stdout);
}

/** Writes text to standard output. */
export function out(text: string): void {
  write(Deno.stdout, text);
}

/** Writes text to standard error. */
export function err(text: string): void {
  write(Deno.stderr, text);
}

let quiet = false;

/** From now on nothing but errors goes to standard error. */
export function beQuiet(): void {
  quiet = true;
}

/** Whether nothing but errors is wanted on standard error. */
export function isQuiet(): boolean {
  return quiet;
}

let noteTo: (text: string) => void = (text) => {
  if (!quiet) err(`${text}\n`);
};

/**
 * Says something beside the results that is no error; nothing with `-q`.
 *
 * @param text One line, without a newline.
 */
export function note(text: string): void {
  noteTo(text);
}

/** Sends notes elsewhere than to lines for a person, as {@linkcode showErrorsWith} does errors. */
export function showNotesWith(to: (text: string) => void): void {
  noteTo = to;
}

/** Writes one JSON document to standard output. */
export function outJson(value: unknown): void {
  out(`${JSON.stringify(value, null, 2)}\n`);
}

/** An error as it is shown: what is wrong, and what to do about it. */
export interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What to try where nobody knows better: the steps before it tell more than the error does. */
const LAST_RESORT = "Run it again with -v, and look at the last steps before the error.";

/** Writes an error to standard error as lines for a person. */
export function printLines({ message, hint }: ShownError): void {
  err(`Error: ${message}\n`);
  if (hint !== null) err(`Try: ${hint}\n`);
}

let show: (error: ShownError, isUsage: boolean) => void = printLines;

/**
 * Sends errors elsewhere than to `Error:` and `Try:` lines: to the structured log where standard
 * error holds JSON Lines, which lines of another kind would break.
 *
 * @param to Receives each error, and whether it is about the command line.
 */
export function showErrorsWith(to: (error: ShownError, isUsage: boolean) => void): void {
  show = to;
}

/**
 * Shows an error that a report carries.
 *
 * @param error What is wrong.
 * @param isUsage Whether it is about the command line. Default false.
 */
export function showError(error: ShownError, isUsage = false): void {
  show({ ...error, hint: error.hint ?? LAST_RESORT }, isUsage);
}

function tellCauses(error: Error): void {
  for (let at = error.cause; at instanceof Error; at = at.cause) {
    const { name, message } = at;
    debug("program", () => [`caused by ${name}: ${message}`, { name, message }]);
  }
}

/**
 * Shows an error that ends the program.
 *
 * @param error Ours; anything else is a bug and says so.
 */
export function printError(error: unknown): void {
  if (error instanceof TickerlockError) {
    const { code, message, hint = null } = error;
    showError({ code, message, hint }, error instanceof UsageError);
    tellCauses(error);
    return;
  }
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  show({
    code: "internal_error",
    message: `this is a bug in tickerlock: ${text}`,
    hint: "Report it with the command line that led to it.",
  }, false);
}
