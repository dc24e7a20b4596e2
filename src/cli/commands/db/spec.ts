import { parseDuration } from "../../../collect/duration.ts";
import { commonSettings } from "../../log/settings.ts";
import { bad, one, parseCount, parsePath } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";
import { receiverCaFile, shared } from "../../args/shared.ts";
import type { Invocation, Spec } from "../../command.ts";

/** A length of time without a limit, in ms. A number alone could be meant as days. */
function parseAge(text: string, label: string): number {
  const ms = parseDuration(text, Infinity);
  if (ms !== undefined && ms > 0) return ms;
  throw bad(label, text, "is not a length of time", `Write for example ${label} 30d, 12w or 36h.`);
}

/** Settings of `db`. */
export const dbSettings = {
  status: flag(
    "status",
    "Only show what is applied, what is pending, and what --rollback or --to would drop",
    "migrate",
  ),
  print: flag("print", "Print the statements for an administrator of a server", "migrate"),
  toVersion: {
    name: "to",
    value: "N|PATH",
    subcommands: ["migrate", "backup"],
    help: "Where to: the schema version to migrate to; the file or folder to write the backup to",
    parse: one(parsePath),
  },
  rollback: flag("rollback", "Take the newest migration back", "migrate"),
  withoutBackup: flag(
    "without-backup",
    "Go back on a server, of which no backup is made",
    "migrate",
  ),
  quick: flag("quick", "SQLite's quick check, and none of the prices", "verify"),
  dryRun: flag(
    "dry-run",
    "Check the backup, say what it would replace, and change nothing",
    "restore",
  ),
  keep: {
    name: "keep",
    value: "N",
    subcommands: ["backup"],
    help:
      "How many backups to keep in the folder, the newest; with --keep-within those of that time too",
    parse: one(parseCount),
  },
  keepWithin: {
    name: "keep-within",
    value: "LENGTH",
    subcommands: ["backup"],
    help:
      "Keep the backups in the folder that are no older than that, and the newest two: 30d, 12w",
    parse: one(parseAge),
  },
  compact: flag("compact", "Give free pages back to the file system", "info"),
  jobLockTimeout: { ...shared.jobLockTimeout, subcommands: ["migrate", "restore", "copy"] },
  onLocked: {
    ...shared.onLocked,
    subcommands: ["migrate", "restore", "copy"],
    help: "What to do where a run holds the job lock: wait for it, or leave",
  },
  db: {
    ...shared.db,
    subcommands: ["migrate", "verify", "backup", "backups", "restore", "info"],
    help: "SQLite file, or postgres://USER@HOST/NAME; where it is missing, only migrate makes it",
  },
  lockDir: { ...shared.lockDir, subcommands: ["migrate", "verify", "restore", "copy"] },
  lockMode: { ...shared.lockMode, subcommands: ["migrate", "restore", "copy"] },
  notify: { ...shared.notify, subcommands: ["verify", "backup"] },
  caFile: { ...receiverCaFile, subcommands: ["verify", "backup"] },
  wide: { ...shared.wide, subcommands: ["backups"] },
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

/** One call of `db`. */
export type DbCall = Invocation<typeof dbSettings>;

/** Values of the settings of `db`. */
export type DbValues = DbCall["values"];

/** What `db copy` takes. */
export const COPY_HINT = "Write tickerlock db copy FROM TO, each a path or a postgres:// URL.";

const surplus = (path: string): string => `The database is named with --db ${path}.`;

/** `tickerlock db`. */
export const spec = {
  name: "db",
  description:
    "Looks after the database, also while runs are using it. ingest migrates by itself; " +
    "migrate does it at a time of your own, with a backup before it. verify never " +
    "writes, and exits with 1 if something is wrong. backup checks the copy and puts a " +
    "SHA-256 beside it. restore takes the job lock, refuses a database that is in use, and " +
    "keeps the file that it replaces; latest is the newest good backup of the folder backups " +
    "beside the database, which backups lists. copy keeps runs away, compares both databases " +
    "in the end, and goes on where it was ended.",
  usage: [
    "migrate [--status|--print|--rollback] [--to N] [--without-backup] [OPTION]...",
    "verify [--quick] [--json] [--db PATH] [--lock-dir DIR]",
    "backup [--to PATH] [--keep N] [--keep-within LENGTH] [--json] [--db PATH]",
    "backups [--wide] [--json] [--db PATH]",
    "restore FILE|latest [--dry-run] [--json] [--db PATH] [--lock-dir DIR] [OPTION]...",
    "copy FROM TO [--json] [--lock-dir DIR] [OPTION]...",
    "info [--compact] [--json] [--db PATH]",
  ],
  subcommands: [
    { name: "migrate", summary: "Bring the schema up to date, or back", surplus },
    { name: "verify", summary: "Check file, tables and prices, without writing", surplus },
    { name: "backup", summary: "Copy the database while others write", surplus },
    { name: "backups", summary: "Backups in the folder beside the database", surplus },
    {
      name: "restore",
      summary: "Bring a backup back",
      // Without one, the error names the backups.
      operand: { name: "FILE", what: "a file, or latest", completes: "file", optional: true },
    },
    {
      name: "copy",
      summary: "Copy a database into another one: from a file to a server, and back",
      operand: {
        name: "DATABASE",
        what: "the database to copy, and the one to copy it into",
        completes: "file",
        many: true,
        hint: COPY_HINT,
      },
    },
    { name: "info", summary: "Size, rows and versions", surplus },
  ],
  settings: dbSettings,
  examples: {
    "tickerlock db verify --quick": "Is the database sound?",
    "tickerlock db backup --to backups/ --keep 7 --keep-within 30d":
      "Back up, and keep those of 30 days, and 7 whatever their age",
    "tickerlock db restore latest --dry-run":
      "Is the newest backup good, and what would it replace?",
    "tickerlock db restore backups/tickerlock.db": "Bring a backup back",
    "tickerlock db copy data/tickerlock.db postgres://me@db.example.org/market":
      "Go over to a server",
    "tickerlock db info --json": "Size, rows and versions, for a program",
  },
} as const satisfies Spec;
