/**
 * The units of systemd: there, enabled, with what they need, and how their last runs ended.
 *
 * @module
 */
import type { WantedRun } from "../store/reports.ts";
import { messageOf } from "../base/errors.ts";
import { exists } from "../platform/files.ts";
import { type FoundService, optionValues, type ServiceCommand } from "../systemd/read.ts";
import { type Os, osName } from "../platform/os.ts";
import { explain } from "../platform/refusals.ts";
import { schedulerName } from "../platform/services.ts";
import { type Finding, ok, wrong } from "./finding.ts";

const CHECK = "systemd";

/** What the checks of units need. */
export interface UnitContext {
  /** The database that was looked at. */
  readonly db: string;
  /** Reads a list of tickers. @throws Where it cannot be read. */
  readonly readTickers: (path: string) => readonly string[];
}

/** A command of a unit whose last run can be looked for in the log. */
export interface UnitRun {
  readonly unit: string;
  readonly wanted: WantedRun;
}

function databaseOf({ words, environment }: ServiceCommand): string | undefined {
  return optionValues(words, "--db").at(-1) ?? environment.TICKERLOCK_DB;
}

function commandFindings(
  service: FoundService,
  command: ServiceCommand,
  { db, readTickers }: UnitContext,
): Finding[] {
  const { unit, words } = command;
  const [program] = words;
  const findings: Finding[] = [];
  if (program === undefined) {
    const hint = "Write it anew: tickerlock systemd install --force";
    return [wrong("unit_without_command", `${unit} has no ExecStart`, hint)];
  }
  if (program.startsWith("/") && !exists(program)) {
    findings.push(wrong(
      "unit_program_missing",
      `${unit} starts ${program}, which is not there`,
      "Put the program there, or write the unit anew with --exec PATH.",
    ));
  }
  for (const path of optionValues(words, "--tickers-file")) {
    try {
      readTickers(path);
    } catch (reason) {
      findings.push(wrong(
        "unit_list_unreadable",
        `${unit} reads its tickers from ${path}: ${messageOf(reason)}`,
        `Write one ticker a line into ${path}; others have to be able to read it (chmod 644).`,
      ));
    }
  }
  const theirs = databaseOf(command);
  if (theirs !== undefined && theirs !== db && service.enabled.length > 0) {
    const { environment } = command;
    const lockDir = environment.TICKERLOCK_LOCK_DIR ?? environment.LOCK_DIR;
    findings.push(wrong(
      "unit_other_database",
      `${unit} works on the database ${theirs}, and this is ${db}`,
      `Look at that one, too: tickerlock doctor --db ${theirs}` +
        (lockDir === undefined ? "" : ` --lock-dir ${lockDir}`),
    ));
  }
  return findings;
}

function enabledFinding(service: FoundService, all: readonly FoundService[]): Finding {
  const { name, path, byTimer, hasTimer, enabled, mark } = service;
  const stem = name.replace(/@?\.service$/, "");
  const unit = name.replace(/\.service$/, byTimer ? ".timer" : ".service");
  const edited =
    { untouched: "", edited: ", edited by hand", foreign: ", not written by tickerlock" }[mark];
  if (enabled.length > 0) return ok(CHECK, `${path}: enabled as ${enabled.join(", ")}${edited}`);
  if (hasTimer === false) {
    const hint = "Write it: tickerlock systemd install";
    return wrong("unit_without_timer", `${path}: there is no ${unit} to start it`, hint);
  }
  // Of a unit and its template it is enough that one is used.
  const other = all.find((each) =>
    each !== service && each.scope === service.scope && each.enabled.length > 0 &&
    each.name.replace(/@?\.service$/, "") === stem
  );
  if (other !== undefined || name.includes("@")) {
    return ok(CHECK, `${path}: not enabled, and need not be${edited}`);
  }
  const systemctl = service.scope === "user" ? "systemctl --user" : "systemctl";
  return wrong(
    "unit_not_enabled",
    `${path}: ${unit} is not enabled, so nothing starts it`,
    `${systemctl} daemon-reload && ${systemctl} enable --now ${unit}`,
  );
}

/**
 * Whether the units are there, enabled, and have what they need.
 *
 * @param unreadable Files of services that cannot be read or have no command. Default none.
 */
export function checkUnits(
  services: readonly FoundService[],
  context: UnitContext,
  unreadable: readonly string[] = [],
): Finding[] {
  if (services.length === 0 && unreadable.length === 0) {
    const message = "no unit of systemd runs tickerlock (tickerlock systemd install makes them)";
    return [ok(CHECK, message)];
  }
  const garbage = unreadable.map((path) =>
    wrong(
      "unit_file_bad",
      `${path} cannot be read, or is no unit of systemd: it has no ExecStart, so nothing is started`,
      "Look at it, and write it anew: tickerlock systemd install --force; or remove it.",
    )
  );
  return [
    ...garbage,
    ...services.flatMap((service) => [
      enabledFinding(service, services),
      // What is not started needs nothing.
      ...service.enabled.length === 0
        ? []
        : service.commands.flatMap((command) => commandFindings(service, command, context)),
    ]),
  ];
}

/** What keeps a folder of units that was named from being looked into; one that is missing has none. */
export function folderFindings(path: string): Finding[] {
  try {
    Deno.readDirSync(path)[Symbol.iterator]().next();
    return [];
  } catch (reason) {
    const { kind, why, hint } = explain(reason, path, "read", "name another with --unit-dir");
    if (kind === "missing") return [];
    return [
      wrong("unit_folder_unreadable", `folder ${path} of units cannot be read: ${why}`, hint),
    ];
  }
}

/** The finding on a system without systemd. */
export function noUnits(os: Os): Finding {
  return ok(
    CHECK,
    `not checked: there is no systemd on ${osName(os)}, where ${schedulerName(os)} starts programs`,
  );
}

/** The tickers that a command line names: the words after `ingest`, and those of `--ticker`. */
function namedTickers(words: readonly string[]): string[] {
  const after = words.slice(words.indexOf("ingest") + 1);
  const end = after.findIndex((word) => word.startsWith("-"));
  const bare = end < 0 ? after : after.slice(0, end);
  return [...bare, ...optionValues(words, "--ticker"), ...optionValues(words, "-t")]
    .flatMap((text) => text.toUpperCase().split(",")).map((name) => name.trim()).filter(Boolean);
}

/** The runs to look for in the log: one for each enabled unit that works on the database. */
export function unitRuns(services: readonly FoundService[], context: UnitContext): UnitRun[] {
  const runs: UnitRun[] = [];
  for (const { commands, enabled } of services) {
    if (enabled.length === 0) continue;
    for (const command of commands) {
      const { unit, words, environment } = command;
      if (!words.includes("ingest") || (databaseOf(command) ?? context.db) !== context.db) continue;
      const source = optionValues(words, "--source").at(-1) ?? environment.TICKERLOCK_SOURCE;
      if (source === undefined) continue;
      let listed: string[];
      try {
        listed = optionValues(words, "--tickers-file").flatMap(context.readTickers);
      } catch {
        // A finding of its own.
        continue;
      }
      const tickers = [...namedTickers(words), ...listed];
      runs.push({ unit, wanted: { source, tickers: tickers.length === 0 ? null : tickers } });
    }
  }
  return runs;
}
