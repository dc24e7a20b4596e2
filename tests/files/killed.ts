/**
 * Killing a process at each step of what it writes.
 *
 * @module
 */
import { assertEquals } from "../assert.ts";
import { killed } from "../system.ts";
import { Folder } from "./folder.ts";
import { runWorker } from "./processes.ts";

/** More steps than any work here has. */
const MOST_STEPS = 40;

/** Killing itself is a right of its own. */
const MORTAL = { permissions: ["--allow-read", "--allow-write", "--allow-run"] };

/**
 * Has a process killed before its first step, its second, and so on, until one survives.
 *
 * @param kind As `worker.ts` has it, with its VALUE.
 * @param prepare Returns its PATH.
 * @param check Called after each kill.
 * @returns How many steps there are.
 */
export async function killAtEveryStep(
  kind: "text" | "append" | "save" | "export" | "backup" | "restore",
  value: string,
  prepare: (folder: Folder) => Promise<string>,
  check: (folder: Folder) => Promise<void>,
): Promise<number> {
  for (let number = 1; number <= MOST_STEPS; number++) {
    await using folder = await Folder.create();
    const path = await prepare(folder);
    const ended = await runWorker(["die", String(number), kind, path, value], MORTAL);
    if (ended.code === 0) {
      assertEquals(ended.stderr, "");
      return number - 1;
    }
    const { code, signal, stderr } = ended;
    assertEquals({ code, signal, stderr }, { ...killed(), stderr: "" });
    await check(folder);
  }
  throw new Error(`still killed after ${MOST_STEPS} steps`);
}
