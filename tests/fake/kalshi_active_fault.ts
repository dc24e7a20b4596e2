/**
 * A fault of the fake at work: where it shows, and how often it still may.
 *
 * @module
 */
import type { FaultKind, Route } from "./kalshi_fault_kinds.ts";
import { FAULTS, type KalshiFaultName } from "./kalshi_faults.ts";

/** A fault, and where and how often it shows. What is not given is as the table says. */
export interface KalshiFault {
  readonly fault: KalshiFaultName;
  /** How many answers have it. Default: all. */
  readonly times?: number;
  /** Where. */
  readonly route?: Route;
  /** On which page, from 1. */
  readonly page?: number;
  /** Which market, or which event with `event-hidden`. */
  readonly ticker?: string;
}

/** A fault at work: counts how often it may still show. */
export class ActiveFault {
  readonly kind: FaultKind;
  readonly ticker: string | undefined;
  readonly #route: Route | undefined;
  readonly #page: number | undefined;
  #left: number;

  constructor({ fault, times = Infinity, route, page, ticker }: KalshiFault) {
    const kind: FaultKind & { readonly page?: number; readonly route?: Route } = FAULTS[fault];
    this.kind = kind;
    this.ticker = ticker;
    this.#route = route ?? kind.route;
    this.#page = page ?? kind.page;
    this.#left = times;
  }

  /** Whether it may show in an answer. */
  fits(route: Route, page: number | undefined): boolean {
    return this.#left > 0 && (this.#route === undefined || this.#route === route) &&
      (this.#page === undefined || this.#page === page);
  }

  /** It shows. */
  use(): void {
    this.#left--;
  }
}
