/**
 * The files and folders that a command line names.
 *
 * @module
 */

/** A file, folder or pattern that a command reads or writes. */
export interface GivenFile {
  /** What named it, for messages: `--out`, `the file to verify`. */
  readonly option: string;
  readonly path: string;
}

/** Settings whose values are paths, whatever the command. */
const PATH_SETTINGS: Readonly<Record<string, string>> = {
  file: "--file",
  tickersFile: "--tickers-file",
  config: "--config",
  out: "--out",
};

/** What is written beside these. */
const BESIDE = ".sha256";

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" && value !== "-" ? [value] : [];
}

/**
 * Lists them.
 *
 * @param command The command with its subcommand: `db backup`.
 * @param values What was set.
 * @param operands What belongs to no option.
 */
export function givenFiles(
  command: string,
  values: Readonly<Record<string, unknown>>,
  operands: readonly string[],
): GivenFile[] {
  const found = Object.entries(PATH_SETTINGS).flatMap(([key, option]) =>
    textsOf(values[key]).map((path) => ({ option, path }))
  );
  // A number for migrate.
  if (command === "db backup") {
    for (const path of textsOf(values.toVersion)) found.push({ option: "--to", path });
  }
  if (command === "export" || command.startsWith("db ")) {
    for (const path of operands.slice(1)) found.push({ option: `${command} ${operands[0]}`, path });
  }
  return found.flatMap(({ option, path }) => {
    const writes = option === "--out" || option === "--to";
    return [{ option, path }, ...writes ? [{ option, path: path + BESIDE }] : []];
  });
}
