/**
 * A file and its checksum never tell different stories: whichever step is the last one of its writer,
 * by a kill or a failure, the next one puts things right.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { writeExportFile } from "../../src/store/export/file.ts";
import { backupDatabase } from "../../src/store/sqlite/backup/backup.ts";
import { restoreDatabase } from "../../src/store/sqlite/backup/restore.ts";
import { splitPath } from "../../src/platform/paths.ts";
import { exists } from "../../src/platform/files.ts";
import { sha256OfFile } from "../../src/files/sha256.ts";
import { assert, assertEquals } from "../assert.ts";
import { failing, FAILURES, on, stepsOf } from "../files/faults.ts";
import { Folder } from "../files/folder.ts";
import { killAtEveryStep } from "../files/killed.ts";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { addPrices, fill } from "./sqlite/filled.ts";
import { daysOf } from "./rows.ts";

async function writeText(path: string, text: string): Promise<void> {
  await writeExportFile("x.db", path, async (sink) => {
    await sink.write(new TextEncoder().encode(text));
  });
}

function pricesIn(path: string): number {
  using db = new DatabaseSync(path, { readOnly: true });
  return Number(db.prepare("SELECT count(*) AS n FROM prices").get()?.n);
}

/** What is at a path, by its checksum: undefined for nothing. Fails where the one beside it is another. */
async function contentOf(path: string): Promise<string | undefined> {
  const content = exists(path) ? await sha256OfFile(path) : undefined;
  if (content !== undefined && exists(`${path}.sha256`)) {
    assertEquals((await Deno.readTextFile(`${path}.sha256`)).slice(0, 64), content);
  }
  return content;
}

/** The same, where both have to be there or neither, and nothing else of theirs. */
async function settledContent(folder: Folder, name: string): Promise<string | undefined> {
  const path = folder.at(name);
  const content = await contentOf(path);
  const wanted = content === undefined ? [] : [name, `${name}.sha256`];
  assertEquals(folder.names().filter((each) => each.includes(name)), wanted);
  return content;
}

Deno.test("an export that is killed at any step: old or new, and settled by any other in its folder", async () => {
  const before: (string | undefined)[] = [];
  for (const old of [undefined, "the old text"]) {
    const seen: (string | undefined)[] = [];
    const steps = await killAtEveryStep("export", "the new text", async (folder) => {
      if (old !== undefined) await writeText(folder.at("a.csv"), old);
      before.push(await contentOf(folder.at("a.csv")));
      return folder.at("a.csv");
    }, async (folder) => {
      const left = await contentOf(folder.at("a.csv"));
      seen.push(left);
      await writeText(folder.at("other.csv"), "of another day");
      assertEquals(await settledContent(folder, "a.csv"), left);
      await writeText(folder.at("a.csv"), "the next text");
      assert(await settledContent(folder, "a.csv") !== left);
    });
    assert(steps >= 8, `${steps} steps`);
    assertEquals([seen[0], new Set(seen).size], [before.at(-1), 2]);
  }
});

Deno.test("a backup to one name that is killed at any step is made by the next one", async () => {
  const seen = new Set<number>();
  const steps = await killAtEveryStep("backup", "nightly.db", async (folder) => {
    await fill(folder.at("x.db"));
    await backupDatabase(folder.at("x.db"), { to: folder.at("nightly.db") });
    using db = await Database.open(folder.at("x.db"));
    await addPrices(db, "BBAS3.SA", daysOf(2));
    return folder.at("x.db");
  }, async (folder) => {
    const to = folder.at("nightly.db");
    assert(await contentOf(to) !== undefined);
    seen.add(pricesIn(to));
    const { sha256 } = await backupDatabase(folder.at("x.db"), { to });
    assertEquals(await settledContent(folder, "nightly.db"), sha256);
  });
  assert(steps >= 8, `${steps} steps`);
  assertEquals(seen, new Set([40, 42]));
});

Deno.test("a restore that is killed at any step: the old database or the backup, and the next one works", async () => {
  const seen = new Set<number>();
  const steps = await killAtEveryStep("restore", "b.db", async (folder) => {
    await fill(folder.at("x.db"));
    await backupDatabase(folder.at("x.db"), { to: folder.at("b.db") });
    using db = await Database.open(folder.at("x.db"));
    await addPrices(db, "BBAS3.SA", daysOf(2));
    return folder.at("x.db");
  }, async (folder) => {
    seen.add(pricesIn(folder.at("x.db")));
    await restoreDatabase(folder.at("b.db"), folder.at("x.db"));
    assertEquals(pricesIn(folder.at("x.db")), 40);
    assertEquals(folder.names().filter((name) => name.startsWith(".")), []);
  });
  assert(steps >= 5, `${steps} steps`);
  assertEquals(seen, new Set([40, 42]));
});

Deno.test("a backup that is removed for its age is killed: what is left of it goes with the next one", async () => {
  await using folder = await Folder.create();
  const path = folder.at("x.db");
  await fill(path);
  const { path: old } = await backupDatabase(path);
  const { folder: backups, name } = splitPath(old);
  // As far as it has come: out of its place, with its checksum still there.
  Deno.renameSync(old, `${backups}/.${name}.tickerlock-backup.tmp`);
  const { path: made } = await backupDatabase(path, { keep: 1 });
  const { name: kept } = splitPath(made);
  assertEquals([...Deno.readDirSync(backups)].map((each) => each.name).sort(), [
    kept,
    `${kept}.sha256`,
  ]);
});

Deno.test("a step that fails leaves the old or the new file with its own checksum, and nothing else", async () => {
  for (const old of [undefined, "the old text"]) {
    await using counted = await Folder.create();
    if (old !== undefined) await writeText(counted.at("a.csv"), old);
    const steps = await stepsOf(() => writeText(counted.at("a.csv"), "the new text"));
    for (const failure of [FAILURES.full, FAILURES.broken]) {
      for (let number = 1; number <= steps.length; number++) {
        await using folder = await Folder.create();
        if (old !== undefined) await writeText(folder.at("a.csv"), old);
        const before = await contentOf(folder.at("a.csv"));
        const work = () => writeText(folder.at("a.csv"), "the new text");
        const failed = await on(failing(failure, number), work).then(() => false, () => true);
        // What is left over is removed as well as it can be, without a word.
        assert(failed || steps[number - 1] === "remove", `step ${number}: ${steps[number - 1]}`);
        const after = await settledContent(folder, "a.csv");
        const isLate = steps.slice(0, number - 1).filter((step) => step === "rename").length >= 2;
        assertEquals(after === before, !isLate, `step ${number} of ${steps}`);
      }
    }
  }
});
