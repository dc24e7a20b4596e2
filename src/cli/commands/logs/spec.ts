/**
 * What `tickerlock logs` is called with.
 *
 * @module
 */
import type { Spec } from "../../command.ts";
import { logsSettings } from "./settings.ts";

/** `tickerlock logs`. */
export const spec = {
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
  surplus: (word) => `One job is shown by: tickerlock logs show ${word}.`,
  subcommands: [
    {
      name: "list",
      summary: "One row for each ticker of each run, newest first",
      isDefault: true,
      surplus: (word) =>
        `One job is shown by: tickerlock logs show ${word}; one ticker by --ticker ${word}.`,
    },
    {
      name: "show",
      summary: "All of one job, with every row that was refused",
      operand: {
        name: "JOB",
        what: "the id of a job",
        hint: "Write tickerlock logs show JOB; the ids are in the column JOB of: tickerlock logs.",
      },
    },
    {
      name: "prune",
      summary: "Remove old rows, never what a run still needs",
      surplus: () => "Say how old with --older-than, for example --older-than 90d.",
    },
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
} as const satisfies Spec;
