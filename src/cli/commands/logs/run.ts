/**
 * `tickerlock logs`
 *
 * @module
 */
import { closest } from "../../../base/closest.ts";
import { logsSettings } from "./settings.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { parseCommandLine, processEnvironment, refuseUnused } from "../../args/parse.ts";
import type { Command } from "../../command.ts";
import { beginLog } from "../../log/begin.ts";
import { commandHelp } from "../../args/help.ts";
import { checkList, listCommand } from "./list.ts";
import { checkPrune, pruneCommand } from "./prune.ts";
import { showCommand } from "./show.ts";
import { out } from "../../output/streams.ts";

const SUBCOMMANDS = ["list", "show", "prune"] as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommandLine(args, logsSettings, processEnvironment, 2);
  const { values, origins, operands, help } = parsed;
  if (help) {
    out(commandHelp(logsCommand, operands[0]));
    return EXIT.ok;
  }
  const [name = "list", job] = operands;
  const subcommand = SUBCOMMANDS.find((each) => each === name);
  if (subcommand === undefined) {
    const near = closest(name, SUBCOMMANDS);
    throw new UsageError("unknown_command", `unknown command "logs ${name}"`, {
      hint: near === undefined
        ? `Use one of: ${SUBCOMMANDS.join(", ")}. One job is shown by: tickerlock logs show JOB.`
        : `Did you mean ${near}?`,
    });
  }
  refuseUnused("logs", subcommand, logsSettings, origins);
  if (subcommand === "show") {
    if (job !== undefined) {
      await beginLog("logs show", parsed);
      return await showCommand(values, job);
    }
    throw new UsageError("missing_job", "logs show needs the id of a job", {
      hint: "Write tickerlock logs show JOB; the ids are in the column JOB of: tickerlock logs.",
    });
  }
  if (job !== undefined) {
    throw new UsageError("unexpected_argument", `logs ${subcommand} takes no argument: ${job}`, {
      hint: subcommand === "list"
        ? `One job is shown by: tickerlock logs show ${job}; one ticker by --ticker ${job}.`
        : "Say how old with --older-than, for example --older-than 90d.",
    });
  }
  if (subcommand === "list") {
    checkList(values);
    await beginLog("logs list", parsed);
    return await listCommand(values);
  }
  checkPrune(values);
  await beginLog("logs prune", parsed, { always: true });
  return await pruneCommand(values);
}

/** `tickerlock logs`. */
export const logsCommand: Command = {
  name: "logs",
  summary: "See what runs did, follow them, and prune the log",
  description:
    "Shows the log, one row for each ticker of each run, the newest first; list may be left out. " +
    "Filters combine. On a terminal the table shows what fits its width; where it goes elsewhere, " +
    "nothing is cut. People get times in the local zone, programs in UTC. show tells all of one job: " +
    "its lock, its attempts, its times, and every row that was refused. JOB is an id, or 8 characters " +
    "or more of its beginning or end. prune removes old rows and their rejects, a thousand at a time, " +
    "while others write. It keeps what is running, the newest success of each ticker and source, and " +
    "the success that asked for the most days, so that no run forgets what it has. Nothing but prune " +
    "writes.",
  usage: [
    "list [OPTION]...",
    "show JOB [--limit N] [--json] [--db PATH] [--lock-dir DIR]",
    "prune --older-than WHEN [--keep-failed] [--dry-run] [--json] [--db PATH]",
  ],
  subcommands: [
    { name: "list", summary: "One row for each ticker of each run, newest first", isDefault: true },
    { name: "show", summary: "All of one job, with every row that was refused" },
    { name: "prune", summary: "Remove old rows, never what a run still needs" },
  ],
  settings: logsSettings,
  examples: [
    { line: "tickerlock logs --failed --since 1d", what: "What went wrong since yesterday" },
    { line: "tickerlock logs --ticker PETR4.SA --limit 5", what: "The last runs of one ticker" },
    { line: "tickerlock logs --follow", what: "Watch runs as they go on" },
    { line: "tickerlock logs show 7ae91a5c17c5", what: "All of one job" },
    {
      line: "tickerlock logs prune --older-than 90d --keep-failed --dry-run",
      what: "What pruning would remove",
    },
  ],
  run,
};
