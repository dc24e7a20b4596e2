/** The error family: the library throws, the program prints. Nothing is thrown and logged. @module */

/**
 * Exit codes of the program. 75 is `EX_TEMPFAIL` of sysexits(3); 128 + n is the shell's for signal n.
 * @category Errors
 */
export const EXIT = {
  /** Done, also when there was nothing new. */
  ok: 0,
  /** Every ticker failed, or the database could not be used. */
  failed: 1,
  /** Usage or configuration: refused before anything was touched. */
  usage: 2,
  /** Some tickers succeeded, some failed. */
  partial: 3,
  /** A lock was not obtained, and nothing else failed. */
  locked: 75,
  /** Stopped by SIGHUP: its terminal was closed. */
  hungUp: 129,
  /** Stopped by SIGINT. */
  interrupted: 130,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;

/**
 * One of the program's exit codes.
 * @category Errors
 */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The exit code of a program that a signal has stopped in order.
 * @param signal Name of the signal; anything unknown counts as SIGINT, the person at the keyboard.
 * @category Errors
 */
export function exitCodeOfSignal(signal: unknown): ExitCode {
  if (signal === "SIGTERM") return EXIT.terminated;
  return signal === "SIGHUP" ? EXIT.hungUp : EXIT.interrupted;
}

/**
 * What every tickerlock error can say beyond its message.
 * @category Errors
 */
export interface TickerlockErrorOptions {
  /** What to do about it, one imperative sentence. Printed after `Try:`. */
  hint?: string | undefined;
  /** The error underneath, kept for `--log-level debug`. */
  cause?: unknown;
  /** Whether the same call can succeed later without any change. Default false. */
  retryable?: boolean;
  /** Machine-readable facts, for `--json` and the structured log. */
  details?: Record<string, unknown>;
}

/**
 * Base of every error that tickerlock throws on purpose. Anything else that escapes is a bug.
 *
 * Catch this class to tell expected failures from bugs; compare {@linkcode TickerlockError.code},
 * never the message, which may be reworded.
 * @category Errors
 */
export class TickerlockError extends Error {
  /** Stable, snake_case; what `ingest_logs.error_code` holds. */
  readonly code: string;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** Exit code of a program that ends because of this error. */
  readonly exitCode: ExitCode;
  /** Whether the same call can succeed later without any change. */
  readonly retryable: boolean;
  /** Machine-readable facts. */
  readonly details: Readonly<Record<string, unknown>>;

  /** For the subclasses. The message says what was attempted and what went wrong, with the value. */
  constructor(
    code: string,
    message: string,
    exitCode: ExitCode,
    options: TickerlockErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.exitCode = exitCode;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/**
 * A command line, environment variable or argument that is refused before anything is touched (exit 2).
 * @category Errors
 */
export class UsageError extends TickerlockError {
  /**
   * Says what is refused.
   * @param code For example `unknown_option`, `bad_value`, `bad_ticker`.
   * @param message Names the thing and the value.
   */
  constructor(code: string, message: string, options: TickerlockErrorOptions = {}) {
    super(code, message, EXIT.usage, options);
  }
}

/**
 * A source could not deliver: a file is missing or broken, a service refused (exit 1, or 3 with others done).
 * @category Errors
 */
export class SourceError extends TickerlockError {
  /**
   * Says which input failed, and how.
   * @param code For example `file_not_found`, `not_a_zip`, `trailer_mismatch`.
   * @param message Names the file or URL and what is wrong with it.
   */
  constructor(code: string, message: string, options: TickerlockErrorOptions = {}) {
    super(code, message, EXIT.failed, options);
  }
}

/**
 * The work was stopped by a signal or by the caller's `AbortSignal`.
 * @category Errors
 */
export class InterruptedError extends TickerlockError {
  /** Says what was stopped, mostly with the signal's name in `details.signal`. */
  constructor(message: string, options: TickerlockErrorOptions = {}) {
    super("interrupted", message, exitCodeOfSignal(options.details?.signal), {
      retryable: true,
      hint: "Start it again when you like: what was done is kept, and the rest is done then.",
      ...options,
    });
  }
}

/**
 * The message of anything that was thrown, for logs and rows.
 * @category Errors
 */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The stable code of anything that was thrown; `internal_error` of what is no {@linkcode TickerlockError}.
 * @category Errors
 */
export function codeOf(error: unknown): string {
  return error instanceof TickerlockError ? error.code : "internal_error";
}
