/**
 * The manual page, made of what the program says of itself.
 *
 * @module
 */

/** A text so that troff(1) prints it as it is. */
function literally(text: string): string {
  return text.trimEnd().split("\n")
    .map((line) => line.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/, "\\&"))
    .join("\n");
}

/** Help of a command. */
export interface CommandHelp {
  readonly name: string;
  readonly help: string;
}

/**
 * A page for section 1.
 *
 * @param version Of the program.
 * @param day Of the build, `YYYY-MM-DD`.
 * @param help What `--help` prints.
 * @param commands The same of each command.
 */
export function manPage(
  version: string,
  day: string,
  help: string,
  commands: readonly CommandHelp[],
): string {
  const parts = [
    `.TH TICKERLOCK 1 "${day}" "tickerlock ${version}" "User Commands"`,
    ".SH NAME",
    "tickerlock \\- market data into SQLite, safely from many runs at once",
    ".SH SYNOPSIS",
    ".B tickerlock",
    "\\fICOMMAND\\fR [\\fIOPTION\\fR]...",
    ".SH DESCRIPTION",
    ".nf",
    literally(help),
    ".fi",
    ".SH COMMANDS",
  ];
  for (const { name, help } of commands) {
    parts.push(`.SS tickerlock ${name}`, ".nf", literally(help), ".fi");
  }
  parts.push(
    ".SH SEE ALSO",
    ".BR flock (1),",
    ".BR sqlite3 (1)",
  );
  return `${parts.join("\n")}\n`;
}

/** Names of the commands that the program's help lists, one indented line each below `Commands:`. */
export function commandNames(help: string): string[] {
  const [, list = ""] = /^Commands:\n((?: +\S.*\n)+)/m.exec(`${help}\n`) ?? [];
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = ""]) => name);
}
