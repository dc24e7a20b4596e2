/** From the arguments of a command to its action. @module */
import { closest } from "../base/closest.ts";
import { isUrl } from "../base/text.ts";
import { givenUp } from "./process/rights.ts";
import { EXIT, type ExitCode, UsageError } from "../base/errors.ts";
import { commandHelp, helpWidth } from "./args/help.ts";
import { conflict, unused } from "./args/parsers.ts";
import { type Parsed, parseScanned } from "./args/parse.ts";
import { lineOf, wholeLineOf } from "./args/typed.ts";
import type { Environment } from "./args/environment.ts";
import { scan, type Scanned } from "./args/scan.ts";
import type { Settings } from "./args/setting.ts";
import type { Receiver } from "../notify/receiver.ts";
import type { Action, Invocation, Spec, Subcommand, Takes, Told } from "./command.ts";
import type { Configuration } from "./config/configuration.ts";
import { findConfiguration } from "./config/find.ts";
import { beginLog, type BeginOptions, loudnessOf } from "./log/begin.ts";
import { commonSettings } from "./log/settings.ts";
import type { Io } from "./output/io.ts";
import type { Entry } from "./registry.ts";

function isCommonOption(word: string): boolean {
  return Object.values(commonSettings).some((setting) =>
    word.split("=", 1)[0] === `--${setting.name}` ||
    ("short" in setting && word === `-${setting.short}`)
  );
}

const CALLED_INGEST: ReadonlySet<string> = new Set(["import", "fetch", "download"]);

/** The refusal of a command that there is not, or of an option in its place. */
export function unknownCommand(name: string, commands: readonly string[]): UsageError {
  if (isCommonOption(name)) {
    return new UsageError("unknown_option", `${name} stands before the command`, {
      hint: `Write it after the command: tickerlock COMMAND ${name}.`,
    });
  }
  const near = CALLED_INGEST.has(name)
    ? "ingest"
    : closest(name, [...commands, "--help", "--version"]);
  const what = name.startsWith("-") ? "option" : "command";
  return new UsageError(`unknown_${what}`, `unknown ${what} ${JSON.stringify(name)}`, {
    hint: near === undefined ? "See the commands with --help." : `Did you mean ${near}?`,
  });
}

/** The refusal of an unknown subcommand; undefined where one is needed and none was given. */
export function unknownSubcommand(
  { name: command, subcommands = [], surplus }: Spec,
  name: string | undefined,
): UsageError {
  const names = subcommands.map((each) => each.name);
  const use = `Use one of: ${names.join(", ")}.`;
  if (name === undefined) {
    return new UsageError("unknown_command", `${command} needs a subcommand`, { hint: use });
  }
  const near = closest(name, names);
  const hint = near !== undefined
    ? `Did you mean ${near}?`
    : names.length === 0
    ? `Write tickerlock help ${command}; it has no subcommands.`
    : `${use} ${surplus?.(name) ?? ""}`.trim();
  const what = JSON.stringify(`${command} ${name}`);
  return new UsageError("unknown_command", `unknown command ${what}`, { hint });
}

function mostOperands({ operand, subcommands }: Spec): number {
  if (subcommands === undefined && operand === undefined) return 0;
  const takers: readonly Takes[] = [{ operand }, ...subcommands ?? []];
  if (takers.some((each) => each.operand?.many === true)) return Infinity;
  // Also one more than a subcommand takes, so that it is told with its remedy.
  return subcommands === undefined ? 1 : 2;
}

/** The subcommand that a word names, or the default; undefined for what the command itself does. */
function choose(spec: Spec, first: string | undefined): Subcommand | undefined {
  const { subcommands, operand } = spec;
  const named = subcommands?.find(({ name }) => name === first);
  if (named !== undefined || subcommands === undefined || operand !== undefined) return named;
  const usual = subcommands.find(({ isDefault }) => isDefault === true);
  if (first !== undefined || usual === undefined) throw unknownSubcommand(spec, first);
  return usual;
}

/** Refuses an option that a subcommand does not use; a variable is for all. @throws {UsageError} */
export function refuseUnused(
  command: string,
  form: string,
  settings: Settings,
  origins: Parsed<Settings>["origins"],
): void {
  for (const [key, { name, subcommands }] of Object.entries(settings)) {
    if (origins[key] !== "option" || subcommands === undefined) continue;
    if (subcommands.includes(form)) continue;
    const takers = subcommands.map((each) => `tickerlock ${command} ${each}`).join(", ");
    const hint = `Leave it out; --${name} is for ${takers}.`;
    const details = { subcommand: form, subcommands };
    throw unused(`--${name}`, `${command} ${form} does not use --${name}`, hint, details);
  }
}

/** Refuses `--lock-dir` for a database on a server, where it would lock nothing. */
function refuseLockFolder(
  form: string,
  { db }: Settings,
  { values, origins }: Pick<Parsed<Settings>, "values" | "origins">,
): void {
  const usesDb = db !== undefined && (db.subcommands?.includes(form) ?? true);
  if (!usesDb || origins.lockDir !== "option" || !isUrl(String(values.db))) return;
  const hint = "Leave --lock-dir out: every machine has the same locks.";
  const details = { db: values.db };
  throw unused("--lock-dir", `the locks of ${values.db} are rows of the database`, hint, details);
}

function checkOperands(label: string, { operand, surplus }: Takes, words: readonly string[]): void {
  if (operand !== undefined && operand.optional !== true && words.length === 0) {
    const { name, what, hint = `Write tickerlock ${label} ${name}.` } = operand;
    throw new UsageError(`missing_${name.toLowerCase()}`, `${label} needs ${what}`, { hint });
  }
  const [extra] = operand === undefined ? words : operand.many === true ? [] : words.slice(1);
  if (extra === undefined) return;
  const taken = operand === undefined ? "no argument" : `${operand.what} and no more`;
  throw new UsageError("unexpected_argument", `${label} takes ${taken}: ${extra}`, {
    hint: surplus?.(extra) ?? "Leave it out; see --help.",
    details: { argument: extra },
  });
}

async function configurationOf(
  { lenient }: Spec,
  texts: Scanned["texts"],
  env: Environment,
  problems: UsageError[],
): Promise<Configuration | undefined> {
  try {
    return await findConfiguration(texts, env);
  } catch (error) {
    const isOfFile = error instanceof UsageError && /^(bad_config|config_)/.test(error.code);
    if (lenient !== "file" || !isOfFile) throw error;
    problems.push(error);
    return undefined;
  }
}

/** Who is told how a command ends; its module is loaded where there may be one. */
async function receiverOf(
  { notifies }: Action,
  parsed: Parsed<Settings>,
  env: Environment,
): Promise<Receiver | null> {
  if (notifies === undefined) return null;
  if (parsed.values.notify === null && !env("CREDENTIALS_DIRECTORY")) return null;
  return (await import("./notify.ts")).receiverOf(parsed, env);
}

/** Runs a command. @throws {TickerlockError} From parsing and from its action. */
export async function runCommand(entry: Entry, args: readonly string[], io: Io): Promise<ExitCode> {
  const { spec } = await entry.spec();
  const scanned = scan(args, Object.values(spec.settings), mostOperands(spec));
  const problems: UsageError[] = [];
  // For help, and before what is wrong with the command line itself is told, no file matters.
  if (!scanned.help && scanned.refused === undefined) {
    io.config = await configurationOf(spec, scanned.texts, io.env, problems);
  }
  const parsed = parseScanned(scanned, spec.settings, io.env, {
    file: io.config,
    problems: spec.lenient === undefined ? undefined : problems,
  });
  const { values, origins, given } = parsed;
  if (parsed.help) {
    const described = { ...spec, summary: entry.summary };
    io.out(commandHelp(described, parsed.operands[0], helpWidth(io.outColumns)));
    return EXIT.ok;
  }
  const [first] = parsed.operands;
  const subcommand = choose(spec, first);
  const operands = first === subcommand?.name ? parsed.operands.slice(1) : parsed.operands;
  const label = subcommand === undefined ? spec.name : `${spec.name} ${subcommand.name}`;
  // Without a subcommand the form is named by its operand.
  const form = subcommand?.name ?? `[${spec.operand?.name ?? ""}]`;
  refuseUnused(spec.name, form, spec.settings, origins);
  refuseLockFolder(form, spec.settings, parsed);
  if (values.wide === true && values.json === true) {
    throw conflict("--wide", "--json", "Leave --wide out: --json has all of it.");
  }
  checkOperands(label, subcommand ?? spec, operands);
  loudnessOf(parsed);
  const action = (await entry.run()).actions[subcommand?.name ?? "itself"];
  if (action === undefined) throw new Error(`${label} has no action`);
  const begin = async (options: BeginOptions = {}): Promise<void> => {
    await beginLog(io, label, parsed, options);
  };
  const typed = ["tickerlock", spec.name, ...args];
  const receiver = await receiverOf(action, parsed, io.env);
  let told: Told = {};
  const call: Invocation = {
    values,
    origins,
    given,
    operands,
    problems,
    io,
    commandLine: lineOf(typed),
    receiver,
    tell: (more) => void (told = more),
    beginLog: begin,
  };
  // A database on a server is reached by the network.
  const ofServer = [values.db, ...operands].some((each) => typeof each === "string" && isUrl(each));
  for (const right of givenUp(label, (values.logFile ?? null) !== null)) {
    if (right !== "net" || !(ofServer || receiver !== null)) io.giveUp(right);
  }
  action.check?.(call);
  const isTold = receiver !== null && action.notifies !== "by itself" && values.dryRun !== true;
  if (action.log !== "by itself") await begin({ always: action.log === "always" || isTold });
  const run = async (): Promise<ExitCode> => await action.run(call) ?? EXIT.ok;
  if (!isTold) return await run();
  const { notifying } = await import("./notify.ts");
  return await notifying(
    { receiver, command: label, job: wholeLineOf(typed), values },
    () => told,
    run,
  );
}
