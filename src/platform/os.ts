/** The operating system: only this file asks, and the functions here take another for tests. @module */

/** An operating system, by Deno's name of it. Any but Windows and macOS counts as Linux. */
export type Os = typeof Deno.build.os;

/** The system that this program runs on. */
export const CURRENT_OS: Os = Deno.build.os;

/** What people call a system. */
export function osName(os: Os = CURRENT_OS): string {
  if (os === "windows") return "Windows";
  if (os === "darwin") return "macOS";
  return os === "linux" ? "Linux" : os;
}
