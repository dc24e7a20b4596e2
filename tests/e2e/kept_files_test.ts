/**
 * Files in whose place nothing can be put: mounted one by one, as containers do, or immutable.
 *
 * @module
 */
import { sha256OfFile } from "../../src/files/sha256.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { canMount, leaveOut } from "../installed.ts";
import { testNeeding } from "../system.ts";
import { inside } from "./db_tools.ts";
import { errorOf, prepared } from "./prepared.ts";
import { type Outcome, runProgram } from "./program.ts";
import type { Workspace } from "./workspace.ts";

/** Runs the program while nothing can be put in the place of a file. */
type Run = (space: Workspace, args: readonly string[], path: string) => Promise<Outcome>;

function started(
  space: Workspace,
  args: readonly string[],
  prefix: readonly string[] = [],
): Promise<Outcome> {
  return runProgram([...args, "--log-format", "json"], inside(space, { prefix }));
}

async function allStays(
  run: Run,
  why: RegExp,
  hint: RegExp,
  ofMetrics: string,
): Promise<void> {
  await using space = await prepared();
  const cases: [args: string[], kept: string, code: string][] = [
    [["export", "--out", "x.csv"], "x.csv", "export_failed"],
    [["export", "--out", "x.csv"], "x.csv.sha256", "export_failed"],
    [["db", "backup", "--to", "b.db"], "b.db", "backup_failed"],
    [["db", "backup", "--to", "b.db"], "b.db.sha256", "backup_failed"],
    [["stats", "--prometheus", "--out", "m.prom"], "m.prom", ofMetrics],
    [["db", "restore", "b.db"], "prices.db", "restore_failed"],
  ];
  for (const [args] of cases.slice(0, 5)) assertEquals((await started(space, args)).code, 0);
  const state = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const name of space.names()) {
      // A restore makes the folder of its locks, brings the file to the disk before anything else, and of
      // one that may not be changed cannot remove SQLite's companions, which are empty.
      if (name === "locks" || /-(wal|shm)$/.test(name)) continue;
      const path = `${space.path}/${name}`;
      found.push(`${name} ${path === space.db ? "" : await sha256OfFile(path)}`);
    }
    return found;
  };
  for (const [args, kept, code] of cases) {
    const before = await state();
    const outcome = await run(space, args, kept);
    const error = errorOf(outcome);
    assertEquals([outcome.code, error.code], [1, code], `${args.join(" ")}: ${outcome.stderr}`);
    assertMatch(outcome.stderr, why);
    assertMatch(error.hint, hint);
    assertEquals(await state(), before, args.join(" "));
  }
  assertEquals((await started(space, ["db", "verify"])).code, 0);
}

/** Mounts the first word in its own place, and runs the others. */
const MOUNTED = 'mount --bind "$0" "$0" || exit 99; "$@"';

testNeeding("mounts", "what cannot be replaced stays whole, and the mount is named", async () => {
  if (!(await canMount(["unshare", "-m"]))) return;
  await allStays(
    (space, args, path) => started(space, args, ["unshare", "-m", "sh", "-c", MOUNTED, path]),
    /it is a mount of its own/,
    /^Mount its folder in place of the file/,
    "file_mounted",
  );
});

async function setImmutable(path: string, to: "+i" | "-i"): Promise<boolean> {
  try {
    return (await new Deno.Command("chattr", { args: [to, path], stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

testNeeding("modes", "what is immutable stays whole, and lsattr is named", async () => {
  {
    await using space = await prepared();
    const path = space.write("x.csv", "");
    if (!await setImmutable(path, "+i")) return leaveOut("no file can be made immutable here");
    await setImmutable(path, "-i");
  }
  await allStays(
    async (space, args, name) => {
      const path = `${space.path}/${name}`;
      await setImmutable(path, "+i");
      try {
        return await started(space, args);
      } finally {
        await setImmutable(path, "-i");
      }
    },
    /permission denied/,
    /lsattr/,
    "file_permission",
  );
});
