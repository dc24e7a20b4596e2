/**
 * `tickerlock db`
 *
 * @module
 */
import { closest } from "../../../base/closest.ts";
import { dbSettings } from "../../args/config.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { parseCommandLine, processEnvironment, refuseUnused } from "../../args/parse.ts";
import type { Command } from "../../command.ts";
import { beginLog } from "../../log/begin.ts";
import { backupCommand, restoreCommand } from "./backup_restore.ts";
import { checkMigrate, infoCommand, migrateCommand, verifyCommand } from "./migrate_verify_info.ts";
import type { DbValues } from "../../args/config.ts";
import { commandHelp } from "../../args/help.ts";
import { out } from "../../output/streams.ts";

type Subcommand = (values: DbValues, operand: string | undefined) => Promise<ExitCode>;

interface Entry {
  readonly takesFile: boolean;
  /** Refuses what makes no sense, before anything is touched. */
  readonly check?: (values: DbValues) => void;
  readonly run: Subcommand;
}

const SUBCOMMANDS: Readonly<Record<string, Entry>> = {
  migrate: { takesFile: false, check: checkMigrate, run: migrateCommand },
  verify: { takesFile: false, run: verifyCommand },
  backup: { takesFile: false, run: backupCommand },
  restore: { takesFile: true, run: restoreCommand },
  info: { takesFile: false, run: infoCommand },
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommandLine(args, dbSettings, processEnvironment, 2);
  const { values, origins, operands, help } = parsed;
  if (help) {
    out(commandHelp(dbCommand, operands[0]));
    return EXIT.ok;
  }
  const names = Object.keys(SUBCOMMANDS);
  const [name, operand] = operands;
  const subcommand = name !== undefined && Object.hasOwn(SUBCOMMANDS, name)
    ? SUBCOMMANDS[name]
    : undefined;
  if (name === undefined || subcommand === undefined) {
    const near = closest(name ?? "", names);
    throw new UsageError(
      "unknown_command",
      name === undefined ? "db needs a subcommand" : `unknown command "db ${name}"`,
      { hint: near === undefined ? `Use one of: ${names.join(", ")}.` : `Did you mean ${near}?` },
    );
  }
  refuseUnused("db", name, dbSettings, origins);
  if (subcommand.takesFile && operand === undefined) {
    throw new UsageError("missing_file", `db ${name} needs a file`, {
      hint: `Write tickerlock db ${name} FILE.`,
    });
  }
  if (!subcommand.takesFile && operand !== undefined) {
    throw new UsageError("unexpected_argument", `db ${name} takes no argument: ${operand}`, {
      hint: `The database is named with --db ${operand}.`,
    });
  }
  subcommand.check?.(values);
  await beginLog(`db ${name}`, parsed, { always: true });
  return await subcommand.run(values, operand);
}

/** `tickerlock db`. */
export const dbCommand: Command = {
  name: "db",
  summary: "Migrate, verify, back up and restore the database",
  description:
    "Looks after the database, also while runs are using it. ingest migrates by itself; migrate is " +
    "for doing it at a time of your own, with a backup before each change. verify never writes, and " +
    "exits with 1 where something is wrong. backup copies the database while others write, opens " +
    "the copy, checks it with integrity_check and puts a SHA-256 beside it. restore takes the job " +
    "lock, refuses a database that is in use, and keeps the file that it replaces.",
  usage: [
    "migrate [--status] [--to N] [--rollback] [--json] [--db PATH]",
    "verify [--quick] [--json] [--db PATH] [--lock-dir DIR]",
    "backup [--to PATH] [--keep N] [--json] [--db PATH]",
    "restore FILE [--on-locked wait|exit] [--json] [--db PATH] [--lock-dir DIR]",
    "info [--compact] [--json] [--db PATH]",
  ],
  subcommands: [
    { name: "migrate", summary: "Bring the schema up to date, or back" },
    { name: "verify", summary: "Check file, tables and prices, without writing" },
    { name: "backup", summary: "Copy the database while others write" },
    { name: "restore", summary: "Bring a backup back", completes: "file" },
    { name: "info", summary: "Size, rows and versions" },
  ],
  settings: dbSettings,
  examples: [
    { line: "tickerlock db verify --quick", what: "Is the database sound?" },
    {
      line: "tickerlock db backup --to backups/ --keep 7",
      what: "Back up, and keep a week of them",
    },
    { line: "tickerlock db restore backups/tickerlock.db", what: "Bring a backup back" },
    { line: "tickerlock db info --json", what: "Size, rows and versions, for a program" },
  ],
  run,
};
