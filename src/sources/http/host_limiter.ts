/**
 * What one client asks before each of its requests: whether it is its turn at the host.
 *
 * @module
 */
import type { Rate } from "../network.ts";
import type { HostPace, Turn } from "./host_pace.ts";

/** Finds the pace of a host. It may be forgotten between two requests, so it is not kept. */
export interface PaceOfHost {
  /** The pace, made where there is none. */
  get(): HostPace;
  /** The pace, where there is one. */
  known(): HostPace | undefined;
}

/** A client's way to the pace of its host, with the client's own rate. */
export class HostLimiter {
  readonly #rate: Rate | null;
  readonly #host: PaceOfHost;

  /** @param rate Null for no limit of its own. @param host The pace that all share. */
  constructor(rate: Rate | null, host: PaceOfHost) {
    this.#rate = rate;
    this.#host = host;
  }

  /** Milliseconds for which nothing may be asked; 0 where it may. */
  get pausedMs(): number {
    return this.#host.known()?.pausedMs ?? 0;
  }

  /**
   * Waits for leave to make one request.
   *
   * @param signal Gives up, at once.
   * @param silenceUntil The latest that silence is put up with, in ms since 1970; asked again and
   *   again. Default for ever.
   * @throws {NoTimeLeftError} `rate_limited` where the service wants silence beyond that: at once,
   *   because waiting would change nothing.
   */
  take(signal: AbortSignal, silenceUntil?: () => number): Promise<Turn> {
    return this.#host.get().take(this.#rate, signal, silenceUntil);
  }

  /**
   * Says that a request was refused because there were too many.
   *
   * @param turn The request's turn: refusals of requests that began together count once.
   * @param retryAfterMs What the service asks for; null where it says nothing.
   */
  refused(turn: Turn, retryAfterMs: number | null): void {
    this.#host.get().refused(turn, retryAfterMs);
  }

  /** Says that a request was answered. */
  answered(): void {
    this.#host.known()?.answered();
  }
}
