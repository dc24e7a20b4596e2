import { assertEquals, assertMatch } from "../assert.ts";
import type { Outcome } from "./in_process.ts";

/** A command line that makes no sense. */
export interface BadUsage {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What `Error:` says. */
  readonly error: RegExp;
  /** What `Try:` says. */
  readonly hint: RegExp;
}

/** Checks that each is refused in two lines on standard error, and with 2. */
export async function assertRefused(
  rows: readonly BadUsage[],
  run: (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<Outcome>,
): Promise<void> {
  for (const { args, env = {}, error, hint } of rows) {
    const { code, stdout, stderr } = await run(args, env);
    const what = `${args.join(" ")}: ${stderr}`;
    assertEquals([code, stdout], [2, ""], what);
    const [first = "", second = "", ...more] = stderr.split("\n");
    assertMatch(first, /^Error: /, what);
    assertMatch(first, error, what);
    assertMatch(second, /^Try: /, what);
    assertMatch(second, hint, what);
    assertEquals(more, [""], what);
  }
}
