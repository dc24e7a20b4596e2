/**
 * Which signals there are. On Windows Ctrl+C is SIGINT, Ctrl+Break SIGBREAK, and a closed console SIGHUP,
 * which leaves 5 s; SIGTERM is `TerminateProcess`, which no program hears of (denoland/deno#32689).
 * @module
 */
import { CURRENT_OS, type Os } from "./os.ts";

const UNIX: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const WINDOWS: readonly Deno.Signal[] = ["SIGINT", "SIGBREAK", "SIGHUP"];

/** The signals that ask a program to stop. */
export function stopSignals(os: Os = CURRENT_OS): readonly Deno.Signal[] {
  return os === "windows" ? WINDOWS : UNIX;
}

/** The signal that asks a service to read its configuration again; none on Windows, where SIGHUP ends it. */
export function reloadSignal(os: Os = CURRENT_OS): Deno.Signal | undefined {
  return os === "windows" ? undefined : "SIGHUP";
}

/** The signal that ends a program which writes beyond the limit on the size of files; none on Windows. */
export function fileLimitSignal(os: Os = CURRENT_OS): Deno.Signal | undefined {
  return os === "windows" ? undefined : "SIGXFSZ";
}
