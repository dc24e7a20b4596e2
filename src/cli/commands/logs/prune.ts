/** `tickerlock logs prune` @module */
import type { Care, PruneCounts, PruneOptions } from "../../../store/care.ts";
import { openCare } from "../../../store/open.ts";
import { sleep } from "../../../base/sleep.ts";
import { grouped, plural } from "../../../base/text.ts";
import { InterruptedError } from "../../../base/errors.ts";
import { zonedTime } from "../../output/time.ts";
import { outWrapped } from "../../output/wrap.ts";
import type { LogsCall } from "./spec.ts";
import { StopSignals } from "../../process/signals.ts";

async function prune(care: Care, options: PruneOptions, plan: PruneCounts): Promise<PruneCounts> {
  using signals = new StopSignals();
  return await care.prune(options, async ({ logs, rejects }) => {
    // Lets a signal in; what was removed so far stays removed.
    await sleep(0);
    const { reason } = signals.signal;
    if (!(reason instanceof InterruptedError)) return;
    throw new InterruptedError(
      `${reason.message}; ${plural(logs, "log row")} and ${plural(rejects, "reject")} of ` +
        `${grouped(plan.logs)} and ${grouped(plan.rejects)} are removed`,
      { details: { ...reason.details, removed: { logs, rejects } } },
    );
  }, signals.signal);
}

/** `tickerlock logs prune`. */
export async function pruneCommand({ values, io }: LogsCall): Promise<void> {
  const { db: path, olderThan, keepFailed, dryRun } = values;
  const options = { before: olderThan ?? "", keepFailed };
  await using care = await openCare(path);
  // Also says what is wrong with the database: the writer would make one where there is none.
  const plan = await care.planPrune(options);
  const done = dryRun || plan.logs === 0
    ? { logs: 0, rejects: 0 }
    : await prune(care, options, plan);
  if (values.json) {
    return io.outJson({
      db: path,
      older_than: olderThan,
      dry_run: dryRun,
      keep_failed: keepFailed,
      would_remove: { logs: plan.logs, rejects: plan.rejects },
      removed: done,
      kept: { needed: plan.needed, failures: plan.failures },
    });
  }
  const say = (text: string): void => outWrapped(io, text, 2);
  const { logs, rejects } = dryRun ? plan : done;
  const ended = `that ended before ${zonedTime(olderThan ?? "")}, and ${plural(rejects, "reject")}`;
  say(`${path}: ${dryRun ? "would remove" : "removed"} ${plural(logs, "log row")} ${ended}\n`);
  if (plan.needed > 0) {
    say(
      `kept ${plural(plan.needed, "older row")} that runs need: of each ticker and source the ` +
        "newest success and the one that asked for the most days\n",
    );
  }
  if (plan.failures > 0) say(`kept ${plural(plan.failures, "older failure")} (--keep-failed)\n`);
  if (!dryRun && logs > 0) {
    say("Space is used again; to give it back: tickerlock db info --compact\n");
  }
}
