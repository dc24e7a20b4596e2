/**
 * For tests of what goes wrong: a database that has something to lose, and the error of a run.
 *
 * @module
 */
import { assert, assertEquals, assertNotMatch } from "../assert.ts";
import { logLines, type Outcome, SAMPLE } from "./program.ts";
import { Workspace } from "./workspace.ts";

let template: Promise<Uint8Array> | undefined;

async function makeTemplate(): Promise<Uint8Array> {
  await using space = await Workspace.create();
  const args = ["--source", "cotahist", "--file", SAMPLE, "--to", "2024-01-08"];
  assertEquals((await space.here(args)).code, 0);
  return Deno.readFileSync(space.db);
}

/** A workspace whose database has the first five days of the sample: 8 tickers, 40 prices. */
export async function prepared(): Promise<Workspace> {
  const bytes = await (template ??= makeTemplate());
  const space = await Workspace.create();
  Deno.writeFileSync(space.db, bytes, { mode: 0o600 });
  return space;
}

/** The one error that a run reports: its code, with a remedy, and no trace of a bug. */
export function errorOf(
  { stdout, stderr }: Pick<Outcome, "stdout" | "stderr">,
): { code: string; message: string; hint: string } {
  assertNotMatch(stdout + stderr, /internal_error|\bat .*\.ts:\d+/);
  const errors = logLines(stderr).filter(({ level }) => level === "ERROR");
  assertEquals(errors.length, 1, stderr);
  const properties = errors[0]?.properties as Record<string, string> | undefined;
  const { code = "", hint = "" } = properties ?? {};
  const message = String(errors[0]?.message);
  assertNotMatch(message, /Try: /);
  assert(hint.length > 10 && code !== "", stderr);
  return { code, message, hint };
}
