import { commonSettings } from "../../log/settings.ts";
import { filterSettings, shared, storedDb } from "../../args/shared.ts";
import { FAILURE_STATUSES, RUN_STATUSES } from "../../../model/job.ts";
import { csvSafeSetting } from "../export/spec.ts";
import type { Invocation, Spec } from "../../command.ts";
import { bad, names, one, parseWhen } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";

function parseStatus(text: string, label: string): string {
  const word = text.toLowerCase();
  if (RUN_STATUSES.some((each) => each === word)) return word;
  throw bad(label, word, "is no status", `Use one of: ${RUN_STATUSES.join(", ")}.`);
}

const LIST = { subcommands: ["list"] } as const;
const FIND = { subcommands: ["list", "runs"] } as const;
/** Least length of a part of an id: shorter ones are shared by too many. */
const LEAST_ID = 8;

/** Parses an id, or its beginning or end: UUID v7 of one moment differ at the end only. */
export function parseId(text: string, label: string): string {
  const id = text.trim().toLowerCase();
  const hint = `Write an id as logs shows it, or ${LEAST_ID} characters or more of its beginning ` +
    "or end.";
  if (!/^[0-9a-f-]{1,36}$/.test(id)) throw bad(label, text, "is not an id", hint);
  if (id.length < LEAST_ID) throw bad(label, text, "is too short", hint);
  return id;
}

function idSetting(name: string, help: string) {
  const value = name.toUpperCase();
  return { name, value, repeatable: true, ...LIST, help, parse: names(parseId) } as const;
}

/** Parses how old is old enough to be removed: in the past, for else every row would be. */
export function parseOlderThan(text: string, label: string): string {
  const now = Date.now();
  const before = parseWhen(text, label, { edge: "start", now });
  if (Date.parse(before) < now) return before;
  const hint = `Say how old is old enough, for example ${label} 90d; --dry-run only shows.`;
  throw bad(label, text, "is not in the past: all would be old enough", hint);
}

function parseLimit(text: string, label: string): number {
  const limit = text.trim().toLowerCase();
  if (limit === "all") return Infinity;
  if (/^\d{1,15}$/.test(limit)) return Number(limit);
  throw bad(label, limit, "is not a number of rows", `Write for example ${label} 100, or all.`);
}

const logsSettings = {
  lockDir: {
    ...shared.lockDir,
    subcommands: ["show"],
    help: "Folder of the lock files, to see who holds the job's lock now",
  },
  ticker: { ...filterSettings.ticker, ...FIND },
  source: { ...filterSettings.source, ...FIND },
  status: {
    name: "status",
    value: "STATUS",
    repeatable: true,
    ...LIST,
    choices: RUN_STATUSES,
    help: "Only this status; several with commas, or repeat it",
    parse: names(parseStatus),
  },
  run: idSetting("run", "Only jobs of this run, by its id, or the beginning or end of it"),
  job: idSetting("job", "Only this job, by its id, or the beginning or end of it"),
  since: { ...filterSettings.since, ...FIND },
  until: { ...filterSettings.until, ...FIND },
  failed: flag("failed", `Only ${FAILURE_STATUSES.join(", ")}`, "list", "runs"),
  limit: {
    name: "limit",
    value: "N",
    subcommands: ["list", "runs", "show"],
    help:
      "Most rows of the list or runs (50 if left out; with --ndjson, --csv and --json all; with " +
      "--follow 10 older ones) or rejects shown (20; with --json all); all for no limit",
    parse: one(parseLimit),
  },
  follow: flag("follow", "Go on with rows as they begin and end, the newest last", "list"),
  wide: { ...shared.wide, ...FIND },
  ndjson: flag("ndjson", "Print one JSON object a line", "list"),
  csv: flag("csv", "Print CSV with a line of names", "list"),
  csvSafe: { ...csvSafeSetting, subcommands: ["list"] },
  olderThan: {
    name: "older-than",
    value: "WHEN",
    subcommands: ["prune"],
    help:
      "Remove what ended before then: 90d, 12w, a day or its time, a month (2024-01) or a year, " +
      "by the local zone",
    parse: one(parseOlderThan),
  },
  keepFailed: flag("keep-failed", "Keep what --failed shows", "prune"),
  dryRun: flag("dry-run", "Only tell what would be removed", "prune"),
  db: storedDb,
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

/** One call of `logs`. */
export type LogsCall = Invocation<typeof logsSettings>;

/** Values of the settings of `logs`. */
export type LogsValues = LogsCall["values"];

/** `tickerlock logs`. */
export const spec = {
  name: "logs",
  description:
    "Shows the log, one row for each ticker of each run, the newest first. Filters combine. " +
    "On a terminal the table shows what fits its width; elsewhere nothing is cut. Its times " +
    "are local, those of --json, --ndjson and --csv are UTC. runs has a line for each run, " +
    "counted whole also if only some of its jobs fit the filter. JOB is an id, or 8 " +
    "characters or more of its beginning or end. prune keeps what is running, the newest " +
    "success of each ticker and source, and the success that asked for the most days; runs " +
    "may be at work meanwhile. Nothing but prune writes.",
  usage: [
    "list [OPTION]...",
    "runs [--failed] [--since WHEN] [--limit N] [--wide] [--json] [OPTION]...",
    "show JOB [--limit N] [--json] [--db PATH] [--lock-dir DIR]",
    "prune --older-than WHEN [--keep-failed] [--dry-run] [--json] [--db PATH]",
  ],
  surplus: (word) =>
    `One job is shown by: tickerlock logs show ${word}; one ticker by: tickerlock logs --ticker ${word}.`,
  subcommands: [
    {
      name: "list",
      summary: "One row for each ticker of each run, newest first",
      isDefault: true,
      surplus: (word) =>
        `One job is shown by: tickerlock logs show ${word}; one ticker by --ticker ${word}.`,
    },
    {
      name: "runs",
      summary: "One row for each run: its command, tickers, rows and time",
      surplus: (word) => `The jobs of one run are shown by: tickerlock logs --run ${word}.`,
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
  examples: {
    "tickerlock logs --failed --since 1d": "What went wrong since yesterday",
    "tickerlock logs --ticker PETR4.SA --limit 5": "The last runs of one ticker",
    "tickerlock logs runs --since yesterday": "Each run, with its command line",
    "tickerlock logs --follow": "Watch runs as they go on",
    "tickerlock logs show 7ae91a5c17c5": "All of one job",
    "tickerlock logs prune --older-than 90d --keep-failed --dry-run": "What pruning would remove",
  },
} as const satisfies Spec;
