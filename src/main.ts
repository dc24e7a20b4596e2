/**
 * The program: arguments in, exit code out; nothing else.
 *
 * @module
 */
import { buildInfo, VERSION } from "./base/version.ts";

const [first, second, ...more] = Deno.args;

// Anything else behind it is for the program to refuse; this way alone loads next to nothing.
if (
  (first === "--version" || first === "-V") && more.length === 0 &&
  (second === undefined || second === "--json")
) {
  const text = second === undefined ? `tickerlock ${VERSION}` : JSON.stringify(buildInfo());
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  } catch (error) {
    // A reader that has gone away is no error; a full disk is.
    if (!(error instanceof Deno.errors.BrokenPipe)) Deno.exit(1);
  }
} else {
  const { runProgram } = await import("./cli/program.ts");
  const { surviveFileLimit } = await import("./cli/process/signals.ts");
  surviveFileLimit();
  // An explicit exit: a wait for a lock that was given up cannot be cancelled in the kernel, and
  // must not keep the program alive.
  Deno.exit(await runProgram(Deno.args));
}
