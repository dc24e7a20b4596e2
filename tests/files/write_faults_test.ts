/**
 * Each step of a write fails in turn: the old content stays, nothing else does, and the error is the
 * right one.
 *
 * @module
 */
import { FileError } from "../../src/files/errors.ts";
import { type FileSystem, realFileSystem } from "../../src/files/file_system.ts";
import { writeText } from "../../src/files/mod.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { failing, FAILURES, faulty, on, type Step, stepsOf } from "./faults.ts";
import { Folder, needing, test } from "./folder.ts";
import { has } from "../system.ts";

const modes = needing("modes");

const NEW = "new content\n";
const CODES = { full: "file_disk_full", broken: "file_io", forbidden: "file_permission" } as const;
const KINDS = Object.keys(CODES) as (keyof typeof CODES)[];

function write(fs: FileSystem, path: string): Promise<void> {
  return on(fs, () => writeText(path, NEW, { mode: 0o640 }));
}

async function stepsOfAWrite(old?: string): Promise<Step[]> {
  await using folder = await Folder.create();
  if (old !== undefined) folder.put("a", old);
  return await stepsOf(() => writeText(folder.at("a"), NEW, { mode: 0o640 }), 5);
}

Deno.test("the steps are in the order that makes a write safe", async () => {
  const writes: Step[] = ["open", "write", "write", "write"];
  assertEquals(await stepsOfAWrite(), [...writes, "sync", "rename", "syncFolder"]);
  assertEquals(await stepsOfAWrite("old"), [
    ...writes,
    ...has("modes") ? ["chmod" as const] : [],
    "sync",
    "rename",
    "syncFolder",
  ]);
});

for (const old of ["old content\n", undefined]) {
  const what = old === undefined ? "there still is no file" : "the old content stays";
  Deno.test(`whichever step fails, ${what}, and no temporary file`, async () => {
    const steps = await stepsOfAWrite(old);
    for (const kind of KINDS) {
      for (const [index, step] of steps.entries()) {
        if (step === "syncFolder") continue;
        await using folder = await Folder.create();
        const path = folder.at("a");
        if (old !== undefined) folder.put("a", old);
        const cause = FAILURES[kind]();
        const error = await assertRejects(
          () => write(failing(() => cause, index + 1, 5), path),
          FileError,
        );
        assertEquals([error.code, error.path, error.cause], [CODES[kind], path, cause], step);
        assertEquals(folder.dataNames(), old === undefined ? [] : ["a"], step);
        if (old !== undefined) assertEquals(folder.text("a"), old, step);
        // The lock is free, too.
        await writeText(path, "next", { timeoutSeconds: 0 });
        assertEquals(folder.text("a"), "next");
      }
    }
  });
}

test("where the folder cannot be synced the new content is in place, and that is an error", async (folder) => {
  const path = folder.put("a", "old");
  const fs = failing(FAILURES.broken, "syncFolder");
  const error = await assertRejects(() => write(fs, path), FileError, "Input/output error");
  assertEquals(error.code, "file_io");
  assertEquals([folder.text("a"), folder.dataNames()], ["new content\n", ["a"]]);
});

test("a temporary file that cannot be removed hides no error, and the next write removes it", async (folder) => {
  const path = folder.put("a", "old");
  const fs = faulty({
    before: (step) => {
      if (step === "rename") throw FAILURES.full();
      if (step === "remove") throw FAILURES.forbidden();
    },
  });
  const error = await assertRejects(() => write(fs, path), FileError);
  assertEquals(error.code, "file_disk_full");
  assertEquals([folder.text("a"), folder.dataNames().length], ["old", 2]);
  // That a left-over cannot be removed does not stop a write either.
  await write(failing(FAILURES.forbidden, "remove"), path);
  assertEquals([folder.text("a"), folder.dataNames().length], ["new content\n", 2]);
  await write(realFileSystem, path);
  assertEquals(folder.dataNames(), ["a"]);
});

test("a folder that cannot be listed can be written in", async (folder) => {
  const fs = {
    ...realFileSystem,
    names: () => {
      throw FAILURES.forbidden();
    },
  };
  await write(fs, folder.at("a"));
  assertEquals(folder.text("a"), "new content\n");
});

test("a folder that cannot be made is an error in terms of the file", async (folder) => {
  const fs = {
    ...realFileSystem,
    makeFolder: () => {
      throw FAILURES.full();
    },
  };
  const error = await assertRejects(() => write(fs, folder.at("x/a")), FileError);
  assertEquals([error.code, error.path], ["file_disk_full", folder.at("x/a")]);
  assertEquals(folder.names(), []);
});

/** A file system on which `name` seems to be another user's. */
function foreign(name: string, chown: FileSystem["chown"]): FileSystem {
  const look: FileSystem["look"] = (path) => {
    const info = realFileSystem.look(path);
    if (info === undefined || !path.endsWith(`/${name}`)) return info;
    return { ...info, uid: (info.uid ?? 0) + 1, gid: (info.gid ?? 0) + 1 };
  };
  return { ...realFileSystem, look, chown };
}

modes.test("the owner and group of a file are kept where this user may", async (folder) => {
  const path = folder.put("a", "old");
  const { uid, gid } = Deno.statSync(path);
  const asked: (number | null)[][] = [];
  const fs = foreign("a", (_path, _made, { uid, gid }) => void asked.push([uid, gid]));
  Deno.chmodSync(path, 0o660);
  await on(fs, () => writeText(path, NEW));
  assertEquals(asked, [[(uid ?? 0) + 1, (gid ?? 0) + 1]]);
  assertEquals(folder.mode("a"), 0o660);
});

modes.test("a group that cannot be kept does not hand its rights to another", async (folder) => {
  const path = folder.put("a", "old");
  let calls = 0;
  const fs = foreign("a", () => {
    calls++;
    throw FAILURES.forbidden();
  });
  Deno.chmodSync(path, 0o664);
  await on(fs, () => writeText(path, NEW));
  assertEquals([calls, folder.mode("a"), folder.text("a")], [2, 0o604, "new content\n"]);
  Deno.chmodSync(path, 0o664);
  const groupOnly = foreign("a", (_path, _made, { uid }) => {
    if (uid !== null) throw FAILURES.forbidden();
  });
  await on(groupOnly, () => writeText(path, NEW));
  assertEquals(folder.mode("a"), 0o664);
});

test("a lock file that is removed in the middle of a write keeps it from being renamed", async (folder) => {
  const path = folder.put("a", "old");
  const fs = faulty({
    before: (step) => {
      if (step === "sync") Deno.removeSync(folder.at(".a.lock"));
    },
  });
  const error = await assertRejects(
    () => write(fs, path),
    FileError,
    "its lock file was removed",
  );
  assertEquals(error.code, "file_lock_lost");
  assert(error.retryable);
  assertEquals([folder.text("a"), folder.names()], ["old", ["a"]]);
});
