/**
 * Settings of `systemd`.
 *
 * @module
 */
import { ingestSettings } from "../../args/config.ts";
import { calendarTime, execProgram } from "../../../systemd/escape.ts";
import { commonSettings } from "../../log/settings.ts";
import { bad, flag, last, parsePath, parseWord, type Setting } from "../../args/setting.ts";

function pattern(
  allowed: RegExp,
  why: string,
  example: string,
): (texts: readonly string[], label: string) => string {
  return (texts, label) => {
    const text = last(texts);
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

const parseMemory = pattern(/^[1-9]\d{0,8}[KMGT]$/, "is not an amount of memory", "1G");

const parseLimit = pattern(
  /^(infinity|[1-9]\d{0,5}(s|min|h|d))$/,
  "is not a time limit",
  "90min",
);

/** Settings of `systemd`. */
export const systemdSettings = {
  kind: {
    name: "kind",
    value: "KIND",
    fallback: "ingest",
    absent: "ingest",
    choices: ["ingest", "collect"],
    help: "A run at set times, or the scheduler that stays",
    subcommands: ["print", "install"],
    parse: parseWord(["ingest", "collect"]),
  } satisfies Setting<string>,
  name: {
    name: "name",
    value: "NAME",
    absent: null as string | null,
    help: "Name of the units; tickerlock, or tickerlock-collect with --kind collect, if left out",
    subcommands: ["print", "install"],
    parse: parseName,
  } satisfies Setting<string | null>,
  scope: {
    name: "scope",
    value: "SCOPE",
    fallback: "system",
    absent: "system",
    choices: ["system", "user"],
    help: "For the machine, or for the user who is logged in",
    subcommands: ["print", "install"],
    parse: parseWord(["system", "user"]),
  } satisfies Setting<string>,
  user: {
    name: "user",
    value: "USER",
    absent: null as string | null,
    help: "User that the service runs as; one that systemd makes up (DynamicUser) if left out",
    subcommands: ["print", "install"],
    parse: parseUser,
  } satisfies Setting<string | null>,
  onCalendar: {
    name: "on-calendar",
    value: "TIME",
    fallback: "Mon..Fri 18:30",
    absent: "Mon..Fri 18:30",
    help: 'When to run, as systemd.time(7) has it; for cron five fields, such as "30 18 * * 1-5"',
    parse: (texts: readonly string[], label: string) => calendarTime(last(texts), label),
  } satisfies Setting<string>,
  source: {
    ...ingestSettings.source,
    help: "Where the data come from",
  } satisfies Setting<string>,
  ticker: {
    ...ingestSettings.ticker,
    help: "Ticker to bring in; repeat it for several",
  } satisfies Setting<readonly string[]>,
  tickersFile: {
    ...ingestSettings.tickersFile,
    help: "File with one ticker a line; /etc/tickerlock/tickers.txt if nothing is named",
  } satisfies Setting<string | null>,
  exec: {
    name: "exec",
    value: "PATH",
    absent: null as string | null,
    help: "The program; this one, or /usr/local/bin/tickerlock where it runs from source",
    parse: (texts: readonly string[], label: string) => {
      const path = parsePath(texts, label);
      execProgram(path, label);
      return path;
    },
  } satisfies Setting<string | null>,
  memoryMax: {
    name: "memory-max",
    value: "SIZE",
    fallback: "1G",
    absent: "1G",
    help: "Memory of the service at most",
    subcommands: ["print", "install"],
    parse: parseMemory,
  } satisfies Setting<string>,
  timeLimit: {
    name: "time-limit",
    value: "TIME",
    fallback: "1h",
    absent: "1h",
    help: "Longest time of one run: 90s, 30min, 2h, infinity",
    subcommands: ["print", "install"],
    parse: parseLimit,
  } satisfies Setting<string>,
  unit: {
    name: "unit",
    value: "FILE",
    absent: null as string | null,
    help: "Only this unit file",
    subcommands: ["print", "install"],
    parse: parseUnit,
  } satisfies Setting<string | null>,
  dir: {
    name: "dir",
    value: "DIR",
    absent: null as string | null,
    help: "Where to write; /etc/systemd/system, or ~/.config/systemd/user with --scope user",
    subcommands: ["install"],
    parse: parsePath,
  } satisfies Setting<string | null>,
  dryRun: flag("dry-run", "Only show what would change", "install"),
  force: flag("force", "Overwrite a unit that was edited by hand", "install"),
  ...commonSettings,
} as const;
