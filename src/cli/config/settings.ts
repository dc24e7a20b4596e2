/** All settings that may stand in a configuration file. @module */
import { networkSettings } from "../args/network.ts";
import { configKey, type Setting, type Settings } from "../args/setting.ts";
import { shared } from "../args/shared.ts";
import { csvStyleSettings } from "../commands/export/spec.ts";
import { commonSettings } from "../log/settings.ts";

function configurableOf(group: Settings): Settings {
  return Object.fromEntries(
    Object.entries<Setting<unknown>>(group).filter(([, { config }]) => config === true)
      .map(([key, { subcommands: _, ...setting }]) => [key, setting]),
  );
}

/** Settings that may stand in a configuration file, without those that every command has. */
export const configurable: Settings = configurableOf({
  ...shared,
  ...networkSettings,
  ...csvStyleSettings,
});

/** What `collect` reads beside these: its tasks, and what is said for all of them. */
export const COLLECT_KEYS = ["tasks", "every", "jitter", "time_zone", "holidays"] as const;

/** Every key of a configuration file. */
export const CONFIG_KEYS: readonly string[] = [
  ...Object.values({ ...configurable, ...configurableOf(commonSettings) }).map(configKey),
  "sources",
  ...COLLECT_KEYS,
];
