/**
 * How often a host is asked, by all runs of the process and by processes that share a folder.
 *
 * @module
 */
import { debug } from "../../base/debug.ts";
import { SourceError } from "../../base/errors.ts";
import { Fifo } from "../../base/fifo.ts";
import type { Rate } from "../network.ts";
import type { RequestWait } from "../source.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { Pace } from "./pace.ts";
import { SharedPace } from "./shared_pace.ts";

/** Whether a service was asked too often: 429, or 503 with a `Retry-After`. */
export function isRateLimited(status: number, retryAfterMs: number | null): boolean {
  return status === 429 || (status === 503 && retryAfterMs !== null);
}

/** `rate_limited`, `deadline_passed`: the request was not made, its answer would come too late. */
export class NoTimeLeftError extends SourceError {}

/** Leave to make one request. */
export interface Turn {
  /** When it was given, by {@linkcode Clock.elapsed}. */
  readonly at: number;
}

/** What one client asks before each of its requests, with its own rate. */
export interface HostLimiter {
  /** Milliseconds for which nothing may be asked; 0 where it may. */
  readonly pausedMs: number;
  /** What keeps the request that is next from being made; null where nothing does. */
  readonly wait: RequestWait | null;
  /** Milliseconds until so many further requests can have begun, by this client's rate alone. */
  leastMs(requests: number): number;
  /**
   * Waits for leave to make one request.
   *
   * @param silenceUntil Until when a silence is waited out, by the same clock; asked again and
   *   again. Default for ever.
   * @throws {NoTimeLeftError} `rate_limited` where the service wants silence beyond that: at once,
   *   because waiting would change nothing.
   */
  take(signal: AbortSignal, silenceUntil?: () => number): Promise<Turn>;
  /**
   * Says that a request was refused because there were too many.
   *
   * @param turn The request's turn: refusals of requests that began together count once.
   * @param retryAfterMs What the service asks for; null where it says nothing.
   */
  refused(turn: Turn, retryAfterMs: number | null): void;
  /** Says that a request was answered. */
  answered(): void;
}

/** How a client asks. */
interface Asking {
  readonly rate: Rate | null;
  /** Where the pace is shared with other processes; null for not at all. */
  readonly folder: string | null;
}

/** The pace of a host in this process: requests begin in the order in which they were asked for. */
class HostPace {
  readonly #host: string;
  readonly #clock: Clock;
  readonly #pace = new Pace();
  #waiting = 0;
  /** When the request that is next can be made by its rate. */
  #nextAt = 0;
  readonly #queue = new Fifo(1);
  /** What is shared with other processes, by folder. */
  readonly #shared = new Map<string, SharedPace>();

  constructor(host: string, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** How many moments of requests are kept. */
  get kept(): number {
    return this.#pace.kept;
  }

  /** Whether it can be forgotten: no request waits, and all periods and silences are long over. */
  get isOver(): boolean {
    return this.#waiting === 0 && this.#pace.overAt <= this.#clock.elapsed();
  }

  /** Milliseconds for which nothing may be asked; 0 where it may. */
  get pausedMs(): number {
    return Math.max(0, this.#pace.silentUntil - this.#clock.elapsed());
  }

  get wait(): RequestWait | null {
    const { pausedMs } = this;
    if (pausedMs > 0) return { reason: "silence", ms: pausedMs };
    const ms = this.#nextAt - this.#clock.elapsed();
    return ms > 0 ? { reason: "rate", ms } : null;
  }

  /** The turn of the last of so many requests, counted from the ones that have begun. */
  leastMs(rate: Rate | null, requests: number): number {
    return this.#pace.leastMs(rate, requests, this.#clock.elapsed());
  }

  #sharedIn(folder: string | null): SharedPace | undefined {
    if (folder === null) return undefined;
    const known = this.#shared.get(folder);
    if (known !== undefined) return known;
    const made = new SharedPace(folder, this.#host, this.#clock);
    this.#shared.set(folder, made);
    return made;
  }

  async take(
    { rate, folder }: Asking,
    signal: AbortSignal,
    silenceUntil: () => number = () => Infinity,
  ): Promise<Turn> {
    this.#checkSilence(silenceUntil());
    this.#waiting++;
    try {
      using _slot = await this.#queue.take({ signal });
      return await this.#turn(rate, this.#sharedIn(folder), signal, silenceUntil);
    } finally {
      this.#waiting--;
    }
  }

  async #turn(
    rate: Rate | null,
    shared: SharedPace | undefined,
    signal: AbortSignal,
    silenceUntil: () => number,
  ): Promise<Turn> {
    for (;;) {
      signal.throwIfAborted();
      this.#checkSilence(silenceUntil());
      const now = this.#clock.elapsed();
      let next = this.#pace.next(rate, now);
      let wait = Math.max(this.#pace.silentUntil, next) - now;
      if (wait <= 0 && shared !== undefined) {
        const { waitMs, silentMs } = await shared.take(rate);
        if (silentMs > 0) {
          this.#pace.beSilent(now + silentMs);
          continue;
        }
        wait = waitMs;
        next = now + wait;
      }
      if (wait <= 0) {
        this.#pace.note(rate, now);
        return { at: now };
      }
      const silent = this.#pace.silentUntil >= next;
      debug("http", () => {
        const why = silent ? "it asked for silence" : "the rate allows no more yet";
        const [host, wait_ms, reason] = [this.#host, Math.round(wait), silent ? "silence" : "rate"];
        return [`waiting ${wait_ms} ms to ask ${host}: ${why}`, { host, wait_ms, reason }];
      });
      this.#nextAt = next;
      await this.#clock.sleep(wait, signal);
    }
  }

  #checkSilence(latest: number): void {
    const now = this.#clock.elapsed();
    const { silentUntil } = this.#pace;
    if (silentUntil <= now || silentUntil <= latest) return;
    const seconds = Math.ceil((silentUntil - now) / 1000);
    const message = `${this.#host} refuses further requests and wants ${seconds} s of silence`;
    throw new NoTimeLeftError("rate_limited", message, {
      hint: "Run it again later; with many tickers lower --rate and --concurrency.",
      retryable: true,
      details: { host: this.#host, silentSeconds: seconds },
    });
  }

  refused({ folder }: Asking, turn: Turn, retryAfterMs: number | null): void {
    const now = this.#clock.elapsed();
    this.#pace.refused(turn.at, retryAfterMs, now);
    void this.#sharedIn(folder)?.refused(now - turn.at, retryAfterMs);
  }

  answered({ folder }: Asking): void {
    this.#pace.answered();
    void this.#sharedIn(folder)?.answered();
  }
}

/** One pace per host. */
export class HostLimiters {
  readonly #clock: Clock;
  readonly #paces = new Map<string, HostPace>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** How many hosts are remembered. */
  get size(): number {
    return this.#paces.size;
  }

  /** Moments of requests that are remembered, of all hosts. */
  get kept(): number {
    return this.#paces.values().reduce((sum, { kept }) => sum + kept, 0);
  }

  /**
   * A client's way to the pace of its host. Costs nothing until it asks.
   *
   * @param origin Scheme, host and port; clients with the same share.
   * @param rate The client's own; null for no limit of its own.
   * @param folder Where processes share the pace of the host; null for this process alone.
   */
  limiter(origin: string, rate: Rate | null, folder: string | null = null): HostLimiter {
    // A pace may be forgotten between two requests: it is looked up each time.
    const paces = this.#paces;
    const pace = (): HostPace => this.#pace(origin);
    const asking = { rate, folder };
    return {
      get pausedMs() {
        return paces.get(origin)?.pausedMs ?? 0;
      },
      get wait() {
        return paces.get(origin)?.wait ?? null;
      },
      leastMs: (requests) => pace().leastMs(rate, requests),
      take: (signal, silenceUntil) => pace().take(asking, signal, silenceUntil),
      refused: (turn, retryAfterMs) => pace().refused(asking, turn, retryAfterMs),
      answered: () => paces.get(origin)?.answered(asking),
    };
  }

  #pace(origin: string): HostPace {
    const known = this.#paces.get(origin);
    if (known !== undefined && !known.isOver) return known;
    // A new host is rare enough to look through the others, and nothing grows between two of them.
    for (const [name, pace] of this.#paces) if (pace.isOver) this.#paces.delete(name);
    const pace = new HostPace(new URL(origin).host, this.#clock);
    this.#paces.set(origin, pace);
    return pace;
  }
}

/** Those of this process, by the machine's clock. */
export const processLimiters: HostLimiters = new HostLimiters();
