/**
 * What a collector says of itself and of its tasks.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { isExchange } from "../../../exchange/holidays.ts";
import type { CollectorView } from "../../../collect/collector_types.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import { literal } from "../../../base/log.ts";

const log = getLogger(["tickerlock", "collect"]);

/** One line for `systemctl status`. @param view What the collector is doing. */
export function statusLine({ state, task, nextTurnAt, tasks }: CollectorView): string {
  if (state === "stopping") return "stopping";
  const failing = tasks.filter(({ failures }) => failures > 0).map(({ name }) => name);
  const doing = state === "syncing"
    ? `initial sync${task === null ? "" : `: ${task}`}`
    : state === "running"
    ? `running ${task}`
    : "idle";
  const next = nextTurnAt === null ? "" : `; next turn ${nextTurnAt}`;
  return doing + next + (failing.length === 0 ? "" : `; failing: ${failing.join(", ")}`);
}

/**
 * Says of tasks whose holidays are all over: somebody has to write down those of the new year,
 * unless an exchange stands among them.
 *
 * @param tasks Of a configuration that was just read.
 */
export function warnOfOldHolidays(tasks: readonly CollectTask[]): void {
  const today = new Date().toISOString().slice(0, 10);
  for (const { name, rule } of tasks) {
    const holidays = rule.activeTimes?.holidays ?? [];
    const last = holidays.toSorted().at(-1);
    if (last !== undefined && last < today && !holidays.some(isExchange)) {
      log.warn(literal(`${name}: its last holiday is over (${last}); are there new ones?`));
    }
  }
}
