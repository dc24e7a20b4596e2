import { commonSettings } from "../../log/settings.ts";
import { networkSettings } from "../../args/network.ts";
import { each, parsePath } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";
import { exists } from "../../../platform/files.ts";
import { shared } from "../../args/shared.ts";
import type { Spec } from "../../command.ts";

/** Settings of `doctor`. */
export const doctorSettings = {
  db: { ...shared.db, help: "The database to look at" },
  lockDir: { ...shared.lockDir, help: "The folder of locks to look at" },
  lockMode: {
    ...shared.lockMode,
    help: "For whom the folder of locks is meant: its owner, or its group",
  },
  source: { ...shared.source, help: "The source to try" },
  onLocked: shared.onLocked,
  lockTimeout: shared.lockTimeout,
  jobLockTimeout: shared.jobLockTimeout,
  calendar: shared.calendar,
  offline: flag("offline", "Do not try the source"),
  timeout: {
    ...networkSettings.timeout,
    fallback: "5",
    help: "Longest time for the source's answer: seconds, or a time such as 500ms",
  },
  caFile: networkSettings.caFile,
  notify: shared.notify,
  unitDir: {
    name: "unit-dir",
    value: "DIR",
    repeatable: true,
    further: exists,
    help: "Folder of unit files to look at in place of systemd's own; several one after the other",
    parse: each(parsePath),
  },
  wide: shared.wide,
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

/** `tickerlock doctor`. */
export const spec = {
  name: "doctor",
  description:
    "Looks at everything that could be wrong: configuration, database, locks, disk, clock, runs that " +
    "are stuck, the collector, the source, and the units of systemd, which it reads from their files. " +
    "Each finding is ok, a warning or an error, with what to do. What a run does is " +
    "tried, as the user who asks, and nothing of it stays: a file in each folder, a transaction that is " +
    "rolled back, the opening of each lock. Nothing else is written or started, and no secret is shown. Exits with 1 where there is an error.",
  usage: ["[--db PATH] [--lock-dir DIR] [--offline] [--json] [OPTION]..."],
  settings: doctorSettings,
  lenient: "file",
  examples: {
    "tickerlock doctor": "What is wrong here?",
    "tickerlock doctor --offline --json": "The same for a program, without network",
  },
} as const satisfies Spec;
