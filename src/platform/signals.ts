/**
 * Which signals there are to listen to.
 *
 * Windows has console events in place of signals: Ctrl+C is SIGINT, Ctrl+Break is SIGBREAK, and a
 * console that is closed is SIGHUP, after which the system leaves a program about 5 seconds. What
 * Deno calls SIGTERM there is `TerminateProcess`, which no program hears of: a listener for it is
 * allowed since Deno 2.7.6, and never called (denoland/deno#32689).
 *
 * @module
 */
import { CURRENT_OS, type Os } from "./os.ts";

const UNIX: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const WINDOWS: readonly Deno.Signal[] = ["SIGINT", "SIGBREAK", "SIGHUP"];

/** The signals that ask a program to stop. */
export function stopSignals(os: Os = CURRENT_OS): readonly Deno.Signal[] {
  return os === "windows" ? WINDOWS : UNIX;
}

/**
 * The signal that asks a service to read its configuration again.
 *
 * @returns Undefined where there is none: on Windows SIGHUP says that the console is gone, and the
 *   program has to stop.
 */
export function reloadSignal(os: Os = CURRENT_OS): Deno.Signal | undefined {
  return os === "windows" ? undefined : "SIGHUP";
}

/**
 * The signal that ends a program which writes beyond the limit on the size of files.
 *
 * @returns Undefined where there is no such limit.
 */
export function fileLimitSignal(os: Os = CURRENT_OS): Deno.Signal | undefined {
  return os === "windows" ? undefined : "SIGXFSZ";
}
