import { shared } from "../../args/shared.ts";
import type { Settings } from "../../args/setting.ts";
import type { Spec } from "../../command.ts";
import { configurable } from "../../config/settings.ts";
import { commonSettings } from "../../log/settings.ts";

/** Settings of `config`: all that it shows. */
export const configSettings = {
  ...configurable,
  wide: { ...shared.wide, subcommands: ["show"] },
  json: shared.json,
  ...commonSettings,
} satisfies Settings;

/** `tickerlock config`. */
export const spec = {
  name: "config",
  description:
    "Shows what each setting is and where that comes from: an option, a variable, the configuration " +
    "file or the default. An option wins over the environment, the environment over the file. " +
    "Secrets are not shown. Options that are given count as they would for another command. Exits " +
    "with 2 where a value is refused.",
  usage: ["show [--config FILE | --no-config] [--wide] [--json] [OPTION]...", "path [--json]"],
  subcommands: [
    { name: "show", summary: "Every setting, its value and where it is from", isDefault: true },
    { name: "path", summary: "The configuration file that counts, whether it is there or not" },
  ],
  settings: configSettings,
  lenient: "values",
  examples: {
    "tickerlock config show": "Which database, which locks, and why",
    "tickerlock config path": "Where to write the configuration file",
  },
} as const satisfies Spec;
