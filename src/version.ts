/**
 * The program's version, in one place: a test compares it with `deno.json`.
 *
 * @module
 */

/** Semantic version of this program and library. */
export const VERSION = "0.1.0";
