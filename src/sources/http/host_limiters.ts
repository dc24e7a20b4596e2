/**
 * The hosts that are asked in this process, and the pace of each. Runs at once and runs one after
 * the other, as those of a collector, thus keep to one rate together, and a run that begins while
 * a service wants silence knows of it.
 *
 * @module
 */
import type { Rate } from "../network.ts";
import { type Clock, systemClock } from "./clock.ts";
import { HostLimiter } from "./host_limiter.ts";
import { HostPace } from "./host_pace.ts";

/** One pace per host. */
export class HostLimiters {
  readonly #clock: Clock;
  readonly #paces = new Map<string, HostPace>();

  /** @param clock Default the machine's. */
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
   * What one client asks before each request. Costs nothing until it does.
   *
   * @param origin Scheme, host and port; whoever has the same shares.
   * @param rate The client's own; null for no limit of its own.
   */
  limiter(origin: string, rate: Rate | null): HostLimiter {
    return new HostLimiter(rate, {
      known: () => this.#paces.get(origin),
      get: () => this.#pace(origin),
    });
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
