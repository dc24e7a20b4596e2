/**
 * Words of unit files, by systemd.syntax(7), "Command lines" in systemd.service(5) and
 * "Environment=" in systemd.exec(5). What cannot be written is refused by name.
 * @module
 */
import { shownValue } from "../base/text.ts";
import { UsageError } from "../base/errors.ts";

/** Needs no quotes, here and for sh(1). A lone `;` would separate two commands, so it has none. */
export const PLAIN = /^[\w@+=:,./^-]+$/;

/** The refusal of a value that a unit or crontab cannot hold. */
export function unwritable(label: string, text: string, why: string, hint: string): UsageError {
  return new UsageError("bad_value", `${label} ${shownValue(text, 200)}: ${why}`, {
    hint,
    details: { option: label, value: text },
  });
}

/** Refuses a text that no file can hold as text. @throws {UsageError} `bad_value`. */
export function checkText(text: string, label: string): void {
  if (text.includes("\0")) throw unwritable(label, text, "has a NUL in it", "Leave the NUL out.");
  if (!text.isWellFormed()) {
    throw unwritable(label, text, "is no valid Unicode", "Leave the broken character out.");
  }
}

function quoted(text: string): string {
  const hex = (control: string): string => control.charCodeAt(0).toString(16).padStart(2, "0");
  const escaped = text.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x01-\x1f\x7f]/g, (control) => `\\x${hex(control)}`);
  return `"${escaped}"`;
}

/** One argument of `ExecStart=`, specifiers (%) and variables ($) doubled. @throws {UsageError} */
export function execWord(text: string, label: string): string {
  checkText(text, label);
  return PLAIN.test(text) ? text : quoted(text.replaceAll("%", "%%").replaceAll("$", "$$$$"));
}

/** An absolute folder of `ReadWritePaths=`, only percent signs doubled. @throws {UsageError} */
export function pathWord(path: string, label: string): string {
  checkText(path, label);
  return PLAIN.test(path) ? `-${path}` : quoted(`-${path.replaceAll("%", "%%")}`);
}

/** The program of `ExecStart=`: systemd leaves its dollar signs alone. @throws {UsageError} */
export function execProgram(path: string, label: string): string {
  checkText(path, label);
  if (!path.startsWith("/") || path.endsWith("/")) {
    const hint = `Write for example ${label} /usr/local/bin/tickerlock.`;
    throw unwritable(label, path, "is not the absolute path of a program", hint);
  }
  if (/[$\p{Cc}]/u.test(path)) {
    throw unwritable(
      label,
      path,
      "has a dollar sign or a control character, which systemd does not take there",
      "Make a symbolic link of a plainer name to it, and name that.",
    );
  }
  return PLAIN.test(path) ? path : quoted(path.replaceAll("%", "%%"));
}

/** A time of `OnCalendar=`; characters that no time has are refused. @throws {UsageError} */
export function calendarTime(text: string, label: string): string {
  const plain = text.trim().replaceAll(/ +/g, " ");
  if (/^[\w*.,/~:+@ -]+$/.test(plain)) return plain;
  const why = plain === "" ? "is empty" : "has characters that are in no time of a timer";
  const hint = `Write it as systemd.time(7) says, for example ${label} "Mon..Fri 18:30".`;
  throw unwritable(label, text, why, hint);
}

/** Whether a time of `OnCalendar=` comes once a day at most: no list or range of hours. */
export function isOnceADay(calendar: string): boolean {
  if (/^(minutely|hourly)\b/i.test(calendar)) return false;
  return calendar.split(" ").every((word) =>
    !word.includes(":") || /^\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?$/.test(word)
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
};

/** The meaning of a percent sign with its letter; undefined leaves both as they are. */
type Specifier = (letter: string) => string | undefined;

function expand(word: string, specifier: Specifier): string {
  return word.replaceAll(/%(.)|\$\$/gsu, (whole, letter?: string) => {
    if (letter === undefined) return "$";
    return letter === "%" ? "%" : specifier(letter) ?? whole;
  });
}

/** The words of a value, unquoted and unescaped. @param specifier Resolves `%i` and its like. */
export function splitWords(value: string, specifier: Specifier): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < value.length; at++) {
    const character = value[at] ?? "";
    if (character === "\\") {
      const hex = /^x([\da-fA-F]{2})/.exec(value.slice(at + 1, at + 4));
      const next = value[at + 1] ?? "";
      word = (word ?? "") +
        (hex === null ? ESCAPES[next] ?? next : String.fromCharCode(parseInt(hex[1] ?? "", 16)));
      at += hex === null ? 1 : 3;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words.map((each) => expand(each, specifier));
}
