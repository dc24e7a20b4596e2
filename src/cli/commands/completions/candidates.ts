/**
 * What may stand where the cursor is. Knows the line and the tables of settings; what is in a
 * database or a folder it asks for.
 *
 * @module
 */
import type { Completes } from "../../args/config.ts";
import type { CommandShape, OptionShape } from "./shape.ts";

/** One candidate: the whole word, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly what: string;
}

/** What a shell is told: candidates, or that it completes names of files or folders by itself. */
export interface Completion {
  readonly kind: "words" | "files" | "folders";
  readonly candidates: readonly Candidate[];
}

/** What is said on the line, or in its stead by the environment, of where names are looked up. */
export interface Places {
  readonly db: string;
  readonly lockDir: string;
  /** Undefined where any will do. */
  readonly source: string | undefined;
  /** Table or view whose columns are wanted, of a command that takes one; undefined where none is named. */
  readonly table?: string;
}

/** Kinds of names that somebody has to look up. */
export type Named = "ticker" | "lock" | "source" | "table" | "column";

/** Where candidates come from. */
export interface Finder {
  /** All commands. */
  readonly commands: readonly CommandShape[];
  /** Environment. */
  env(name: string): string | undefined;
  /** Names of a kind that begin with a text, in any case. Must not throw. */
  find(
    kind: Named,
    start: string,
    places: Places,
  ): Promise<readonly Candidate[]>;
}

const NOTHING: Completion = { kind: "words", candidates: [] };

/** The words behind a command's name, up to the cursor, as far as they matter. */
interface Line {
  readonly operands: readonly string[];
  readonly given: ReadonlyMap<string, string>;
  /** The option whose value stands at the cursor. */
  readonly pending: OptionShape | undefined;
  /** Behind "--" nothing is an option. */
  readonly ended: boolean;
}

function readLine(before: readonly string[], settings: readonly OptionShape[]): Line {
  const operands: string[] = [];
  const given = new Map<string, string>();
  for (let at = 0; at < before.length; at++) {
    const word = before[at] ?? "";
    if (word === "--") {
      operands.push(...before.slice(at + 1));
      return { operands, given, pending: undefined, ended: true };
    }
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const setting = settings.find((each) => each.name === name);
    if (name === undefined) {
      if (!word.startsWith("-")) operands.push(word);
    } else if (setting?.value === undefined || value !== undefined) {
      given.set(name, value ?? "");
    } else if (at + 1 >= before.length) {
      return { operands, given, pending: setting, ended: false };
    } else if (setting.value === "optional" && before[at + 1]?.startsWith("-")) {
      given.set(name, "");
    } else {
      given.set(name, before[++at] ?? "");
    }
  }
  return { operands, given, pending: undefined, ended: false };
}

function startingWith(candidates: readonly Candidate[], start: string): Completion {
  return {
    kind: "words",
    candidates: candidates.filter(({ value }) => value.startsWith(start)),
  };
}

function placesOf(
  { given, operands: [first] }: Line,
  { options: settings, operand }: CommandShape,
  { env, commands }: Finder,
): Places {
  const said = (shape: OptionShape | undefined): string | undefined =>
    shape && (given.get(shape.name) || (shape.env && env(shape.env)) || undefined);
  // A command without the option may still have names to complete: then any other's will do.
  const known = (name: string): OptionShape | undefined =>
    [settings, ...commands.map(({ options }) => options)].flat().find((each) => each.name === name);
  const db = known("db");
  const lockDir = known("lock-dir");
  return {
    db: said(db) ?? db?.fallback ?? "",
    lockDir: said(lockDir) ?? lockDir?.fallback ?? "",
    source: said(settings.find(({ name }) => name === "source"))?.toLowerCase(),
    ...(operand === "table" && first !== undefined ? { table: first } : {}),
  };
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
  settings: readonly OptionShape[],
  given: ReadonlyMap<string, string>,
  subcommand: string | undefined,
): Candidate[] {
  const usable = settings.filter((setting) =>
    (setting.repeatable === true || !given.has(setting.name)) &&
    (subcommand === undefined || setting.subcommands?.includes(subcommand) !== false)
  );
  return [...usable.map(({ name, help }) => ({ value: `--${name}`, what: help })), {
    value: "--help",
    what: "Show the command's help",
  }];
}

async function ofCommand(
  command: CommandShape,
  words: readonly string[],
  finder: Finder,
): Promise<Completion> {
  const { options: settings, subcommands, operand } = command;
  const current = words.at(-1) ?? "";
  const line = readLine(words.slice(0, -1), settings);
  const { operands, given, pending, ended } = line;
  const places = placesOf(line, command, finder);
  const ofSetting = (setting: OptionShape, start: string): Promise<Completion> | Completion => {
    if (setting.words === undefined) {
      return ofKind(setting.completes ?? "nothing", start, places, finder);
    }
    return startingWith(setting.words.map((value) => ({ value, what: "" })), start);
  };
  const mayBeLeftOut = pending?.value === "optional" && current.startsWith("-");
  if (pending !== undefined && !mayBeLeftOut) return await ofSetting(pending, current);
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
    return startingWith(options(settings, given, subcommand), current);
  }
  if (subcommands.length > 0 && operands.length === 0) {
    const all = subcommands.map(({ name, summary }) => ({ value: name, what: summary }));
    const { kind, candidates } = startingWith(all, current);
    if (operand === undefined) return { kind, candidates };
    const more = await ofKind(operand, current, places, finder);
    return { kind: more.kind, candidates: [...candidates, ...more.candidates] };
  }
  if (operands.length === 1) {
    const { completes } = subcommands.find(({ name }) => name === subcommand) ?? {};
    if (completes !== undefined) return await ofKind(completes, current, places, finder);
  }
  // Nothing but options can come here.
  return ended ? NOTHING : startingWith(options(settings, given, subcommand), current);
}

/**
 * What may stand where the cursor is.
 *
 * @param words The words behind the program's name, without quotes; the last one, which may be empty,
 *   is the one that is completed, up to the cursor.
 * @param finder Where candidates come from.
 */
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
  if (first === "help") {
    return rest.length === 1 ? startingWith(commands, rest[0] ?? "") : NOTHING;
  }
  const command = finder.commands.find(({ name }) => name === first);
  return command === undefined ? NOTHING : await ofCommand(command, rest, finder);
}
