import { FileError } from "../../src/files/errors.ts";
import { type Stages, stages } from "../../src/files/stages.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { failing, FAILURES, faulty, on, type Step, stepsOf } from "./faults.ts";
import { Folder, test } from "./folder.ts";

function analysis(folder: Folder): Stages<"a"> {
  return stages(folder.path, ["a"]);
}

async function stepsOfASave(): Promise<Step[]> {
  await using folder = await Folder.create();
  return await stepsOf(() => analysis(folder).save("a", [2]));
}

Deno.test("both files are on the disk before the first is renamed", async () => {
  const temporary = ["open", "write", "sync"];
  assertEquals(await stepsOfASave(), [
    ...temporary,
    ...temporary,
    "rename",
    "rename",
    "syncFolder",
  ] as Step[]);
});

Deno.test("whichever step of a save fails, the stage is what it was, or not complete", async () => {
  const steps = await stepsOfASave();
  for (const [index, step] of steps.entries()) {
    await using folder = await Folder.create();
    const real = analysis(folder);
    await real.save("a", [1]);
    const save = () => on(failing(FAILURES.full, index + 1), () => real.save("a", [2]));
    const error = await assertRejects(save, FileError);
    assertEquals(error.code, "file_disk_full");
    assertEquals(folder.dataNames(), ["1_a.json", "1_a.json.sha256"]);
    if (step === "syncFolder") {
      assertEquals(await real.load("a"), [2]);
    } else if (index === steps.lastIndexOf("rename")) {
      assertEquals(await real.isComplete("a"), false);
      const mismatch = await assertRejects(() => real.load("a"), FileError);
      assertEquals(mismatch.code, "stage_checksum_mismatch");
    } else {
      assertEquals(await real.load("a"), [1]);
    }
    await real.save("a", [3]);
    assertEquals(await real.load("a"), [3]);
  }
});

test("a save that is between its two renames is waited for, not called incomplete", async (folder) => {
  const real = analysis(folder);
  await real.save("a", [1]);
  const between = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let renames = 0;
  const slow = faulty({
    before: async (step) => {
      if (step !== "rename" || ++renames < 2) return;
      between.resolve();
      await go.promise;
    },
  });
  const saving = on(slow, () => real.save("a", [2]));
  await between.promise;
  const complete = real.isComplete("a");
  const loaded = real.load("a");
  go.resolve();
  await saving;
  assert(await complete);
  assertEquals(await loaded, [2]);
});
