/**
 * Settings of `doctor`: those whose values it shows, and its own.
 *
 * @module
 */
import { ingestSettings, shared } from "../../args/config.ts";
import { commonSettings } from "../../log/settings.ts";
import { networkSettings } from "../../args/network.ts";
import { flag, parsePath, type Setting } from "../../args/setting.ts";

/** Settings of `doctor`. */
export const doctorSettings = {
  db: { ...shared.db, help: "The database to look at" } satisfies Setting<string>,
  lockDir: { ...shared.lockDir, help: "The folder of locks to look at" } satisfies Setting<string>,
  source: { ...ingestSettings.source, help: "The source to try" } satisfies Setting<string>,
  onLocked: ingestSettings.onLocked,
  lockTimeout: ingestSettings.lockTimeout,
  jobLockTimeout: shared.jobLockTimeout,
  offline: flag("offline", "Do not try the source"),
  timeout: {
    ...networkSettings.timeout,
    fallback: "5",
    absent: 5,
    help: "Longest time for the source's answer",
  } satisfies Setting<number>,
  unitDir: {
    name: "unit-dir",
    value: "DIR",
    repeatable: true,
    absent: [] as readonly string[],
    help: "Folder of unit files to look at in place of systemd's own; repeat it for several",
    parse: (texts: readonly string[], label: string) =>
      texts.map((text) => parsePath([text], label)),
  } satisfies Setting<readonly string[]>,
  json: shared.json,
  ...commonSettings,
} as const;
