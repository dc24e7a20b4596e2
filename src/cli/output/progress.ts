/**
 * One line of progress on standard error, where that is a terminal.
 *
 * @module
 */
import type { IngestProgress } from "../../ingest/types.ts";
import { grouped } from "./numbers.ts";
import { err } from "./streams.ts";

/** Time between two drawings, in ms. */
const REDRAW_MS = 100;

/** Nothing is drawn before the work has taken that long, in ms: short runs stay quiet. */
const QUIET_MS = 300;

function seconds(ms: number): string {
  const whole = Math.ceil(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * What the line says.
 *
 * @param progress How far the run has come.
 * @param elapsedMs Since this phase began.
 */
export function progressText(progress: IngestProgress, elapsedMs: number): string {
  const rows = grouped(progress.rows);
  if (progress.phase === "reading") {
    const { bytesDone, bytesTotal, label } = progress;
    const rate = bytesDone / 1e6 / Math.max(elapsedMs / 1000, 0.001);
    // A file may grow while it is read.
    const share = bytesTotal > 0 ? Math.min(1, bytesDone / bytesTotal) : 0;
    const left = share > 0 ? `, ${seconds(elapsedMs * (1 - share) / share)} left` : "";
    const percent = bytesTotal > 0 ? `${Math.floor(share * 100)} %, ` : "";
    return `reading ${label}: ${percent}${rows} rows, ${rate.toFixed(0)} MB/s${left}`;
  }
  const { tickersDone, tickersTotal, failed, waiting, pausedMs } = progress;
  const share = tickersTotal > 0 ? Math.min(1, tickersDone / tickersTotal) : 1;
  const left = share > 0 ? `, ${seconds(elapsedMs * (1 - share) / share)} left` : "";
  const perSecond = Math.round(progress.rows / Math.max(elapsedMs / 1000, 0.001));
  const more = [
    failed > 0 ? `, ${failed} failed` : "",
    waiting > 0 ? `, ${waiting} waiting for a lock` : "",
    pausedMs > 0 ? `, rate-limited for ${seconds(pausedMs)}` : "",
  ].join("");
  return `writing: ${tickersDone} of ${tickersTotal} tickers${more}, ${rows} rows, ` +
    `${grouped(perSecond)} rows/s${left}`;
}

/** Draws progress; dispose it to wipe the line. */
export class ProgressLine implements Disposable {
  readonly #started = performance.now();
  #phase: IngestProgress["phase"] | undefined;
  #phaseStarted = 0;
  #drawn = 0;
  #shown = false;

  /** Draws, if it is time to. */
  update(progress: IngestProgress): void {
    const now = performance.now();
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#phaseStarted = now;
    }
    if (now - this.#started < QUIET_MS || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#shown = true;
    const width = terminalWidth() - 1;
    err(`\r\x1b[K${progressText(progress, now - this.#phaseStarted).slice(0, width)}`);
  }

  /** Wipes the line, lets `write` print lines of its own, and leaves the next drawing to come. */
  aside(write: () => void): void {
    this.#wipe();
    write();
  }

  #wipe(): void {
    if (!this.#shown) return;
    err("\r\x1b[K");
    this.#shown = false;
  }

  /** Wipes the line. */
  [Symbol.dispose](): void {
    this.#wipe();
  }
}

/** Columns of the terminal; 80 where there is none, or it does not know. */
export function terminalWidth(): number {
  try {
    // A terminal that nobody has told its size says 0.
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}
