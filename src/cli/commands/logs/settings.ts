/**
 * Settings of `logs`.
 *
 * @module
 */
import { FAILURE_STATUSES, RUN_STATUSES } from "../../../model/job.ts";
import type { Invocation } from "../../command.ts";
import { bad, last, parseWhen } from "../../args/parsers.ts";
import { flag, type Setting } from "../../args/setting.ts";
import { filterSettings, shared, storedDb } from "../../args/shared.ts";
import { commonSettings } from "../../log/settings.ts";

function parseStatuses(texts: readonly string[], label: string): readonly string[] {
  const words = texts.flatMap((text) => text.split(",")).map((word) => word.trim().toLowerCase());
  for (const word of words) {
    if (RUN_STATUSES.some((each) => each === word)) continue;
    throw bad(label, word, "is no status", `Use one of: ${RUN_STATUSES.join(", ")}.`);
  }
  return [...new Set(words)];
}

/** Least length of a part of an id: shorter ones are shared by too many. */
const LEAST_ID = 8;

/**
 * Parses an id of a job or a run, or its beginning or end. UUID v7 begin with the time, so those of
 * one moment differ at the end only.
 *
 * @throws {UsageError} `bad_value`.
 */
export function parseId(text: string, label: string): string {
  const id = text.trim().toLowerCase();
  const hint = `Write an id as logs shows it, or ${LEAST_ID} characters or more of its beginning ` +
    "or end.";
  if (!/^[0-9a-f-]{1,36}$/.test(id)) throw bad(label, text, "is not an id", hint);
  if (id.length < LEAST_ID) throw bad(label, text, "is too short", hint);
  return id;
}

function idSetting(name: string, help: string) {
  return {
    name,
    value: name.toUpperCase(),
    repeatable: true,
    subcommands: ["list"],
    absent: [] as readonly string[],
    help,
    parse: (texts: readonly string[], label: string) => texts.map((text) => parseId(text, label)),
  } satisfies Setting<readonly string[]>;
}

const PRUNE_HINT = (label: string): string =>
  `Say how old is old enough, for example ${label} 90d; --dry-run only shows.`;

/**
 * Parses how old is old enough to be removed. What is not in the past would make every row that has
 * ended old enough, also those of the last second.
 */
function parseOlderThan(texts: readonly string[], label: string): string {
  const text = last(texts);
  const now = Date.now();
  const before = parseWhen(text, label, { edge: "start", now });
  if (Date.parse(before) < now) return before;
  throw bad(label, text, "is not in the past: every row would be old enough", PRUNE_HINT(label));
}

function parseLimit(texts: readonly string[], label: string): number {
  const text = last(texts).trim().toLowerCase();
  if (text === "all") return Infinity;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw bad(label, text, "is not a number of rows", `Write for example ${label} 100, or all.`);
}

const LIST = { subcommands: ["list"] } as const;

/** Settings of `logs`. */
export const logsSettings = {
  lockDir: {
    ...shared.lockDir,
    subcommands: ["show"],
    help: "Folder of the lock files, to see who holds the job's lock now",
  } satisfies Setting<string>,
  ticker: { ...filterSettings.ticker, ...LIST } satisfies Setting<readonly string[]>,
  source: { ...filterSettings.source, ...LIST } satisfies Setting<readonly string[]>,
  status: {
    name: "status",
    value: "STATUS",
    repeatable: true,
    ...LIST,
    absent: [] as readonly string[],
    choices: RUN_STATUSES,
    help: "Only this status; repeat it for several",
    parse: parseStatuses,
  } satisfies Setting<readonly string[]>,
  run: idSetting("run", "Only jobs of this run, by its id, or the beginning or end of it"),
  job: idSetting("job", "Only this job, by its id, or the beginning or end of it"),
  since: { ...filterSettings.since, ...LIST } satisfies Setting<string | null>,
  until: { ...filterSettings.until, ...LIST } satisfies Setting<string | null>,
  failed: flag("failed", `Only ${FAILURE_STATUSES.join(", ")}`, "list"),
  limit: {
    name: "limit",
    value: "N",
    subcommands: ["list", "show"],
    absent: null as number | null,
    help: "Most rows of the list (50 if left out; with --ndjson, --csv and --json all; with " +
      "--follow 10 older ones) or rejects shown (20; with --json all); all for no limit",
    parse: parseLimit,
  } satisfies Setting<number | null>,
  follow: flag("follow", "Go on with rows as they begin and end, the newest last", "list"),
  wide: flag("wide", "Every column, whatever the terminal's width", "list"),
  ndjson: flag("ndjson", "Print one JSON object a line", "list"),
  csv: flag("csv", "Print CSV with a line of names", "list"),
  olderThan: {
    name: "older-than",
    value: "WHEN",
    subcommands: ["prune"],
    absent: null as string | null,
    help: "Remove what ended before then: 90d, 12w, or a day or time of the local zone",
    parse: parseOlderThan,
  } satisfies Setting<string | null>,
  keepFailed: flag("keep-failed", "Keep what --failed shows", "prune"),
  dryRun: flag("dry-run", "Only tell what would be removed", "prune"),
  db: storedDb,
  json: shared.json,
  ...commonSettings,
} as const;

/** One call of `logs`. */
export type LogsCall = Invocation<typeof logsSettings>;

/** Values of the settings of `logs`. */
export type LogsValues = LogsCall["values"];
