/**
 * `tickerlock logs --follow`: rows as they begin and end.
 *
 * @module
 */
import { openReports } from "../../../store/open.ts";
import type { LogFilter } from "../../../store/reports.ts";
import { EXIT, type ExitCode, exitCodeOfSignal, InterruptedError } from "../../../base/errors.ts";
import type { LogsCall } from "./settings.ts";
import type { LogWriter } from "./writer.ts";
import { StopSignals } from "../../process/signals.ts";

/** Older rows that are shown first where no limit is given, as tail(1) does. */
const ROWS_BEFORE = 10;

/** Pause between two looks, in ms: soon enough for a person, and nothing for the machine. */
const POLL_MS = 250;

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}

/**
 * Shows rows until a signal stops it, or their reader goes away.
 *
 * @returns 130, 143 or 129 after a signal; 0 where the reader went away.
 */
export async function followLogs(
  { values, io }: LogsCall,
  filter: LogFilter,
  writer: LogWriter,
): Promise<ExitCode> {
  using signals = new StopSignals();
  await using reports = await openReports(values.db);
  await using follower = await reports.follow(filter);
  writer.write(await follower.first(values.limit ?? ROWS_BEFORE));
  while (!io.outputGone) {
    await sleep(POLL_MS, signals.signal);
    if (signals.signal.aborted) {
      const reason: unknown = signals.signal.reason;
      return exitCodeOfSignal(
        reason instanceof InterruptedError ? reason.details.signal : undefined,
      );
    }
    const rows = await follower.next();
    if (rows.length > 0) writer.write(rows);
  }
  return EXIT.ok;
}
