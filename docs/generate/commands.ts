/**
 * The settings of commands, for what is generated of them.
 *
 * @module
 */
import type { Setting } from "../../src/cli/args/setting.ts";
import type { Described } from "../../src/cli/command.ts";
import { isCommon } from "../../src/cli/log/settings.ts";

/** The settings of a command in the order of its help. */
export function settingsOf(command: Described): Setting<unknown>[] {
  return Object.values(command.settings);
}

/** The settings that a command does not share with all others, in the order of its help. */
export function ownSettingsOf(command: Described): Setting<unknown>[] {
  return settingsOf(command).filter((setting) => !isCommon(setting));
}
