/**
 * Writers that are killed: at every step in turn, and at random moments.
 *
 * @module
 */
import { appendText, FileError, readJson, stages, writeText } from "../../src/files/mod.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { Folder } from "./folder.ts";
import { randomNumbers } from "../lock/random.ts";
import { assertLargeValue } from "./large_value.ts";
import { killAtEveryStep } from "./killed.ts";
import { WorkerProcess } from "./processes.ts";
import { killed } from "../system.ts";

Deno.test("a file whose writer is killed at any step is the old or the new one", async () => {
  const seen: Record<string, number> = {};
  let leftOvers = 0;
  const steps = await killAtEveryStep(
    "text",
    "the new content",
    async (folder) => {
      await writeText(folder.at("a"), "the old content");
      return folder.at("a");
    },
    async (folder) => {
      const text = folder.text("a");
      seen[text] = (seen[text] ?? 0) + 1;
      leftOvers += folder.dataNames().length - 1;
      // The lock went with the process, and what it left goes with the next write.
      await writeText(folder.at("a"), "the next content", { timeoutSeconds: 0 });
      assertEquals([folder.text("a"), folder.dataNames()], ["the next content", ["a"]]);
    },
  );
  // open, 3 writes, sync, rename, sync of the folder: only the last comes after the new content, and
  // only before the first and after the rename is there no temporary file.
  assertEquals(seen, { "the old content": 6, "the new content": 1 });
  assertEquals([steps, leftOvers], [7, 5]);
});

Deno.test("a file whose appending process is killed has whole lines, and the start of one at most", async () => {
  const contents: string[] = [];
  await killAtEveryStep(
    "append",
    "a line of 22 letters..",
    async (folder) => {
      await appendText(folder.at("a"), "old");
      return folder.at("a");
    },
    async (folder) => {
      contents.push(folder.text("a"));
      await appendText(folder.at("a"), "next", { timeoutSeconds: 0 });
      const lines = folder.text("a").split("\n");
      assertEquals([lines[0], ...lines.slice(-2)], ["old", "next", ""]);
      const [torn, ...more] = lines.slice(1, -2);
      assertEquals(more, []);
      assert("a line of 22 letters..".startsWith(torn ?? ""), torn);
    },
  );
  assertEquals(contents, [
    "old\n",
    "old\n",
    "old\na line ",
    "old\na line of 22 l",
    "old\na line of 22 letters.",
    "old\na line of 22 letters..\n",
  ]);
});

Deno.test("a stage whose saving process is killed is the old one, the new one or not complete", async () => {
  const states: string[] = [];
  await killAtEveryStep(
    "save",
    "new",
    async (folder) => {
      await stages(folder.path, ["prices"]).save("prices", "old");
      return folder.path;
    },
    async (folder) => {
      const analysis = stages(folder.path, ["prices"]);
      if (await analysis.isComplete("prices")) {
        states.push(await analysis.load<string>("prices"));
      } else {
        const error = await assertRejects(() => analysis.load("prices"), FileError);
        assertEquals(error.code, "stage_checksum_mismatch");
        states.push("not complete");
      }
      await analysis.save("prices", "next");
      assertEquals(await analysis.load("prices"), "next");
      assertEquals(folder.dataNames(), ["1_prices.json", "1_prices.json.sha256"]);
    },
  );
  assertEquals([...new Set(states)], ["old", "not complete", "new"]);
  assertEquals(states.filter((state) => state !== "old"), ["not complete", "new"]);
});

Deno.test("a file whose writers are killed at any moment is always whole", async () => {
  const random = randomNumbers(20260101);
  await using folder = await Folder.create();
  const path = folder.at("large.json");
  for (let round = 0; round < 12; round++) {
    {
      await using writer = new WorkerProcess(["write", path, `r${round}`, "1000000"]);
      await writer.speaks();
      // Not a wait for anything: the moment is arbitrary, and what follows must hold at each.
      await new Promise((resolve) => setTimeout(resolve, random() * 20));
      writer.kill("SIGKILL");
      const { code, signal } = await writer.ended();
      assertEquals({ code, signal }, killed());
    }
    const id = assertLargeValue(await readJson(path));
    assert(id.startsWith(`r${round} `), id);
    assert(folder.dataNames().length <= 2, folder.dataNames().join());
  }
  await writeText(path, "1", { timeoutSeconds: 0 });
  assertEquals(folder.names(), [".large.json.lock", "large.json"]);
});
