/**
 * Writing words so that systemd reads what was meant: quotes, backslashes, percent and dollar signs,
 * blanks and line breaks. What cannot be written is refused by name.
 *
 * The rules are those of systemd.syntax(7) and of "Command lines" and "Environment=" in
 * systemd.service(5) and systemd.exec(5).
 *
 * @module
 */
import { UsageError } from "../base/errors.ts";

/** Needs no quotes. A word that is a lone `;` would part two commands, so that is not among them. */
const PLAIN = /^[\w@+=:,./^-]+$/;

/**
 * A value that a unit or crontab cannot hold.
 *
 * @param label What was set: `--ticker`.
 * @param text The value.
 * @param why What is wrong with it.
 * @param hint The remedy.
 */
export function unwritable(label: string, text: string, why: string, hint: string): UsageError {
  return new UsageError("bad_value", `${label} ${JSON.stringify(text)}: ${why}`, {
    hint,
    details: { option: label, value: text },
  });
}

/**
 * Refuses a text that no file can hold as text.
 *
 * @throws {UsageError} `bad_value`.
 */
export function checkText(text: string, label: string): void {
  if (text.includes("\0")) {
    throw unwritable(label, text, "has a NUL in it", "Leave the NUL out.");
  }
  if (!text.isWellFormed()) {
    throw unwritable(label, text, "is no valid Unicode", "Leave the broken character out.");
  }
}

function escapeControl(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function quoted(text: string): string {
  return `"${
    text.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")
      // deno-lint-ignore no-control-regex
      .replaceAll(/[\x01-\x1f\x7f]/g, escapeControl)
  }"`;
}

/**
 * One argument of `ExecStart=`. Percent signs would be specifiers and dollar signs variables: both are
 * doubled.
 *
 * @param text The argument as the program is to receive it.
 * @param label What it is, for the refusal.
 * @throws {UsageError} `bad_value` for a NUL or broken Unicode.
 */
export function execWord(text: string, label: string): string {
  checkText(text, label);
  const doubled = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return PLAIN.test(text) ? text : quoted(doubled);
}

/**
 * A folder of `ReadWritePaths=`, which may be missing. Percent signs are doubled, dollar signs mean
 * themselves.
 *
 * @param path Absolute path.
 * @param label What it is, for the refusal.
 * @throws {UsageError} `bad_value` for a NUL or broken Unicode.
 */
export function pathWord(path: string, label: string): string {
  checkText(path, label);
  return PLAIN.test(path) ? `-${path}` : quoted(`-${path.replaceAll("%", "%%")}`);
}

/**
 * The program of `ExecStart=`. Unlike its arguments it may not have a dollar sign, which systemd
 * leaves alone there, or a line break.
 *
 * @param path Absolute path.
 * @param label What it is, for the refusal.
 * @throws {UsageError} `bad_value`.
 */
export function execProgram(path: string, label: string): string {
  checkText(path, label);
  if (!path.startsWith("/") || path.endsWith("/")) {
    throw unwritable(
      label,
      path,
      "is not the absolute path of a program",
      `Write for example ${label} /usr/local/bin/tickerlock.`,
    );
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
