/**
 * One of several processes that use the same file. The last line of its standard output is its
 * result, as JSON.
 *
 *     append PATH ID COUNT    appends COUNT lines `ID NUMBER`
 *     count PATH COUNT        adds 1 to the number in a JSON file, COUNT times
 *     write PATH ID COUNT     writes a large JSON file COUNT times; says "w" after each
 *     save FOLDER VALUE       saves the stage `prices`
 *     state FOLDER            the result is whether the stage `prices` is complete, and the code of the
 *                             error of loading it, or null
 *     die N text|append|save PATH VALUE
 *                             writes, but kills itself before the Nth step
 *     die N export PATH TEXT, die N backup DB NAME
 *                             the same for a file with its checksum beside it; NAME is beside DB
 *     die N restore DB NAME   the same for a database that gets the content of NAME, beside it
 *     error text|append|json|read PATH VALUE
 *                             writes or reads; the result is the error's code and message, or null
 *
 * @module
 */
import { codeOf, TickerlockError } from "../../src/base/errors.ts";
import { useFileSystem } from "../../src/files/file_system.ts";
import {
  appendText,
  readText,
  stages,
  withLockedFile,
  writeJson,
  writeText,
} from "../../src/files/mod.ts";
import { joinPath, splitPath } from "../../src/platform/paths.ts";
import { largeValue } from "./large_value.ts";
import { faulty } from "./faults.ts";

/** Far above what the slowest machine needs: that a lock is never handed on is a failure. */
const PATIENT = { timeoutSeconds: 120 };

/** Bytes per write of a process that is going to die: it leaves half of a file. */
const MOST_PER_WRITE = 7;

function say(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(value) + "\n"));
}

async function dieAt(number: number, kind: string, path: string, value: string): Promise<void> {
  using _fs = useFileSystem(faulty({
    before: (_step, at) => {
      if (at === number) Deno.kill(Deno.pid, "SIGKILL");
    },
    mostPerWrite: ["text", "append", "save"].includes(kind) ? MOST_PER_WRITE : undefined,
  }));
  if (kind === "text") await writeText(path, value);
  else if (kind === "append") await appendText(path, value);
  else if (kind === "save") await stages(path, ["prices"]).save("prices", value);
  else if (kind === "export") await exportText(path, value);
  else if (kind === "backup") await backUp(path, value);
  else await restore(path, value);
}

async function exportText(path: string, text: string): Promise<void> {
  const { writeExportFile } = await import("../../src/store/export/file.ts");
  await writeExportFile("x.db", path, async (sink) => {
    await sink.write(new TextEncoder().encode(text));
  });
}

async function backUp(db: string, name: string): Promise<void> {
  const { backupDatabase } = await import("../../src/store/sqlite/backup/backup.ts");
  await backupDatabase(db, { to: joinPath(splitPath(db).folder, name) });
}

async function restore(db: string, name: string): Promise<void> {
  const { restoreDatabase } = await import("../../src/store/sqlite/backup/restore.ts");
  await restoreDatabase(joinPath(splitPath(db).folder, name), db);
}

async function errorOf(kind: string, path: string, value: string): Promise<unknown> {
  try {
    if (kind === "text") await writeText(path, value);
    else if (kind === "append") await appendText(path, value);
    else if (kind === "json") await writeJson(path, value);
    else await readText(path);
    return null;
  } catch (error) {
    if (!(error instanceof TickerlockError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
}

async function stateOf(folder: string): Promise<unknown> {
  const analysis = stages(folder, ["prices"]);
  const complete = await analysis.isComplete("prices");
  try {
    await analysis.load("prices");
    return [complete, null];
  } catch (error) {
    return [complete, codeOf(error)];
  }
}

const [command = "", ...rest] = Deno.args;
const [first = "", second = "", third = "", fourth = ""] = rest;
switch (command) {
  case "append":
    for (let n = 0; n < Number(third); n++) await appendText(first, `${second} ${n}`, PATIENT);
    break;
  case "count":
    for (let n = 0; n < Number(second); n++) {
      await withLockedFile(first, "write", async (file) => {
        await file.writeJson(await file.readJson({ default: 0 }) + 1);
      }, PATIENT);
    }
    break;
  case "write":
    for (let n = 0; n < Number(third); n++) {
      await writeJson(first, largeValue(`${second} ${n}`), PATIENT);
      say("w");
    }
    break;
  case "save":
    await stages(first, ["prices"], PATIENT).save("prices", second);
    break;
  case "state":
    say(await stateOf(first));
    break;
  case "die":
    await dieAt(Number(first), second, third, fourth);
    break;
  case "error":
    say(await errorOf(first, second, third));
    break;
  default:
    throw new Error(`unknown command ${command}`);
}
