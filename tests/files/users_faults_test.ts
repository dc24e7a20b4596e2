/**
 * Each step fails in turn of what writes its files by the core: exports, backups, restores, unit files.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { backupDatabase } from "../../src/store/sqlite/backup/backup.ts";
import { restoreDatabase } from "../../src/store/sqlite/backup/restore.ts";
import { sha256OfFile } from "../../src/files/sha256.ts";
import { writeExportFile } from "../../src/store/export/file.ts";
import { install, type Step as UnitStep } from "../../src/systemd/install.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { fill } from "../store/sqlite/filled.ts";
import { failing, FAILURES, on, type Step, stepsOf } from "./faults.ts";
import { Folder } from "./folder.ts";

/** A write of one file, over an old one or where there is none. */
interface Case {
  readonly file: string;
  /** Makes what the write needs, the old file included. */
  readonly prepare: (folder: Folder, old: boolean) => Promise<void>;
  readonly write: (folder: Folder) => Promise<unknown>;
}

function exporting(folder: Folder, text: string): Promise<unknown> {
  return writeExportFile("x.db", folder.at("a.csv"), async (sink) => {
    await sink.write(new TextEncoder().encode(text));
  });
}

function installing(folder: Folder, text: string, action: UnitStep["action"]): Promise<unknown> {
  return install([{ path: folder.at("a.timer"), text, action, diff: "" }]);
}

const CASES: Readonly<Record<string, Case>> = {
  "an export": {
    file: "a.csv",
    prepare: async (folder, old) => void (old && await exporting(folder, "old")),
    write: (folder) => exporting(folder, "new"),
  },
  "a backup": {
    file: "b.db",
    prepare: async (folder, old) => {
      await fill(folder.at("x.db"));
      if (old) await backupDatabase(folder.at("x.db"), { to: folder.at("b.db") });
    },
    write: (folder) => backupDatabase(folder.at("x.db"), { to: folder.at("b.db") }),
  },
  "a restore": {
    file: "r.db",
    prepare: async (folder, old) => {
      await fill(folder.at("x.db"));
      await backupDatabase(folder.at("x.db"), { to: folder.at("b.db") });
      if (!old) return;
      await fill(folder.at("r.db"));
      // As a restore leaves it before it is replaced: no write-ahead log.
      using db = new DatabaseSync(folder.at("r.db"));
      db.prepare("PRAGMA journal_mode = DELETE").get();
    },
    write: (folder) => restoreDatabase(folder.at("b.db"), folder.at("r.db")),
  },
  "a unit": {
    file: "a.timer",
    prepare: async (folder, old) => void (old && await installing(folder, "old", "create")),
    write: (folder) => installing(folder, "new", "foreign"),
  },
};

async function stateOf(folder: Folder, name: string): Promise<string | null> {
  try {
    return await sha256OfFile(folder.at(name));
  } catch {
    return null;
  }
}

for (const [what, { file, prepare, write }] of Object.entries(CASES)) {
  for (const old of [false, true]) {
    // A unit that is there is kept beside: then there is one to keep.
    if (what === "a unit" && !old) continue;
    Deno.test(`whichever step of ${what} fails, the ${old ? "old" : "new"} file is whole or not there`, async () => {
      let steps: Step[] = [];
      {
        await using folder = await Folder.create();
        await prepare(folder, old);
        steps = await stepsOf(() => write(folder));
      }
      assert(steps.includes("sync"), steps.join());
      for (const [index, step] of steps.entries()) {
        if (step === "remove") continue;
        await using folder = await Folder.create();
        await prepare(folder, old);
        const before = await stateOf(folder, file);
        const fs = failing(FAILURES.full, index + 1);
        await assertRejects(() => on(fs, () => write(folder)), Error);
        // Only renaming the checksum, and syncing the folder, come after the file has its name.
        const isLate = index > steps.indexOf("rename");
        if (!isLate) assertEquals(await stateOf(folder, file), before, `${index} ${step}`);
        if (old) assert(folder.names().includes(file), step);
        const hidden = folder.names().filter((name) => name.startsWith("."));
        assertEquals(hidden, [], `${index} ${step}`);
        if (!isLate) await write(folder);
      }
    });
  }
}
