/** What `tickerlock systemd` makes units from: its options, checked against each other. @module */
import type { Invocation } from "../../command.ts";
import { ingestSettings } from "../ingest/spec.ts";
import type { systemdSettings } from "./spec.ts";
import { UsageError } from "../../../base/errors.ts";
import { withoutUrlSecrets } from "../../../base/text.ts";
import { exists } from "../../../platform/files.ts";
import { absolutePath } from "../../../platform/paths.ts";
import { hasCron, hasSystemd } from "../../../platform/services.ts";
import { parseDuration } from "../../../collect/duration.ts";
import { loadSource } from "../../../sources/registry.ts";
import type { Scope } from "../../../systemd/hardening.ts";
import { placeProblems } from "../../../systemd/places.ts";
import { isOnceADay } from "../../../systemd/escape.ts";
import type { Kind, UnitOptions } from "../../../systemd/units.ts";
import { parseCommandLine } from "../../args/parse.ts";
import { conflict } from "../../args/parsers.ts";

/** One call of `systemd`. */
export type SystemdCall = Invocation<typeof systemdSettings>;

type SystemdValues = SystemdCall["values"];

/** What follows `tickerlock systemd` and writes what starts runs. */
export type SystemdSubcommand = "print" | "install" | "cron";

/** Further starts of a run that failed, where its timer does not come again soon. */
const USUAL_RESTARTS = 4;
/** Where the program of a checkout is installed, see docs/operations.md. */
const USUAL_PROGRAM = "/usr/local/bin/tickerlock";
const USUAL_CRON_TIME = "30 18 * * 1-5";

function startsHere(name: SystemdSubcommand): boolean {
  return name === "cron" ? hasCron() : hasSystemd();
}

/** The program to start: this one where it is one file and is started on this machine. */
function programPath(given: string | null, startedHere: boolean): string {
  if (given !== null) return given;
  return Deno.build.standalone && startedHere ? Deno.execPath() : USUAL_PROGRAM;
}

/** Notes which program was taken, how to check a time, and what the services cannot reach. */
export function tellAfter(
  subcommand: SystemdSubcommand,
  { values: { exec }, origins, io }: SystemdCall,
  options: UnitOptions,
): void {
  const isHere = startsHere(subcommand);
  if (exec === null && !(Deno.build.standalone && isHere)) {
    const why = isHere ? "tickerlock runs from source here" : "this is for another machine";
    io.note(`${why}, so ${USUAL_PROGRAM} is taken for the program; name another with --exec PATH`);
  }
  if (subcommand === "cron") return;
  const own = io.config?.path;
  if (own !== undefined && options.config === null) {
    io.note(`the units do not read ${own}; to have them read it: --config ${own}`);
  }
  if (options.kind !== "collect" && origins.onCalendar !== "default") {
    // systemd itself is the judge.
    io.note(`check the time with: systemd-analyze calendar "${options.onCalendar}"`);
  }
  // Of the files of another machine nothing is known.
  const isThere = (path: string): boolean =>
    !isHere || (path === options.exec && exec === null) || exists(path);
  for (const problem of placeProblems(options, isThere)) io.note(problem);
}

function scopeOf({ scope, user }: SystemdValues): Scope {
  if (scope !== "user") return "system";
  if (user === null) return "user";
  throw new UsageError("conflicting_options", "--user does not go with --scope user", {
    hint: "Units of that scope run as the user whose they are; leave --user out.",
  });
}

/** A user and password in a URL: every user can read a unit, and the command line of a process. */
const URL_SECRET = /:\/\/[^/\s@]*:[^/\s]*@|:\/\/\S*[?&](password|token|key|secret)=/i;

function refuseSecrets(extra: readonly string[]): void {
  const secret = extra.find((word) => URL_SECRET.test(word) || /^--notify(=|$)/.test(word));
  if (secret === undefined) return;
  const shown = secret.startsWith("--notify") ? "--notify" : withoutUrlSecrets(secret);
  throw new UsageError("secret_in_unit", `${shown} has a secret in it, which all could read`, {
    hint:
      "Leave it out here; set the variable of the option, such as TICKERLOCK_DB or TICKERLOCK_NOTIFY, in " +
      "/etc/tickerlock/environment of mode 0600.",
  });
}

/** Refuses arguments after `--` that the command of the unit would refuse. */
function checkExtra(kind: Kind, extra: readonly string[]): void {
  refuseSecrets(extra);
  const [first] = extra;
  if (first !== undefined && !first.startsWith("-")) {
    throw new UsageError("unexpected_argument", `unexpected argument ${JSON.stringify(first)}`, {
      hint:
        `Write --ticker ${first} for a ticker; arguments for ${kind} follow "--" and begin with ` +
        "a dash.",
    });
  }
  if (kind === "ingest") parseCommandLine(extra, ingestSettings, () => undefined);
}

function restartsOf(kind: Kind, { restarts, onCalendar }: SystemdValues): number {
  if (kind === "collect" && restarts !== null) {
    throw conflict("--restarts", "--kind collect", "A collector is always started again.");
  }
  return restarts ?? (isOnceADay(onCalendar) ? USUAL_RESTARTS : 0);
}

/** What units are made from. @throws {UsageError} Where the options contradict each other. */
export async function optionsOf(
  subcommand: SystemdSubcommand,
  { values, origins, operands: extra }: SystemdCall,
): Promise<UnitOptions> {
  const kind: Kind = values.kind === "collect" ? "collect" : "ingest";
  const scope = scopeOf(values);
  checkExtra(kind, extra);
  const { ticker: tickers, tickersFile } = values;
  if (tickers.length > 0 && tickersFile !== null) {
    throw conflict("--ticker", "--tickers-file", "Put the tickers into the file.");
  }
  const source = await loadSource(values.source);
  // What a configuration file says of the source is for tasks that say nothing.
  const namesSource = origins.source === "option" || origins.source === "environment";
  const ownTask = tickers.length > 0 || tickersFile !== null || namesSource;
  if (kind === "collect" && ownTask && !/^--(every|config)(=|$)/m.test(extra.join("\n"))) {
    throw new UsageError("no_interval", "a collector with a task of its own needs an interval", {
      hint: "Name it after the options of systemd: -- --every 15m",
    });
  }
  const namesFile = /^--file(=|$)/m.test(extra.join("\n"));
  const fetches = source.fetches === true && !namesFile;
  if (kind === "ingest" && source.input === "file" && !namesFile && !fetches) {
    throw new UsageError("missing_file", `source ${source.name} needs files`, {
      hint: "Name them after the options of systemd: -- --file /srv/market-data",
    });
  }
  const chosen = extra.some((word) => /^(-t|--(ticker|tickers-file|all|dataset))(=|$)/.test(word));
  // Without a source the scheduler takes that of its configuration.
  const named = kind === "ingest" || namesSource;
  return {
    kind,
    scope,
    name: values.name ?? (kind === "collect" ? "tickerlock-collect" : "tickerlock"),
    user: values.user,
    onCalendar: subcommand === "cron" && origins.onCalendar === "default"
      ? USUAL_CRON_TIME
      : values.onCalendar,
    exec: programPath(values.exec, startsHere(subcommand)),
    source: named ? source.name : null,
    network: kind === "collect" || source.input === "network" || fetches,
    tickers,
    tickersFile: tickersFile === null ? null : absolutePath(tickersFile),
    config: origins.config === "option" && values.config !== null
      ? absolutePath(values.config)
      : null,
    datasets: source.datasets !== undefined,
    lists: kind === "ingest" && source.datasets === undefined && !chosen,
    extra,
    memoryMax: values.memoryMax,
    timeLimit: values.timeLimit,
    timeLimitMs: parseDuration(values.timeLimit) ?? Infinity,
    restarts: restartsOf(kind, values),
    onFailure: values.onFailure,
  };
}
