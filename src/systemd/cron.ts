/** A line for crontab(5), for machines without systemd. @module */
import { checkText, PLAIN, unwritable } from "./escape.ts";

/** Longest command that cron takes, in bytes: `MAX_COMMAND` of Vixie cron and its descendants. */
const LONGEST = 998;

const FIELD =
  /^(?:[\d*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)+$/i;

/** The five fields of a crontab's line. Their numbers are checked by cron. @throws {UsageError} */
export function cronSchedule(text: string, label: string): string {
  const fields = text.trim().split(/ +/);
  if (fields.length === 5 && fields.every((field) => FIELD.test(field))) return fields.join(" ");
  const hint = "Write minute, hour, day of the month, month and day of the week, for example " +
    `${label} "30 18 * * 1-5".`;
  throw unwritable(label, text, "is not a cron schedule of five fields", hint);
}

/**
 * One word of a crontab's command, quoted for sh(1); a percent sign would be a line break.
 * @throws {UsageError} For control characters, and backslashes, which some crons remove.
 */
export function cronWord(text: string, label: string): string {
  checkText(text, label);
  if (/[\\\p{Cc}]/u.test(text)) {
    const why = "has a backslash or a control character, which a crontab cannot hold";
    const hint = "Use a plainer name, or a script that has it, and name that in the crontab.";
    throw unwritable(label, text, why, hint);
  }
  const word = PLAIN.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
  return word.replaceAll("%", "\\%");
}

/** A line of a crontab. @throws {UsageError} `bad_value` for a command that is too long. */
export function cronLine(time: string, words: readonly string[]): string {
  const command = words.join(" ");
  const bytes = new TextEncoder().encode(command).length;
  if (bytes > LONGEST) {
    const why = `has ${bytes} bytes, and cron takes ${LONGEST}`;
    const hint = "Put the tickers into a file and name it with --tickers-file.";
    throw unwritable("command", `${command.slice(0, 40)}…`, why, hint);
  }
  return `${time}  ${command}`;
}
