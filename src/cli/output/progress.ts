/**
 * One line of progress on standard error, where that is a terminal.
 *
 * @module
 */
import { grouped, spanText } from "../../base/text.ts";
import type { Io } from "./io.ts";

/** Time between two drawings, in ms. */
const REDRAW_MS = 100;

/** Nothing is drawn in the first so many ms: short work stays quiet. */
const QUIET_MS = 300;

const WIPE = "\r\x1b[K";

/** How many a second. */
export function perSecond(count: number, elapsedMs: number): number {
  return Math.round(count / Math.max(elapsedMs / 1000, 0.001));
}

/**
 * The end of a line of progress: `, 3 min left`; empty where nothing is done yet.
 *
 * @param share How much is done, from 0 to 1.
 */
export function leftText(share: number, elapsedMs: number): string {
  return share > 0 ? `, ${spanText(elapsedMs * (1 - share) / share)} left` : "";
}

/**
 * Progress by number: `exporting prices: 1,200 of 5,000 rows, 600 rows/s`.
 *
 * @param unit In the plural.
 */
export function countText(
  what: string,
  done: number,
  total: number | undefined,
  unit: string,
  elapsedMs: number,
): string {
  const of = total === undefined ? "" : ` of ${grouped(total)}`;
  const rate = grouped(perSecond(done, elapsedMs));
  return `${what}: ${grouped(done)}${of} ${unit}, ${rate} ${unit}/s`;
}

/** Draws progress; dispose it to wipe the line. */
export class ProgressLine implements Disposable {
  readonly #io: Io;
  readonly #draws: boolean;
  readonly #started = performance.now();
  #phase: string | undefined;
  #phaseStarted = this.#started;
  #drawn = 0;
  #shown = false;

  /** @param draws Whether to draw at all. Default on a terminal, unless only errors are wanted. */
  constructor(io: Io, draws = io.isErrTerminal && !io.quiet) {
    this.#io = io;
    this.#draws = draws;
  }

  /**
   * Draws, if it is time to.
   *
   * @param phase Part of the work, with a clock of its own. Default one for all of it.
   */
  update(text: (elapsedMs: number) => string, phase?: string): void {
    if (!this.#draws) return;
    const now = performance.now();
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#phaseStarted = now;
    }
    if (now - this.#started < QUIET_MS || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#shown = true;
    this.#io.err(WIPE + text(now - this.#phaseStarted).slice(0, this.#io.columns - 1));
  }

  /** Wipes the line and lets `write` print lines of its own. The next update draws again. */
  aside(write: () => void): void {
    this[Symbol.dispose]();
    write();
  }

  /** Wipes the line. */
  [Symbol.dispose](): void {
    if (this.#shown) this.#io.err(WIPE);
    this.#shown = false;
  }
}
