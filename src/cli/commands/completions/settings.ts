/**
 * Settings of `completions`.
 *
 * @module
 */
import { commonSettings } from "../../log/settings.ts";

/** Settings of `completions`: none of its own. */
export const completionsSettings = {
  ...commonSettings,
} as const;
