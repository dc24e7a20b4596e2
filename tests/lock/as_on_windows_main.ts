/**
 * Runs another script of the tests, or the program, with locks and records as they are on Windows:
 * `as_on_windows_main.ts SCRIPT [ARGUMENT]...`. It ends with 99 where that script touched the content
 * of a lock file.
 *
 * @module
 */
import { AsOnWindows } from "./mandatory.ts";

const { locks } = new AsOnWindows();
const [script = "", ...args] = Deno.args;
// The program reads its arguments there.
Deno.args.splice(0, Deno.args.length, ...args);
const { exit } = Deno;
const checkedExit = (code?: number): never => exit(locks.touched.length > 0 ? 99 : code);
Deno.exit = checkedExit;
globalThis.addEventListener("unload", () => {
  if (locks.touched.length > 0) Deno.exitCode = 99;
});
await import(script);
