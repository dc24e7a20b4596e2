/**
 * A line for crontab(5), for machines without systemd.
 *
 * @module
 */
import { checkText, unwritable } from "./escape.ts";

/** Longest command that cron takes, in bytes: `MAX_COMMAND` of Vixie cron and its descendants. */
const LONGEST = 998;

/**
 * One word of a crontab's command: quoted for sh(1), and with each percent sign escaped, which would
 * be a line break.
 *
 * @param text The word as the program is to receive it.
 * @param label What it is, for the refusal.
 * @throws {UsageError} `bad_value` for what a crontab cannot hold: line breaks and other control
 *   characters, and backslashes, which some crons take away and others keep.
 */
export function cronWord(text: string, label: string): string {
  checkText(text, label);
  if (/[\\\p{Cc}]/u.test(text)) {
    throw unwritable(
      label,
      text,
      "has a backslash or a control character, which a crontab cannot hold",
      "Use a plainer name, or a script that has it, and name that in the crontab.",
    );
  }
  const word = /^[\w@+=:,./^-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
  return word.replaceAll("%", "\\%");
}

/**
 * A line of a crontab.
 *
 * @param time Its five fields.
 * @param words The command, each word escaped.
 * @throws {UsageError} `cron_line_too_long`.
 */
export function cronLine(time: string, words: readonly string[]): string {
  const command = words.join(" ");
  const bytes = new TextEncoder().encode(command).length;
  if (bytes > LONGEST) {
    throw unwritable(
      "command",
      `${command.slice(0, 40)}…`,
      `has ${bytes} bytes, and cron takes ${LONGEST}`,
      "Put the tickers into a file and name it with --tickers-file.",
    );
  }
  return `${time}  ${command}`;
}
