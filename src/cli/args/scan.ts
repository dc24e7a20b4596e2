/**
 * What stands on a command line, word by word, before a library reads it.
 *
 * @module
 */
import { closest } from "../../base/closest.ts";
import { UsageError } from "../../base/errors.ts";

/** Words in order, as the library is to get them. */
export interface Scanned {
  /** For the library: every value of ours that it would read otherwise is joined with "=". */
  readonly args: readonly string[];
  /** What was said of each flag; the library would take "--json=maybe" for true. */
  readonly flagTexts: ReadonlyMap<string, string[]>;
  /** What stands behind "--". */
  readonly rest: readonly string[];
  /** What no library can settle: an option whose value would be taken for an option. */
  readonly refused: UsageError | undefined;
}

function dashedValue(option: string, word: string, meta: string): UsageError {
  const path = meta === "PATH" || meta === "DIR" || meta === "FILE";
  return new UsageError(
    "missing_value",
    `${option} needs a value, and ${word} looks like an option`,
    {
      hint: `If it is the value, write ${option}=${path ? "./" : ""}${word}`,
      details: { option, value: word },
    },
  );
}

/** Long names in place of `-q` or `-qv`, where each letter stands for a flag. */
function longNames(arg: string, shorts: ReadonlyMap<string, string>): string[] {
  if (!/^-[a-zA-Z]+$/.test(arg)) return [arg];
  const names = [...arg.slice(1)].map((letter) => shorts.get(letter));
  return names.every((name) => name !== undefined) ? names.map((name) => `--${name}`) : [arg];
}

// The library reads "-dash.csv" as -d -a -s -h, and so as a call for help.
function isLettersOnly(word: string): boolean {
  return /^-[^-\d.]/.test(word) && word !== "-h";
}

/** Whether a word begins with a dash, and is no option that there is. */
function isNoOption(word: string, names: readonly string[]): boolean {
  const [, name] = /^--([^=]+)/s.exec(word) ?? [];
  return name === undefined ? isLettersOnly(word) : !names.includes(name);
}

/**
 * Settles what a library cannot know: which words are values.
 *
 * @param words The command line.
 * @param valued Options that take a value, and what the value is called.
 * @param flags Options that take none.
 * @param shorts Letters that stand for a flag.
 */
export function scan(
  words: readonly string[],
  valued: ReadonlyMap<string, string>,
  flags: ReadonlySet<string>,
  shorts: ReadonlyMap<string, string>,
): Scanned {
  const names = [...valued.keys(), ...flags, "help"];
  let refused: UsageError | undefined;
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  const given = [
    ...options.flatMap((arg) => longNames(arg, shorts)),
    ...end < 0 ? [] : words.slice(end),
  ];
  const args: string[] = [];
  const flagTexts = new Map<string, string[]>();
  for (let i = 0; i < given.length; i++) {
    const arg = given[i] ?? "";
    const next = given[i + 1] ?? "";
    if (arg === "--") return { args, flagTexts, rest: given.slice(i + 1), refused };
    const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (flags.has(name)) {
      const joined = value === undefined && /^(true|false)$/.test(next);
      flagTexts.set(name, [
        ...flagTexts.get(name) ?? [],
        joined ? next : value ?? "true",
      ]);
      args.push(`--${name}=true`);
      if (joined) i++;
    } else if (value === undefined && valued.has(name) && /^(-[\d.]|-?$)/.test(next)) {
      // "--lock-timeout -5" is meant as a value, however the dash looks, as is the one of
      // "--out -", and the nothing of --ticker "$UNSET".
      args.push(`${arg}=${next}`);
      i++;
    } else if (value === undefined && valued.has(name) && isNoOption(next, names)) {
      refused ??= dashedValue(arg, next, valued.get(name) ?? "");
      i++;
    } else if (isLettersOnly(arg)) {
      refused ??= unknownOption(arg, names);
    } else {
      args.push(arg);
    }
  }
  return { args, flagTexts, rest: [], refused };
}

/**
 * The refusal of an option that there is not.
 *
 * @param arg As typed.
 * @param names Those that there are.
 */
export function unknownOption(arg: string, names: readonly string[]): UsageError {
  const shown = arg.replace(/=.*$/s, "");
  const near = closest(shown.replace(/^-+/, ""), names);
  return new UsageError("unknown_option", `unknown option ${shown}`, {
    hint: near === undefined ? "See the options with --help." : `Did you mean --${near}?`,
    details: { option: shown },
  });
}

/** A shorter word is near to anything. */
const SHORTEST_NEAR = 3;

/**
 * The refusal of a word that belongs to no option.
 *
 * @param arg As typed.
 * @param names Options that there are.
 * @param most How many such words the command takes.
 * @param behindDashes Whether it stands behind `--`.
 */
export function unexpectedArgument(
  arg: string,
  names: readonly string[],
  most: number,
  behindDashes: boolean,
): UsageError {
  const near = arg.length < SHORTEST_NEAR || behindDashes ? undefined : closest(arg, names);
  const hint = behindDashes && arg.startsWith("-")
    ? "Behind -- nothing is an option any more: write the options before it."
    : near !== undefined
    ? `Did you mean --${near}?`
    : most > 0
    ? "It is one more than the command takes: leave it out; see --help."
    : "Every value belongs to an option; see --help.";
  return new UsageError("unexpected_argument", `unexpected argument ${JSON.stringify(arg)}`, {
    hint,
    details: { argument: arg },
  });
}
