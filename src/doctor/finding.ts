/**
 * What a check of `doctor` finds.
 *
 * @module
 */

/** What a check found. */
export interface Finding {
  /** Stable, snake_case: the subject of the check. */
  readonly check: string;
  readonly level: "ok" | "warning" | "error";
  /** What was found, with the values. */
  readonly message: string;
  /** What to do about it; null where nothing is to be done. */
  readonly hint: string | null;
}

/** All is well. */
export function ok(check: string, message: string): Finding {
  return { check, level: "ok", message, hint: null };
}

/** It works, but needs a look. */
export function warning(check: string, message: string, hint: string): Finding {
  return { check, level: "warning", message, hint };
}

/** It does not work, or will not. */
export function error(check: string, message: string, hint: string): Finding {
  return { check, level: "error", message, hint };
}

/** What to do where an error does not say. */
export const DEFAULT_HINT = "See the details with --log-level debug, and docs/operations.md.";
