import { commonSettings } from "../../log/settings.ts";
import { flag, type Settings } from "../../args/setting.ts";
import { one } from "../../args/parsers.ts";
import { parseOlderThan } from "../logs/spec.ts";
import { shared, storedDb } from "../../args/shared.ts";
import type { Spec } from "../../command.ts";

/** Settings of `locks`. */
export const locksSettings = {
  held: flag("held", "Only locks that are held", "list"),
  all: flag("all", "Also locks that are free", "list"),
  force: flag("force", "Take the lock from a living holder, and revoke its claim", "release"),
  olderThan: {
    name: "older-than",
    value: "WHEN",
    subcommands: ["prune"],
    help:
      "Remove the files of locks that were last used before then: 90d, 12w, a day or its time, a " +
      "month (2024-01) or a year, by the local zone",
    parse: one(parseOlderThan),
  },
  dryRun: flag("dry-run", "Only tell what would be removed", "prune"),
  db: { ...storedDb, subcommands: ["list", "status", "release", "adopt"] },
  lockDir: shared.lockDir,
  wide: { ...shared.wide, subcommands: ["list"] },
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

const LOCK = {
  name: "NAME",
  what: "the name of a lock",
  completes: "lock",
  hint: "Name a ticker, or a job with a leading dot such as .job_running.",
} as const;

/** `tickerlock locks`. */
export const spec = {
  name: "locks",
  description:
    "Shows the locks of a folder that are held, unusable, or have a record of a dead holder. " +
    "The state comes from trying the lock; the holder's record is a hint. status exits with 0 " +
    "if the lock is free, with 75 if it is held. release clears what a dead holder left; with " +
    "--force it takes the lock from a living one, whose running job in the database of --db " +
    "is marked as abandoned and can no longer write. A job's lock is named with a leading " +
    "dot: .job_running. A database remembers the lock folder of its runs and refuses any " +
    "other; adopt changes that, while no lock of the folder before is held. prune may run " +
    "beside runs.",
  usage: [
    "list [--held | --all] [--wide] [--json] [--lock-dir DIR | --db URL]",
    "status NAME [--json] [--lock-dir DIR | --db URL]",
    "release NAME [--force] [--json] [--lock-dir DIR] [--db PATH]",
    "adopt [--json] [--db PATH] [--lock-dir DIR]",
    "prune --older-than WHEN [--dry-run] [--json] [--lock-dir DIR]",
  ],
  subcommands: [
    {
      name: "list",
      summary: "Locks that are held or odd, and who holds them",
      isDefault: true,
      surplus: (name) => `For one lock: tickerlock locks status ${name}`,
    },
    { name: "status", summary: "How one lock stands", operand: LOCK },
    { name: "release", summary: "Clear what a dead holder left", operand: LOCK },
    {
      name: "adopt",
      summary: "Make this the lock folder of a database",
      surplus: (folder) => `The folder is named with --lock-dir ${folder}.`,
    },
    { name: "prune", summary: "Remove the files of locks that are long unused" },
  ],
  settings: locksSettings,
  examples: {
    "tickerlock locks list --held": "Who works on what right now",
    "tickerlock locks list --all": "Every lock that there has been",
    "tickerlock locks status PETR4.SA": "Is one ticker locked? (exit code 0 or 75)",
    "tickerlock locks release PETR4.SA --force":
      "Take the lock from a run that hangs, without letting it write any more",
  },
} as const satisfies Spec;
