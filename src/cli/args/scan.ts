/** A command line, word by word: options with their texts, and operands. @module */
import { closest } from "../../base/closest.ts";
import { UsageError } from "../../base/errors.ts";
import type { Setting } from "./setting.ts";

/** A command line, before any value is parsed. */
export interface Scanned {
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** Words that are neither options nor their values, those after `--` last. */
  readonly operands: readonly string[];
  readonly help: boolean;
  readonly pending: Setting<unknown> | undefined;
  /** The option whose list of values a further word would go on, unless it begins an option. */
  readonly list: Setting<unknown> | undefined;
  readonly ended: boolean;
  /** The first mistake. Help that was asked for anywhere goes before it. */
  readonly refused: UsageError | undefined;
}

function dashedValue(option: string, word: string, meta: string): UsageError {
  const isPath = meta === "PATH" || meta === "DIR" || meta === "FILE";
  const message = `${option} needs a value, and ${word} looks like an option`;
  return new UsageError("missing_value", message, {
    hint: `If it is the value, write ${option}=${isPath ? "./" : ""}${word}`,
    details: { option, value: word },
  });
}

/** Long names in place of `-q`, `-qv` or `-t=VALUE`, where each letter stands for an option. */
function longNames(arg: string, shorts: ReadonlyMap<string, string>): string[] {
  const [, letters, joined = ""] = /^-([a-zA-Z]+)(=.*)?$/s.exec(arg) ?? [];
  if (letters === undefined) return [arg];
  const names = [...letters].map((letter) => shorts.get(letter));
  if (!names.every((name) => name !== undefined)) return [arg];
  return names.map((name, at) => `--${name}${at === names.length - 1 ? joined : ""}`);
}

/** The remedy for an option that there is not. @param hasValue Whether a value stands behind it. */
function remedyOf(
  shown: string,
  hasValue: boolean,
  known: ReadonlyMap<string, Setting<unknown>>,
  shorts: ReadonlyMap<string, string>,
): string {
  const word = shown.replace(/^-+/, "");
  const names = [...known.keys(), "help"];
  if (shown === "-V" || word === "version") return "Write tickerlock --version, or tickerlock -V.";
  const [, positive = ""] = /^no-(.+)$/.exec(word) ?? [];
  if (known.has(positive) && known.get(positive)?.value === undefined) {
    return `Leave --${positive} out, or write --${positive}=false.`;
  }
  const first = shorts.get(word[0] ?? "");
  if (/^-[a-zA-Z][^a-z]/.test(shown) && known.get(first ?? "")?.value !== undefined) {
    return `Leave a blank after it: -${word[0]} ${word.slice(1)}.`;
  }
  const near = word.length === 1 ? undefined : closest(word, names);
  if (near !== undefined) return `Did you mean --${near}?`;
  if (shown === "-t") return "It stands for --ticker, which this command has not; see --help.";
  if (/^-[a-zA-Z]$/.test(shown)) {
    const alike = names.filter((name) =>
      name.startsWith(word.toLowerCase()) && !name.startsWith("no-") &&
      // A secret is better not typed at all.
      known.get(name)?.shown === undefined &&
      (known.get(name)?.value !== undefined) === hasValue
    );
    const last = alike.pop();
    const either = alike.length === 0 ? `--${last}` : `--${alike.join(", --")} or --${last}`;
    if (last !== undefined) return `It has no short form: write ${either}.`;
  }
  return "See the options with --help.";
}

function unknownOption(
  arg: string,
  next: string,
  known: ReadonlyMap<string, Setting<unknown>>,
  shorts: ReadonlyMap<string, string>,
): UsageError {
  const shown = arg.replace(/=.*$/s, "");
  return new UsageError("unknown_option", `unknown option ${shown}`, {
    hint: remedyOf(shown, shown !== arg || /^[^-]/.test(next), known, shorts),
    details: { option: shown },
  });
}

/** A shorter word is near to anything. */
const SHORTEST_NEAR = 3;

function unexpectedArgument(
  arg: string,
  names: readonly string[],
  most: number,
  ended: boolean,
): UsageError {
  const near = arg.length < SHORTEST_NEAR || ended ? undefined : closest(arg, names);
  const hint = ended && arg.startsWith("-")
    ? "After -- nothing is an option any more: write the options before it."
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

function ambiguous(argument: string, why: string, hint: string): UsageError {
  const message = `${JSON.stringify(argument)} ${why}`;
  return new UsageError("ambiguous_argument", message, { hint, details: { argument } });
}

/** What is wrong with a word that would be a value of the option `taker`; undefined for nothing. */
function badValue(
  word: string,
  taker: string,
  names: readonly string[],
  ended: boolean,
): UsageError | undefined {
  if (!ended && names.includes(word)) {
    const inCapitals = `${word.toUpperCase()} in capitals for a ${taker}`;
    const hint = `Write --${word} for the option, or ${inCapitals}.`;
    return ambiguous(word, "is the name of an option", hint);
  }
  // As of an unset variable.
  if (/^[\s,]*$/.test(word)) {
    const message = `the argument ${JSON.stringify(word)} names no ${taker}`;
    const hint = "Leave it out, or write names with commas, without blanks.";
    return new UsageError("unexpected_argument", message, { hint, details: { argument: word } });
  }
  if (!names.includes("file") || !/\.(csv|txt|zip)$/i.test(word)) return undefined;
  const file = `--source csv --file ${word} (or cotahist)`;
  const hint = `Write ${file} to read it, or --${taker} ${word} for a ${taker}.`;
  return ambiguous(word, "is named like a file", hint);
}

function badFurther(
  { name, optionalValue }: Setting<unknown>,
  word: string,
  before: string,
  taker: string | undefined,
): UsageError {
  if (optionalValue === true) {
    const why = `after --${name} may be its value or a ${taker}`;
    const hint =
      `Write --${name}=${before} for its value; else name each ${taker} before --${name}.`;
    return ambiguous(before, why, hint);
  }
  const meant = taker === undefined ? "" : `, write --${taker} ${word} for a ${taker}`;
  const hint = `Correct its name${meant}, or end the files with another option or with --.`;
  return ambiguous(word, `follows the files of --${name}, and no such file exists`, hint);
}

/** Tells options, values and operands apart. `--help` and `-h` are known anyway. */
export function scan(
  words: readonly string[],
  settings: readonly Setting<unknown>[],
  mostOperands: number,
): Scanned {
  const known = new Map(settings.map((setting) => [setting.name, setting]));
  const names = [...known.keys(), "help"];
  const shorts = new Map([["h", "help"]]);
  for (const { name, short } of settings) if (short !== undefined) shorts.set(short, name);
  const taker = settings.find(({ takesWords }) => takesWords === true)?.name;
  const texts = new Map<string, string[]>();
  const operands: string[] = [];
  let help = false;
  let refused: UsageError | undefined;
  const give = (name: string, text: string): void => {
    if (name === "help") help = text !== "false";
    else texts.set(name, [...texts.get(name) ?? [], text]);
  };
  const operand = (word: string, ended: boolean): void => {
    if (taker !== undefined) {
      const bad = badValue(word, taker, names, ended);
      if (bad === undefined) give(taker, word);
      else refused ??= bad;
    } else if (operands.length < mostOperands) operands.push(word);
    else refused ??= unexpectedArgument(word, names, mostOperands, ended);
  };
  const end = words.indexOf("--");
  const given = (end < 0 ? words : words.slice(0, end)).flatMap((word) => longNames(word, shorts));
  // The option whose list of values goes on.
  let list: Setting<unknown> | undefined;
  let pending: Setting<unknown> | undefined;
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? "";
    if (!word.startsWith("-") || word === "-") {
      const isEither = list?.optionalValue === true && taker !== undefined;
      if (list === undefined || (!isEither && list.further === undefined)) operand(word, false);
      else if (list.further?.(word)) give(list.name, word);
      else refused ??= badFurther(list, word, given[at - 1] ?? "", taker);
      continue;
    }
    const [, name = "", joined] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const setting = known.get(name);
    list = joined === undefined ? setting : undefined;
    if (setting === undefined && name !== "help") {
      refused ??= unknownOption(word, given[at + 1] ?? "", known, shorts);
    } else if (joined !== undefined) {
      give(name, joined);
    } else if (setting?.value === undefined) {
      const isSaid = /^(true|false)$/.test(given[at + 1] ?? "");
      give(name, isSaid ? given[++at] ?? "" : "true");
    } else {
      if (end < 0 && at + 1 >= given.length) pending = setting;
      // A number below zero, the "-" of --out and the nothing of --ticker "$UNSET" are values.
      const next = given[at + 1] ?? "";
      const nextName = /^--([^=]+)/s.exec(next)?.[1];
      if (!/^-[^\d.]/.test(next)) {
        give(name, next);
        at++;
      } else if (nextName !== undefined && names.includes(nextName)) {
        give(name, "");
      } else {
        refused ??= dashedValue(word, next, setting.value);
        at++;
      }
    }
  }
  const ended = end >= 0;
  if (ended) { for (const word of words.slice(end + 1)) operand(word, true); }
  const open = ended || list?.further === undefined ? undefined : list;
  return { texts, operands, help, pending, list: open, ended, refused };
}
