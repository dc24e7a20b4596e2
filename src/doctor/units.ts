/** The units of systemd: there, enabled, with what they need. @module */
import type { WantedRun } from "../store/reports.ts";
import { messageOf } from "../base/errors.ts";
import { exists, fileIdentity } from "../platform/files.ts";
import { type FoundService, optionValues, type ServiceCommand } from "../systemd/read.ts";
import { type Os, osName } from "../platform/os.ts";
import { trimFolder } from "../platform/paths.ts";
import { explain } from "../platform/refusals.ts";
import { schedulerName } from "../platform/services.ts";
import { checkCertificates } from "./certificates.ts";
import { failed, type Finding, ok, wrong } from "./finding.ts";

const CHECK = "systemd";

/** What the checks of units need. */
export interface UnitContext {
  readonly db: string;
  readonly lockDir: string;
  readonly readTickers: (path: string) => readonly string[];
  /** Reads what a configuration file says of these. @throws Where it cannot be read. */
  readonly readPlaces: (path: string) => UnitPlaces;
  readonly nowMs: number;
}

interface UnitPlaces {
  readonly db?: string | undefined;
  readonly lockDir?: string | undefined;
  readonly caFile?: string | undefined;
}

/** A command of a unit whose last run can be looked for in the log. */
export interface UnitRun {
  readonly unit: string;
  readonly wanted: WantedRun;
}

function placesOf(command: ServiceCommand, { readPlaces }: UnitContext): UnitPlaces {
  const { words, environment } = command;
  const said = (option: string, variable: string): string | undefined =>
    optionValues(words, option).at(-1) ?? environment[variable];
  const config = said("--config", "TICKERLOCK_CONFIG");
  const inFile = config === undefined ? {} : readPlaces(config);
  return {
    db: said("--db", "TICKERLOCK_DB") ?? inFile.db,
    lockDir: said("--lock-dir", "TICKERLOCK_LOCK_DIR") ?? environment.LOCK_DIR ?? inFile.lockDir,
    caFile: said("--ca-file", "TICKERLOCK_CA_FILE") ?? inFile.caFile,
  };
}

function isSame(one: string, other: string): boolean {
  if (trimFolder(one) === trimFolder(other)) return true;
  const file = fileIdentity(one);
  return file !== undefined && file === fileIdentity(other);
}

/** Whether an enabled unit works on the database and the locks that are looked at; its certificates. */
function placeFindings(command: ServiceCommand, context: UnitContext): Finding[] {
  const { unit } = command;
  let places: UnitPlaces;
  try {
    places = placesOf(command, context);
  } catch (reason) {
    const cause = reason instanceof Error ? reason.cause : undefined;
    if (cause instanceof Deno.errors.PermissionDenied) {
      return [wrong(
        "unit_configuration_untold",
        `${unit}: ${messageOf(reason)}: so its database and locks are not known`,
        "Run doctor as the user of the unit, or as root.",
      )];
    }
    return [failed("unit_configuration_bad", reason, `${unit}: `)];
  }
  const { db = context.db, lockDir, caFile } = places;
  const certificates = caFile === undefined
    ? []
    : checkCertificates(caFile, context.nowMs).filter(({ level }) => level !== "ok");
  const locks = lockDir === undefined ? "" : ` --lock-dir ${lockDir}`;
  const look = `tickerlock doctor --db ${db}${locks}`;
  if (!isSame(db, context.db)) {
    const message = `${unit} works on the database ${db}, and this is ${context.db}`;
    return [
      ...certificates,
      wrong("unit_other_database", message, `Look at that one, too: ${look}`),
    ];
  }
  if (lockDir === undefined || isSame(lockDir, context.lockDir)) return certificates;
  const message = `${unit} has its locks in ${lockDir}, and these are those of ${context.lockDir}`;
  const hint = `Look at those of the unit: ${look}`;
  return [...certificates, wrong("unit_other_lock_folder", message, hint)];
}

function commandFindings(command: ServiceCommand, context: UnitContext): Finding[] {
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
      context.readTickers(path);
    } catch (reason) {
      findings.push(wrong(
        "unit_list_unreadable",
        `${unit} reads its tickers from ${path}: ${messageOf(reason)}`,
        `Write one ticker a line into ${path}; others have to be able to read it (chmod 644).`,
      ));
    }
  }
  return [...findings, ...placeFindings(command, context)];
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

/** Whether the units are there, enabled, and have what they need. */
export function checkUnits(
  services: readonly FoundService[],
  context: UnitContext,
  unreadable: readonly string[] = [],
): Finding[] {
  if (services.length === 0 && unreadable.length === 0) {
    const message = "no unit of systemd runs tickerlock (tickerlock systemd install makes them)";
    return [ok(CHECK, message)];
  }
  const why =
    "cannot be read, or is no unit of systemd: it has no ExecStart, so nothing is started";
  const hint = "Look at it, and write it anew: tickerlock systemd install --force; or remove it.";
  // What is not started needs nothing.
  const started = ({ enabled, commands }: FoundService): readonly ServiceCommand[] =>
    enabled.length === 0 ? [] : commands;
  return [
    ...unreadable.map((path) => wrong("unit_file_bad", `${path} ${why}`, hint)),
    ...services.flatMap((service) => [
      enabledFinding(service, services),
      ...started(service).flatMap((command) => commandFindings(command, context)),
    ]),
  ];
}

/** What keeps a folder of units that was named from being looked into. */
export function folderFindings(path: string): Finding[] {
  try {
    Deno.readDirSync(path)[Symbol.iterator]().next();
    return [];
  } catch (reason) {
    const { kind, why, hint } = explain(reason, path, "read", "name another with --unit-dir");
    const message = `folder ${path} of units cannot be read: ${why}`;
    return kind === "missing" ? [] : [wrong("unit_folder_unreadable", message, hint)];
  }
}

/** The finding on a system without systemd. */
export function noUnits(os: Os): Finding {
  const why = `there is no systemd on ${osName(os)}, where ${schedulerName(os)} starts programs`;
  return ok(CHECK, `not checked: ${why}`);
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
  const commands = services.flatMap((each) => each.enabled.length === 0 ? [] : each.commands);
  return commands.flatMap((command): UnitRun[] => {
    const { unit, words, environment } = command;
    const source = optionValues(words, "--source").at(-1) ?? environment.TICKERLOCK_SOURCE;
    if (source === undefined || !words.includes("ingest")) return [];
    try {
      const { db = context.db } = placesOf(command, context);
      if (!isSame(db, context.db)) return [];
      const listed = optionValues(words, "--tickers-file").flatMap(context.readTickers);
      const tickers = [...namedTickers(words), ...listed];
      return [{ unit, wanted: { source, tickers: tickers.length === 0 ? null : tickers } }];
    } catch {
      // A finding of its own.
      return [];
    }
  });
}
