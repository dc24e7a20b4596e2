/**
 * The table of `locks list`.
 *
 * @module
 */
import type { LockState } from "../../../lock/mod.ts";
import { spanText } from "../../../base/text.ts";
import type { Column } from "../../output/table.ts";
import { levelColor } from "../../output/terminal.ts";
import { localTime } from "../../output/time.ts";

function stateWord({ state, stale, silent }: LockState): string {
  if (stale) return "free (stale record)";
  if (silent) return "held (silent)";
  return state;
}

function age(time: string): string {
  const ms = Math.max(0, Date.now() - Date.parse(time));
  return Number.isFinite(ms) ? `${spanText(ms)} ago` : "-";
}

function stateColor({ state, silent }: LockState): string | undefined {
  if (state === "free") return undefined;
  if (state === "unusable") return levelColor("error");
  return levelColor(silent ? "warning" : "ok");
}

/** The table of `locks list`. */
export const LOCK_COLUMNS: readonly Column<LockState>[] = [
  { title: "LOCK", rank: 0, shrinkTo: 12, cell: ({ name }) => name },
  { title: "STATE", rank: 1, cell: stateWord, sgr: stateColor },
  { title: "PID", rank: 2, align: "right", cell: ({ holder }) => String(holder?.pid ?? "-") },
  {
    title: "STARTED",
    rank: 8,
    shrinkTo: 20,
    cell: ({ holder }) => localTime(holder?.processStartedAt || null),
  },
  { title: "HOST", rank: 6, shrinkTo: 8, cell: ({ holder }) => holder?.host || "-" },
  { title: "JOB", rank: 7, cell: ({ holder }) => holder?.jobId ?? "-" },
  { title: "COMMAND", rank: 4, shrinkTo: 12, cell: ({ holder }) => holder?.command || "-" },
  { title: "SINCE", rank: 5, cell: ({ holder }) => localTime(holder?.acquiredAt ?? null) },
  {
    title: "HEARTBEAT",
    rank: 3,
    align: "right",
    cell: ({ holder }) => holder === null ? "-" : age(holder.heartbeatAt),
  },
];
