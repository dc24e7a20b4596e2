/**
 * Settings of `completions`.
 *
 * @module
 */
import { commonSettings } from "./logging.ts";

/** Settings of `completions`: none of its own. */
export const completionsSettings = {
  ...commonSettings,
} as const;
