/** The texts of the unit files. @module */
import { UsageError } from "../base/errors.ts";
import { hardening, type Scope } from "./hardening.ts";
import { withMark } from "./edit_mark.ts";
import { needsHome, type Placed, writtenFolders } from "./places.ts";
import { execProgram, execWord, pathWord } from "./escape.ts";

/** What a unit is for. */
export type Kind = "ingest" | "collect";

/** What units are wanted. */
export interface UnitOptions extends Placed {
  readonly kind: Kind;
  readonly name: string;
  readonly onCalendar: string;
  /** Null leaves it to the configuration; `collect` only. */
  readonly source: string | null;
  readonly network: boolean;
  readonly tickers: readonly string[];
  readonly datasets: boolean;
  /** The source takes lists of tickers, and `extra` names none: the default is a list. */
  readonly lists: boolean;
  readonly memoryMax: string;
  readonly timeLimit: string;
  readonly timeLimitMs: number;
  /** Further starts after a failed run at most; `ingest` only, a collector is always started again. */
  readonly restarts: number;
  readonly onFailure: string | null;
}

/** How long a run waits for a service that is out of reach, and rests between two starts. */
const PATIENCE = "5m";
const REST_MINUTES = 5;
/** Within what a timer of each day never counts the starts of the day before. */
const LONGEST_LIMIT_MINUTES = 20 * 60;

/** A unit file. */
export interface Unit {
  readonly name: string;
  readonly text: string;
}

/** Folder of lists and settings; %E is a user's folder of configuration, `~/.config`. */
function configFolder(scope: Scope): string {
  return `${scope === "system" ? "/etc" : "%E"}/tickerlock`;
}

/** How a word is written so that what starts the program hands it on as it is. */
type Quote = (text: string, label: string) => string;

function tickerWords(options: UnitOptions, quote: Quote, template: boolean): string[] {
  const { scope, tickers, tickersFile, lists, extra } = options;
  if (template) return ["--tickers-file", `${configFolder(scope)}/%i.txt`];
  if (tickersFile !== null) return ["--tickers-file", quote(tickersFile, "--tickers-file")];
  if (tickers.length > 0) {
    return tickers.flatMap((ticker) => ["--ticker", quote(ticker, "--ticker")]);
  }
  // Of a file, all tickers are taken where no list is named.
  if (!lists || extra.some((word) => /^--file(=|$)/.test(word))) return [];
  return ["--tickers-file", `${configFolder(scope)}/tickers.txt`];
}

/** What follows the program, up to the arguments that are handed to it. */
export function commandWords(options: UnitOptions, quote: Quote, template = false): string[] {
  const { kind, source } = options;
  return [
    kind,
    ...source === null ? [] : ["--source", quote(source, "--source")],
    ...tickerWords(options, quote, template),
    ...patienceWords(options),
  ];
}

function commandLine(options: UnitOptions, template: boolean): string {
  const { exec, extra } = options;
  return [
    execProgram(exec, "--exec"),
    ...commandWords(options, execWord, template),
    ...extra.map((word) => execWord(word, "argument")),
    ...configWords(options),
  ].join(" ");
}

/**
 * Has a run wait for a network that is not there yet; not where it may have its own `--deadline`,
 * nor for datasets, whose first sync may take longer.
 */
function patienceWords(options: UnitOptions): string[] {
  const { kind, network, datasets, config, extra } = options;
  const isSet = config !== null || extra.some((word) => /^--(deadline|config)(=|$)/.test(word));
  return kind !== "ingest" || !network || datasets || isSet ? [] : ["--deadline", PATIENCE];
}

/** A unit reads the file that it names, and never that of the person whose HOME it happens to have. */
function configWords(options: UnitOptions): string[] {
  const { config, extra, scope } = options;
  if (config !== null) return ["--config", execWord(config, "--config")];
  if (takesConfiguration(options)) return ["--config", `${configFolder(scope)}/tickerlock.json`];
  return extra.some((word) => /^--(no-)?config(=|$)/.test(word)) ? [] : ["--no-config"];
}

/** A collector that is told no task has its tasks from a file that an operator can edit. */
function takesConfiguration({ kind, source, tickers, tickersFile, extra }: UnitOptions): boolean {
  return kind === "collect" && source === null && tickersFile === null && tickers.length === 0 &&
    extra.length === 0;
}

function identity({ scope, user }: UnitOptions): string[] {
  if (scope === "user") return [];
  if (user !== null) return [`User=${user}`];
  // One user for all units, which share database and locks.
  return ["DynamicUser=yes", "User=tickerlock"];
}

/** Bounds the starts of a failed run by a span in which all of them fit. */
function startLimit({ kind, restarts, timeLimitMs }: UnitOptions): string[] {
  if (kind !== "ingest" || restarts === 0) return [];
  const minutes = (restarts + 1) * (Math.ceil(timeLimitMs / 60_000) + REST_MINUTES);
  return [
    "# Those of a timer and of a hand count as well: systemctl reset-failed begins anew.",
    `StartLimitIntervalSec=${Math.min(minutes, LONGEST_LIMIT_MINUTES)}min`,
    `StartLimitBurst=${restarts + 1}`,
  ];
}

function restartLines(restarts: number): string[] {
  if (restarts === 0) return [];
  return [
    "# For a oneshot service from systemd 244 on. 2: wrong command line or configuration. 3: some",
    "# tickers failed, and the next run asks for them again.",
    "Restart=on-failure",
    `RestartSec=${REST_MINUTES}min`,
    "RestartPreventExitStatus=2 3",
  ];
}

function howItRuns({ kind, timeLimit, restarts }: UnitOptions): string[] {
  if (kind === "ingest") {
    return ["Type=oneshot", `TimeoutStartSec=${timeLimit}`, ...restartLines(restarts)];
  }
  return [
    "Type=notify",
    "NotifyAccess=main",
    "# Reads its configuration again.",
    "ExecReload=/bin/kill -HUP $MAINPID",
    "WatchdogSec=120",
    "# Longer than --grace.",
    "TimeoutStopSec=30",
    // It notifies when it is ready; a first full sync may take hours.
    "TimeoutStartSec=infinity",
    "Restart=on-failure",
    "RestartSec=30s",
    "# Wrong command line or configuration.",
    "RestartPreventExitStatus=2",
  ];
}

/** A secret in a file that root alone can read; a line break stands for none (systemd 247 or later). */
function credentialLines({ scope, network, source }: UnitOptions): string[] {
  if (scope === "user" || !network || (source !== null && source !== "yahoo")) return [];
  return [
    "# The cookie for Yahoo: a file of mode 0600 of root. It outlives no service and is in no variable.",
    `LoadCredential=yahoo_cookie:${configFolder(scope)}/yahoo_cookie`,
    "SetCredential=yahoo_cookie:\\n",
  ];
}

function unit(name: string, lines: readonly string[]): Unit {
  return { name, text: withMark(`# ${name}\n${lines.join("\n")}\n`) };
}

function service(options: UnitOptions, template: boolean): Unit {
  const { kind, name, scope, network } = options;
  const fileName = `${name}${template ? "@" : ""}.service`;
  const what = kind === "ingest" ? "bring market data in" : "collect market data";
  const system = scope === "system";
  const writable = writtenFolders(options.extra);
  return unit(fileName, [
    `# Keep changes of your own in a drop-in: systemctl ${system ? "" : "--user "}edit ${fileName}`,
    "",
    "[Unit]",
    `Description=tickerlock: ${what}${template ? " (list %i)" : ""}`,
    ...system && network ? ["Wants=network-online.target"] : [],
    ...system ? [`After=${network ? "network-online.target " : ""}time-sync.target`] : [],
    ...startLimit(options),
    ...options.onFailure === null ? [] : [`OnFailure=${options.onFailure}`],
    "",
    "[Service]",
    `ExecStart=${commandLine(options, template)}`,
    ...howItRuns(options),
    "# 75: another run has the lock, and nothing else failed. 143: stopped in order.",
    "SuccessExitStatus=75",
    "SuccessExitStatus=143",
    "",
    "# One database and one folder of locks for all units. The locks stay when a service ends: another",
    "# one may hold them.",
    ...identity(options),
    "StateDirectory=tickerlock",
    "StateDirectoryMode=0700",
    "RuntimeDirectory=tickerlock",
    "RuntimeDirectoryMode=0700",
    "RuntimeDirectoryPreserve=yes",
    "WorkingDirectory=%S/tickerlock",
    "Environment=TICKERLOCK_DB=%S/tickerlock/tickerlock.db",
    "Environment=TICKERLOCK_LOCK_DIR=%t/tickerlock",
    "# Further variables, secrets among them; read by systemd itself, so mode 0600 is right.",
    `EnvironmentFile=-${configFolder(scope)}/environment`,
    ...credentialLines(options),
    "",
    `MemoryMax=${options.memoryMax}`,
    "TasksMax=128",
    ...hardening(scope, network, needsHome(options)),
    ...writable.length === 0 ? [] : [
      "# What the command is told to write.",
      `ReadWritePaths=${writable.map((path) => pathWord(path, "argument")).join(" ")}`,
    ],
    ...kind === "collect"
      ? ["", "[Install]", `WantedBy=${system ? "multi-user" : "default"}.target`]
      : [],
  ]);
}

function timer({ name, onCalendar }: UnitOptions, template: boolean): Unit {
  return unit(`${name}${template ? "@" : ""}.timer`, [
    "",
    "[Unit]",
    `Description=tickerlock: when to bring market data in${template ? " (list %i)" : ""}`,
    "",
    "[Timer]",
    `OnCalendar=${onCalendar}`,
    "# Makes up for a time at which the machine was off.",
    "Persistent=true",
    "RandomizedDelaySec=5min",
    "",
    "[Install]",
    "WantedBy=timers.target",
  ]);
}

/** systemd drops a unit from its own OnFailure=, and then nothing tells of a failure. */
function refuseItself({ name, onFailure }: UnitOptions): void {
  const itself = [name, `${name}@`, `${name}@%i`, "%N", "%p"].map((each) => `${each}.service`);
  if (onFailure === null || !["%n", ...itself].includes(onFailure)) return;
  throw new UsageError("bad_value", `--on-failure ${onFailure}: that is the service itself`, {
    hint: "Name another unit, which tells of the failure: --on-failure mail-admin@%n.service",
    details: { option: "--on-failure", value: onFailure },
  });
}

/**
 * The unit files: for `ingest` a service and its timer, for lists of tickers as templates as well;
 * for `collect` one service. @throws {UsageError}
 */
export function unitsFor(options: UnitOptions): Unit[] {
  refuseItself(options);
  if (options.kind === "collect") return [service(options, false)];
  const units = [service(options, false), timer(options, false)];
  return options.lists ? [...units, service(options, true), timer(options, true)] : units;
}
