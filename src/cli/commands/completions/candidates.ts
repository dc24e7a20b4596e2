/** What may stand where the cursor is. @module */
import type { ConfigValues } from "../../args/parse.ts";
import { scan, type Scanned } from "../../args/scan.ts";
import { type Completes, type Setting, variableOf } from "../../args/setting.ts";
import type { Spec, Summary } from "../../command.ts";

/** One candidate: the whole word, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly what: string;
}

interface Completion {
  readonly kind: "words" | "files" | "folders";
  readonly candidates: readonly Candidate[];
}

/** Where names are looked up, by the line, the environment or the configuration file. */
export interface Places {
  readonly db: string;
  readonly lockDir: string;
  readonly source: string | undefined;
  /** Table or view whose columns are wanted; undefined where none is named. */
  readonly table: string | undefined;
}

/** Kinds of names that have to be looked up. */
export type Named = "ticker" | "lock" | "source" | "table" | "column";

/** Where candidates come from. */
export interface Finder {
  readonly commands: readonly Summary[];
  spec(name: string): Promise<Spec | undefined>;
  env(name: string): string | undefined;
  /** The configuration file, by what is given on the line. Must not throw. */
  config(given: Scanned["texts"]): Promise<ConfigValues | undefined>;
  find(kind: Named, start: string, places: Places): Promise<readonly Candidate[]>;
}

/** Nothing to offer. */
export const NOTHING: Completion = { kind: "words", candidates: [] };

function startingWith(candidates: readonly Candidate[], start: string): Completion {
  return { kind: "words", candidates: candidates.filter(({ value }) => value.startsWith(start)) };
}

async function placesOf(
  { texts, operands: [first] }: Scanned,
  spec: Spec,
  { env, config }: Finder,
): Promise<Places> {
  // Every specification has loaded these; names of commands do not need them.
  const { shared } = await import("../../args/shared.ts");
  const settings: readonly Setting<unknown>[] = Object.values(spec.settings);
  const file = await config(texts);
  const said = (setting: Setting<unknown>): string | undefined =>
    texts.get(setting.name)?.at(-1) || variableOf(setting, env)?.text || file?.get(setting)?.text;
  // A command without the option may still have names to complete: then every command's will do.
  const place = (usual: Setting<string>): string => {
    const setting = settings.find(({ name }) => name === usual.name) ?? usual;
    return said(setting) ?? setting.fallback ?? "";
  };
  const source = settings.find(({ name }) => name === "source");
  return {
    db: place(shared.db),
    lockDir: place(shared.lockDir),
    source: source && said(source)?.toLowerCase(),
    table: spec.operand?.completes === "table" ? first : undefined,
  };
}

const KINDS = new Map<string, Completes>(
  Object.entries({ TICKER: "ticker", SOURCE: "source", PATH: "file", FILE: "file", DIR: "folder" }),
);

/** What an option's value is, by its placeholder: `TICKER`, `[NAME]`, `N|PATH`. */
function kindOf({ completes, value = "" }: Setting<unknown>): Completes {
  const kinds = value.split(/[^A-Z]+/).flatMap((word) => KINDS.get(word) ?? []);
  return completes ?? kinds[0] ?? "nothing";
}

async function ofKind(
  kind: Completes,
  start: string,
  places: Places,
  finder: Finder,
): Promise<Completion> {
  if (kind === "nothing") return NOTHING;
  if (kind === "file") return { kind: "files", candidates: [] };
  if (kind === "folder") return { kind: "folders", candidates: [] };
  return { kind: "words", candidates: await finder.find(kind, start, places) };
}

function options(
  settings: readonly Setting<unknown>[],
  given: Scanned["texts"],
  subcommand: string | undefined,
): Candidate[] {
  const usable = settings.filter((setting) =>
    (setting.repeatable === true || !given.has(setting.name)) &&
    (subcommand === undefined || setting.subcommands?.includes(subcommand) !== false)
  );
  const help = { value: "--help", what: "Show the command's help" };
  return [...usable.map(({ name, help }) => ({ value: `--${name}`, what: help })), help];
}

async function ofCommand(
  spec: Spec,
  words: readonly string[],
  finder: Finder,
): Promise<Completion> {
  const { subcommands = [], operand } = spec;
  const settings: readonly Setting<unknown>[] = Object.values(spec.settings);
  const current = words.at(-1) ?? "";
  const line = scan(words.slice(0, -1), settings, Infinity);
  const { operands, texts, pending, list, ended } = line;
  const places = await placesOf(line, spec, finder);
  const ofSetting = (setting: Setting<unknown>, start: string): Promise<Completion> => {
    const { choices, suggestions = [] } = setting;
    const said = choices ?? suggestions;
    if (said.length === 0) return ofKind(kindOf(setting), start, places, finder);
    return Promise.resolve(startingWith(said.map((value) => ({ value, what: "" })), start));
  };
  const mayBeLeftOut = pending?.optionalValue === true && current.startsWith("-");
  if (pending !== undefined && !mayBeLeftOut) return await ofSetting(pending, current);
  if (list !== undefined && !current.startsWith("-")) return await ofSetting(list, current);
  if (!ended) {
    const [, name, start] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
    const setting = settings.find((each) => each.name === name && each.value !== undefined);
    if (start !== undefined) {
      if (setting === undefined) return NOTHING;
      const { kind, candidates } = await ofSetting(setting, start);
      const whole = candidates.map(({ value, what }) => ({ value: `--${name}=${value}`, what }));
      return { kind, candidates: whole };
    }
  }
  // A word that is no subcommand is what the command works on, where it takes something.
  const subcommand = operand === undefined || subcommands.some(({ name }) => name === operands[0])
    ? operands[0]
    : undefined;
  if (!ended && current.startsWith("-")) {
    return startingWith(options(settings, texts, subcommand), current);
  }
  if (subcommands.length > 0 && operands.length === 0) {
    const all = subcommands.map(({ name, summary }) => ({ value: name, what: summary }));
    const { kind, candidates } = startingWith(all, current);
    if (operand === undefined) return { kind, candidates };
    const more = await ofKind(operand.completes ?? "nothing", current, places, finder);
    return { kind: more.kind, candidates: [...candidates, ...more.candidates] };
  }
  if (operands.length === 1) {
    const { completes } = subcommands.find(({ name }) => name === subcommand)?.operand ?? {};
    if (completes !== undefined) return await ofKind(completes, current, places, finder);
  }
  const taker = settings.find(({ takesWords }) => takesWords === true);
  if (taker !== undefined && (ended || current !== "")) return await ofSetting(taker, current);
  // Nothing but options can come here.
  return ended ? NOTHING : startingWith(options(settings, texts, subcommand), current);
}

/** What may stand where the cursor is. @param words Without the program; the last is completed. */
export async function complete(words: readonly string[], finder: Finder): Promise<Completion> {
  const [first = "", ...rest] = words;
  const commands = finder.commands.map(({ name, summary }) => ({ value: name, what: summary }));
  if (rest.length === 0) {
    const general = [
      { value: "--help", what: "Show the help" },
      { value: "--version", what: "Show the version" },
    ];
    const all = first.startsWith("-")
      ? general
      : [...commands, { value: "help", what: "Show the help of a command" }];
    return startingWith(all, first);
  }
  if (first === "help") return rest.length === 1 ? startingWith(commands, rest[0] ?? "") : NOTHING;
  const command = await finder.spec(first);
  return command === undefined ? NOTHING : await ofCommand(command, rest, finder);
}
