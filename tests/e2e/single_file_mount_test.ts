/**
 * Files that are mounted one by one, as containers do: nothing can take their place.
 *
 * @module
 */
import { sha256OfFile } from "../../src/files/sha256.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { canMount } from "../installed.ts";
import { testNeeding } from "../system.ts";
import { inside } from "./db_tools.ts";
import { errorOf, prepared } from "./prepared.ts";
import { runProgram } from "./program.ts";

/** Mounts the first word in its own place, and runs the others. */
const MOUNTED = 'mount --bind "$0" "$0" || exit 99; "$@"';

testNeeding("mounts", "what cannot be replaced stays whole, and the mount is named", async () => {
  if (!(await canMount(["unshare", "-m"]))) return;
  await using space = await prepared();
  const run = (args: readonly string[], mounted?: string) => {
    const prefix = mounted === undefined ? [] : ["unshare", "-m", "sh", "-c", MOUNTED, mounted];
    return runProgram([...args, "--log-format", "json"], inside(space, { prefix }));
  };
  const cases: [args: string[], mounted: string, code: string][] = [
    [["export", "--out", "x.csv"], "x.csv", "export_failed"],
    [["export", "--out", "x.csv"], "x.csv.sha256", "export_failed"],
    [["db", "backup", "--to", "b.db"], "b.db", "backup_failed"],
    [["db", "backup", "--to", "b.db"], "b.db.sha256", "backup_failed"],
    [["stats", "--prometheus", "--out", "m.prom"], "m.prom", "file_mounted"],
    [["db", "restore", "b.db"], "prices.db", "restore_failed"],
  ];
  for (const [args] of cases.slice(0, 5)) assertEquals((await run(args)).code, 0);
  const state = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const name of space.names()) {
      // A restore makes the folder of its locks, and brings the file to the disk before anything else.
      if (name === "locks") continue;
      const path = `${space.path}/${name}`;
      found.push(`${name} ${path === space.db ? "" : await sha256OfFile(path)}`);
    }
    return found;
  };
  for (const [args, mounted, code] of cases) {
    const before = await state();
    const outcome = await run(args, mounted);
    const error = errorOf(outcome);
    assertEquals([outcome.code, error.code], [1, code], `${args.join(" ")}: ${outcome.stderr}`);
    assertMatch(outcome.stderr, /it is a mount of its own/);
    assertMatch(error.hint, /^Mount its folder in place of the file/);
    assertEquals(await state(), before, args.join(" "));
  }
  assertEquals((await run(["db", "verify"])).code, 0);
});
