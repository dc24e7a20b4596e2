/** How often a host is asked, by this process and those that share a folder. @module */
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

/** What the clients of a host have in common in this process. */
class Host {
  readonly name: string;
  readonly clock: Clock;
  readonly queue = new Fifo(1);
  readonly shared = new Map<string, SharedPace>();
  waiting = 0;
  /** When the next request can be made by its rate. */
  nextAt = 0;
  #pace = new Pace();

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.clock = clock;
  }

  /** Begun anew once all periods and silences are long over. */
  get pace(): Pace {
    if (this.waiting === 0 && this.#pace.overAt <= this.clock.elapsed()) this.#pace = new Pace();
    return this.#pace;
  }
}

/** What one client asks before each of its requests, which begin in the order of asking. */
export class HostLimiter {
  readonly #host: Host;
  readonly #rate: Rate | null;
  readonly #shared: SharedPace | undefined;

  constructor(host: Host, rate: Rate | null, shared: SharedPace | undefined) {
    this.#host = host;
    this.#rate = rate;
    this.#shared = shared;
  }

  get pausedMs(): number {
    return Math.max(0, this.#host.pace.silentUntil - this.#host.clock.elapsed());
  }

  /** What keeps the next request from being made; null where nothing does. */
  get wait(): RequestWait | null {
    const { pausedMs } = this;
    if (pausedMs > 0) return { reason: "silence", ms: pausedMs };
    const ms = this.#host.nextAt - this.#host.clock.elapsed();
    return ms > 0 ? { reason: "rate", ms } : null;
  }

  leastMs(requests: number): number {
    return this.#host.pace.leastMs(this.#rate, requests, this.#host.clock.elapsed());
  }

  /**
   * Waits for leave to make one request.
   *
   * @param silenceUntil Until when a silence is waited out, asked again and again. Default for ever.
   * @throws {NoTimeLeftError} `rate_limited`, at once, where the service wants silence beyond that.
   */
  async take(signal: AbortSignal, silenceUntil = (): number => Infinity): Promise<Turn> {
    const host = this.#host;
    this.#checkSilence(silenceUntil());
    host.waiting++;
    try {
      using _slot = await host.queue.take({ signal });
      return await this.#turn(signal, silenceUntil);
    } finally {
      host.waiting--;
    }
  }

  async #turn(signal: AbortSignal, silenceUntil: () => number): Promise<Turn> {
    const { clock, pace, name: host } = this.#host;
    for (;;) {
      signal.throwIfAborted();
      this.#checkSilence(silenceUntil());
      const now = clock.elapsed();
      let next = pace.next(this.#rate, now);
      let wait = Math.max(pace.silentUntil, next) - now;
      if (wait <= 0 && this.#shared !== undefined) {
        const { waitMs, silentMs } = await this.#shared.take(this.#rate);
        if (silentMs > 0) {
          pace.beSilent(now + silentMs);
          continue;
        }
        wait = waitMs;
        next = now + wait;
      }
      if (wait <= 0) {
        pace.note(this.#rate, now);
        return { at: now };
      }
      const silent = pace.silentUntil >= next;
      debug("http", () => {
        const why = silent ? "it asked for silence" : "the rate allows no more yet";
        const [wait_ms, reason] = [Math.round(wait), silent ? "silence" : "rate"];
        return [`waiting ${wait_ms} ms to ask ${host}: ${why}`, { host, wait_ms, reason }];
      });
      this.#host.nextAt = next;
      await clock.sleep(wait, signal);
    }
  }

  #checkSilence(latest: number): void {
    const { clock, pace: { silentUntil }, name: host } = this.#host;
    const now = clock.elapsed();
    if (silentUntil <= now || silentUntil <= latest) return;
    const seconds = Math.ceil((silentUntil - now) / 1000);
    const message = `${host} refuses further requests and wants ${seconds} s of silence`;
    throw new NoTimeLeftError("rate_limited", message, {
      hint: "Run it again later; with many tickers lower --rate and --concurrency.",
      retryable: true,
      details: { host, silentSeconds: seconds },
    });
  }

  refused(turn: Turn, retryAfterMs: number | null): void {
    const now = this.#host.clock.elapsed();
    this.#host.pace.refused(turn.at, retryAfterMs, now);
    void this.#shared?.refused(now - turn.at, retryAfterMs);
  }

  answered(): void {
    this.#host.pace.answered();
    void this.#shared?.answered();
  }
}

/** Limiters of clients, those of one host with one pace. */
export class HostLimiters {
  readonly #clock: Clock;
  readonly #hosts = new Map<string, Host>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** @param folder Where processes share the pace of the host; null for this process alone. */
  limiter(origin: string, rate: Rate | null, folder: string | null = null): HostLimiter {
    const { host: name } = new URL(origin);
    const host = this.#hosts.get(origin) ?? new Host(name, this.#clock);
    this.#hosts.set(origin, host);
    if (folder === null) return new HostLimiter(host, rate, undefined);
    const shared = host.shared.get(folder) ?? new SharedPace(folder, name, this.#clock);
    host.shared.set(folder, shared);
    return new HostLimiter(host, rate, shared);
  }
}

/** Those of this process, by the machine's clock. */
export const processLimiters: HostLimiters = new HostLimiters();
