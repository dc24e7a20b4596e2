import { shared } from "../../args/shared.ts";
import { commonSettings } from "../../log/settings.ts";
import { parseDuration } from "../../../collect/duration.ts";
import { calendarTime, execProgram } from "../../../systemd/escape.ts";
import { bad, one, parsePath, parseWord } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";
import type { Spec } from "../../command.ts";

function pattern(
  allowed: RegExp,
  why: string,
  example: string,
): (text: string, label: string) => string {
  return (text, label) => {
    if (allowed.test(text)) return text;
    throw bad(label, text, why, `Write for example ${label} ${example}.`);
  };
}

// Within what systemd allows (systemd.unit(5)), without what a shell or "@" would make of it.
const parseName = pattern(/^[a-zA-Z\d][\w.-]{0,99}$/, "is not a name of a unit", "tickerlock");

// The rule of systemd itself, "User/Group Name Syntax": https://systemd.io/USER_NAMES/
const parseUser = pattern(/^[a-zA-Z_][\w-]{0,30}$/, "is not a name of a user", "tickerlock");

const parseUnit = pattern(
  /^[a-zA-Z\d][\w.-]{0,99}@?\.(service|timer)$/,
  "is not the name of a unit file",
  "tickerlock.timer",
);

const parseFailureUnit = pattern(
  /^[a-zA-Z\d][\w:.%\\-]{0,99}(@[\w:.%\\-]{0,99})?\.(service|target)$/,
  "is not the name of a unit that can be started",
  "mail-admin@%n.service",
);

/** Written by systemd as a count of starts in a span: more would be no limit. */
const MOST_RESTARTS = 100;

function parseRestarts(text: string, label: string): number {
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count <= MOST_RESTARTS) return count;
  const hint = `Write for example ${label} 4.`;
  throw bad(label, text, `is not a whole number from 0 to ${MOST_RESTARTS}`, hint);
}

const parseMemory = pattern(/^[1-9]\d{0,8}[KMGT]$/, "is not an amount of memory", "1G");

/** A span that systemd reads as well: in lower case, for there M is a month. */
function parseLimit(text: string, label: string): string {
  const limit = text.trim().toLowerCase();
  if (limit === "infinity" || (parseDuration(limit) ?? 0) > 0) return limit;
  throw bad(label, text, "is not a time limit", `Write for example ${label} 90min.`);
}

/** What makes something that starts runs; `uninstall` looks at files alone. */
const WRITING = ["print", "install", "cron"] as const;

/** Settings of `systemd`. */
export const systemdSettings = {
  kind: {
    name: "kind",
    value: "KIND",
    fallback: "ingest",
    choices: ["ingest", "collect"],
    help: "A run at set times, or the scheduler that stays",
    subcommands: ["print", "install"],
    parse: one(parseWord(["ingest", "collect"])),
  },
  name: {
    name: "name",
    value: "NAME",
    help:
      "Name of the units; tickerlock, or tickerlock-collect with --kind collect, if left out; uninstall: only these",
    subcommands: ["print", "install", "uninstall"],
    parse: one(parseName),
  },
  scope: {
    name: "scope",
    value: "SCOPE",
    fallback: "system",
    choices: ["system", "user"],
    help: "For the machine, or for the user who is logged in",
    subcommands: ["print", "install", "uninstall"],
    parse: one(parseWord(["system", "user"])),
  },
  user: {
    name: "user",
    value: "USER",
    help: "User that the service runs as; one that systemd makes up (DynamicUser) if left out",
    subcommands: ["print", "install"],
    parse: one(parseUser),
  },
  onCalendar: {
    name: "on-calendar",
    value: "TIME",
    fallback: "Mon..Fri 18:30",
    help: 'When to run, as systemd.time(7) has it; for cron five fields, such as "30 18 * * 1-5"',
    subcommands: WRITING,
    parse: one(calendarTime),
  },
  source: { ...shared.source, help: "Where the data come from", subcommands: WRITING },
  ticker: {
    ...shared.ticker,
    help: "Ticker to bring in; several with commas, or repeat it",
    subcommands: WRITING,
  },
  tickersFile: {
    ...shared.tickersFile,
    help: "File with one ticker a line; /etc/tickerlock/tickers.txt if nothing is named",
    subcommands: WRITING,
  },
  exec: {
    name: "exec",
    value: "PATH",
    help: "The program; this one, or /usr/local/bin/tickerlock where it runs from source",
    subcommands: WRITING,
    parse: one((text, label) => {
      execProgram(parsePath(text, label), label);
      return text;
    }),
  },
  memoryMax: {
    name: "memory-max",
    value: "SIZE",
    fallback: "1G",
    help: "Memory of the service at most",
    subcommands: ["print", "install"],
    parse: one(parseMemory),
  },
  timeLimit: {
    name: "time-limit",
    value: "TIME",
    fallback: "1h",
    help: "Longest time of one run: 90s, 30min, 2h, infinity",
    subcommands: ["print", "install"],
    parse: one(parseLimit),
  },
  restarts: {
    name: "restarts",
    value: "N",
    help:
      "Further starts after a failed run, five minutes apart, from systemd 244 on; 4 for a timer that fires once a day at most, 0 for others, if left out",
    subcommands: ["print", "install"],
    parse: one(parseRestarts),
  },
  onFailure: {
    name: "on-failure",
    value: "UNIT",
    help:
      "Unit that systemd starts when the service has failed (OnFailure=), such as mail-admin@%n.service",
    subcommands: ["print", "install"],
    parse: one(parseFailureUnit),
  },
  unit: {
    name: "unit",
    value: "FILE",
    help: "Only this unit file",
    subcommands: ["print", "install", "uninstall"],
    parse: one(parseUnit),
  },
  dir: {
    name: "dir",
    value: "DIR",
    help: "Where the units are; /etc/systemd/system, or ~/.config/systemd/user with --scope user",
    subcommands: ["install", "uninstall"],
    parse: one(parsePath),
  },
  dryRun: flag("dry-run", "Only show what would change", "install", "uninstall"),
  force: flag(
    "force",
    "Overwrite or remove a unit that was edited by hand, and keep a copy",
    "install",
    "uninstall",
  ),
  ...commonSettings,
} as const satisfies Settings;

const EXTRA = { name: "ARGUMENT", what: "an argument", optional: true, many: true } as const;

/** `tickerlock systemd`. */
export const spec = {
  name: "systemd",
  description:
    "Writes unit files that run tickerlock at set times (--kind ingest) or all the time (--kind " +
    "collect), without rights that it does not need. There is one service with its timer, and a " +
    "template of both for each list of tickers: tickerlock@brazil.timer reads " +
    "/etc/tickerlock/brazil.txt. install shows what changes, leaves alone what was edited by hand, " +
    "and says the next command; it starts and enables nothing. uninstall removes what install has " +
    "written, and nothing else. What follows -- is handed to " +
    "the command that the unit runs.",
  usage: [
    "print [--kind KIND] [--scope SCOPE] [--unit FILE] [OPTION]... [-- ARGUMENT...]",
    "install [--dir DIR] [--dry-run] [--force] [OPTION]... [-- ARGUMENT...]",
    "uninstall [--name NAME] [--dir DIR] [--dry-run] [--force]",
    "cron [OPTION]... [-- ARGUMENT...]",
  ],
  subcommands: [
    { name: "print", summary: "Show the unit files, and write nothing", operand: EXTRA },
    { name: "install", summary: "Write the unit files, and show what changes", operand: EXTRA },
    { name: "uninstall", summary: "Remove the unit files that install has written" },
    { name: "cron", summary: "Print a line for a crontab that does the same", operand: EXTRA },
  ],
  settings: systemdSettings,
  examples: {
    "tickerlock systemd print --source yahoo --tickers-file /etc/tickerlock/tickers.txt":
      "Look at the units",
    "tickerlock systemd install --dry-run": "What would change on this machine",
    "tickerlock systemd install --scope user --kind collect": "For yourself",
    "tickerlock systemd uninstall --dry-run": "What would be removed",
    "tickerlock systemd cron --ticker PETR4.SA": "The same without systemd",
  },
} as const satisfies Spec;
