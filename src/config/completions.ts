/**
 * Settings of `completions`.
 *
 * @module
 */
import { shared } from "../config.ts";

/** Settings of `completions`: how its errors look. */
export const completionsSettings = {
  logFormat: shared.logFormat,
} as const;
