/**
 * Many processes on one file.
 *
 * @module
 */
import { readJson, stages } from "../../src/files/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { test } from "./folder.ts";
import { assertLargeValue } from "./large_value.ts";
import { runWorkers } from "./processes.ts";

const PROCESSES = 8;
const TIMES = 50;

const IDS = Array.from({ length: PROCESSES }, (_, index) => `p${index}`);

/** Does something again and again until the work is done, and once at least. */
async function during(work: Promise<void>, again: () => Promise<void>): Promise<number> {
  let over = false;
  const done = work.finally(() => over = true);
  // A failure of the work counts when it is waited for; that of `again` counts before.
  done.catch(() => {});
  let times = 0;
  do {
    await again();
    times++;
  } while (!over);
  await done;
  return times;
}

test("lines of many processes are all there, whole, each process's own in their order", async (folder) => {
  const path = folder.at("runs.txt");
  await runWorkers(IDS.map((id) => ["append", path, id, String(TIMES)]));
  const lines = folder.text("runs.txt").split("\n");
  assertEquals([lines.pop(), lines.length], ["", PROCESSES * TIMES]);
  for (const id of IDS) {
    const own = lines.filter((line) => line.startsWith(`${id} `));
    assertEquals(own, Array.from({ length: TIMES }, (_, n) => `${id} ${n}`));
  }
});

test("a number that many processes add to counts every one of them", async (folder) => {
  const path = folder.at("count.json");
  await runWorkers(IDS.map(() => ["count", path, String(TIMES)]));
  assertEquals(await readJson(path), PROCESSES * TIMES);
  assertEquals(folder.names(), [".count.json.lock", "count.json"]);
});

test("while many processes write a file, a reader always sees a whole one", async (folder) => {
  const path = folder.at("large.json");
  const writing = runWorkers(IDS.map((id) => ["write", path, id, String(TIMES)]));
  const reads = await during(writing, async () => {
    const value = await readJson(path, { default: undefined });
    if (value !== undefined) assertLargeValue(value);
    // The lines of the processes are read here as well.
    await new Promise((resolve) => setTimeout(resolve));
  });
  assert(reads > 1);
  const last = assertLargeValue(await readJson(path));
  assert(last.endsWith(` ${TIMES - 1}`), last);
  assertEquals(folder.names(), [".large.json.lock", "large.json"]);
});

test("a stage that many processes save is complete, with the checksum of one of them", async (folder) => {
  const analysis = stages(folder.path, ["prices"]);
  await analysis.save("prices", "p0");
  const saving = runWorkers(IDS.map((id) => ["save", folder.path, id]));
  await during(saving, async () => {
    const value = await analysis.load<string>("prices");
    assert(IDS.includes(value), value);
  });
  assertEquals(folder.dataNames(), ["1_prices.json", "1_prices.json.sha256"]);
  assert(await analysis.isComplete("prices"));
});
