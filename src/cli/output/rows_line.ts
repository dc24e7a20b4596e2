/**
 * One line of progress on standard error for work that goes row by row, where that is a terminal.
 *
 * @module
 */
import { err, isQuiet } from "./streams.ts";
import { terminalWidth } from "./progress.ts";

/** Time between two drawings, in ms. */
const REDRAW_MS = 100;

/** Nothing is drawn before the work has taken that long, in ms. */
const QUIET_MS = 300;

/**
 * What the line says.
 *
 * @param what What is being done.
 * @param done Rows so far.
 * @param total All of them; undefined where that is not known.
 * @param elapsedMs Since it began.
 */
export function rowsText(
  what: string,
  done: number,
  total: number | undefined,
  elapsedMs: number,
): string {
  const shown = (rows: number) => rows.toLocaleString("en");
  const rate = Math.round(done / Math.max(elapsedMs / 1000, 0.001));
  const of = total === undefined ? "" : ` of ${shown(total)}`;
  return `${what}: ${shown(done)}${of} rows, ${shown(rate)} rows/s`;
}

/** Draws progress; dispose it to wipe the line. */
export class RowsLine implements Disposable {
  readonly #what: string;
  readonly #started = performance.now();
  // Where data go to the same terminal, a line between them would be in the way.
  readonly #draws = Deno.stderr.isTerminal() && !Deno.stdout.isTerminal() && !isQuiet();
  #drawn = 0;
  #shown = false;

  /** @param what What is being done. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Draws, if it is time to. */
  update(done: number, total: number | undefined): void {
    const now = performance.now();
    if (!this.#draws || now - this.#started < QUIET_MS || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#shown = true;
    const text = rowsText(this.#what, done, total, now - this.#started);
    err(`\r\x1b[K${text.slice(0, terminalWidth() - 1)}`);
  }

  /** Wipes the line. */
  [Symbol.dispose](): void {
    if (this.#shown) err("\r\x1b[K");
    this.#shown = false;
  }
}
