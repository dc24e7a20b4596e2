/**
 * The line of progress of an ingest.
 *
 * @module
 */
import type { IngestProgress } from "../../../ingest/types.ts";
import { grouped, spanText } from "../../../base/text.ts";
import { leftText, perSecond } from "../../output/progress.ts";

/** What the line says. @param elapsedMs Since this phase began. */
export function progressText(progress: IngestProgress, elapsedMs: number): string {
  const rows = grouped(progress.rows);
  if (progress.phase === "reading") {
    const { bytesDone, bytesTotal, label } = progress;
    // A file may grow while it is read.
    const share = bytesTotal > 0 ? Math.min(1, bytesDone / bytesTotal) : 0;
    const percent = bytesTotal > 0 ? `${Math.floor(share * 100)} %, ` : "";
    const rate = perSecond(bytesDone / 1e6, elapsedMs);
    return `reading ${label}: ${percent}${rows} rows, ${rate} MB/s${leftText(share, elapsedMs)}`;
  }
  const { tickersDone, tickersTotal, failed, waiting, pausedMs } = progress;
  const more = [
    failed > 0 ? `, ${failed} failed` : "",
    waiting > 0 ? `, ${waiting} waiting for a lock` : "",
    pausedMs > 0 ? `, rate-limited for ${spanText(pausedMs)}` : "",
  ].join("");
  const share = tickersTotal > 0 ? Math.min(1, tickersDone / tickersTotal) : 1;
  return `writing: ${tickersDone} of ${tickersTotal} tickers${more}, ${rows} rows, ` +
    `${grouped(perSecond(progress.rows, elapsedMs))} rows/s${leftText(share, elapsedMs)}`;
}
