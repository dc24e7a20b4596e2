/** The runs of a day by command, as bars. @module */
import type { ActivityRow } from "../store/activity.ts";

/** Jobs of a run without a pause between them. */
export interface Bar {
  readonly run_id: string;
  readonly from: string;
  readonly to: string | null;
  readonly jobs: number;
  readonly failures: number;
  readonly rows: number;
  /** Seconds of the longest wait for a lock, which came before. */
  readonly waited: number;
}

/** A command, with what it did. */
export interface TimelineRow {
  readonly command: string;
  readonly bars: readonly Bar[];
  readonly left_out: number;
}

/** Jobs of a run that are no further apart are one bar. */
const PAUSE_MS = 90_000;
/** Most bars of a command, the newest: a collector of each minute has more than a screen can show. */
const MOST_BARS = 150;
/** Most commands: each line of a shell is one. */
const MOST_COMMANDS = 12;

function barsOf(rows: readonly ActivityRow[], now: string): Bar[] {
  const bars: Bar[] = [];
  const open = new Map<string, number>();
  for (const { command: _, ...row } of rows) {
    const at = open.get(row.run_id) ?? bars.length;
    const before = bars[at];
    if (before && Date.parse(row.from) - Date.parse(before.to ?? now) <= PAUSE_MS) {
      bars[at] = {
        ...before,
        to: before.to && row.to && (before.to > row.to ? before.to : row.to),
        jobs: before.jobs + row.jobs,
        failures: before.failures + row.failures,
        rows: before.rows + row.rows,
        waited: Math.max(before.waited, row.waited),
      };
    } else {
      open.set(row.run_id, bars.length);
      bars.push(row);
    }
  }
  return bars;
}

/** The commands of a day, the one that ran last first. @param rows In the order of beginning. */
export function timelineOf(rows: readonly ActivityRow[], from: string, now: string): TimelineRow[] {
  const commands = [
    ...Map.groupBy(rows.filter((row) => (row.to ?? now) >= from), ({ command }) => command),
  ]
    .sort(([, a], [, b]) => (a.at(-1)?.from ?? "") < (b.at(-1)?.from ?? "") ? 1 : -1);
  if (commands.length > MOST_COMMANDS) {
    const others = commands.splice(MOST_COMMANDS - 1);
    const all = others.flatMap(([, each]) => each).sort((a, b) => a.from < b.from ? -1 : 1);
    commands.push([`${others.length} other commands`, all]);
  }
  return commands.map(([command, each]) => {
    const bars = barsOf(each, now);
    return {
      command,
      bars: bars.slice(-MOST_BARS),
      left_out: Math.max(0, bars.length - MOST_BARS),
    };
  });
}
