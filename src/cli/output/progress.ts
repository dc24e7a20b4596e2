/** One line of progress on standard error, where that is a terminal. @module */
import { grouped, plural, spanText } from "../../base/text.ts";
import type { Io } from "./io.ts";

const REDRAW_MS = 100;
/** Nothing is drawn in the first so many ms: short work stays quiet. */
const QUIET_MS = 300;
const WIPE = "\r\x1b[K";
/** A speed over less than that, in ms, says nothing. */
const LEAST_MS = 300;

/** A speed after a comma: `, 600 rows/s`, by default in MB; empty where it is too early. */
export function speedText(count: number, elapsedMs: number, unit?: string): string {
  if (elapsedMs < LEAST_MS) return "";
  const rate = Math.round(count * 1000 / elapsedMs);
  return `, ${unit === undefined ? `${grouped(rate)} MB` : plural(rate, unit)}/s`;
}

/** The end of a line of progress: `, 3 min left`; empty where it is too early to tell. */
export function leftText(share: number, elapsedMs: number): string {
  return share > 0 && elapsedMs >= LEAST_MS
    ? `, ${spanText(elapsedMs * (1 - share) / share)} left`
    : "";
}

/** Progress by number: `exporting prices: 1,200 of 5,000 rows, 600 rows/s`. */
export function countText(
  what: string,
  done: number,
  total: number | undefined,
  unit: string,
  elapsedMs: number,
): string {
  const of = total === undefined
    ? plural(done, unit)
    : `${grouped(done)} of ${plural(total, unit)}`;
  return `${what}: ${of}${speedText(done, elapsedMs, unit)}`;
}

/** A text that fits, without its last parts where need be: a number that is cut is another one. */
function fitted(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.max(text.lastIndexOf(", ", width), text.lastIndexOf("; ", width));
  return end > 0 ? text.slice(0, end) : `${text.slice(0, width - 1)}…`;
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
    this.#io.err(WIPE + fitted(text(now - this.#phaseStarted), this.#io.columns - 1));
  }

  /** Wipes the line and lets `write` print lines of its own. The next update draws again. */
  aside(write: () => void): void {
    this[Symbol.dispose]();
    write();
  }

  [Symbol.dispose](): void {
    if (this.#shown) this.#io.err(WIPE);
    this.#shown = false;
  }
}
