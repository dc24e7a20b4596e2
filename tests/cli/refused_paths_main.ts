/**
 * Walks the commands over refused paths in a process of its own: without root's right to pass by modes,
 * or with few descriptors.
 *
 *   refused_paths_main.ts EACCES|EMFILE FOLDER
 *
 * Prints the problems as JSON.
 *
 * @module
 */
import { Scene } from "./refused_paths.ts";

async function loadAll(folder: URL): Promise<void> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) await loadAll(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts") && name !== "main.ts") await import(new URL(name, folder).href);
  }
}

const [fault, path = ""] = Deno.args;
using scene = new Scene(path);
await scene.prepare();
if (fault === "EMFILE") await loadAll(new URL("../../src/", import.meta.url));
const problems = fault === "EMFILE"
  ? await scene.walkWithoutDescriptors()
  : await scene.walk(["EACCES"]);
await new Response(JSON.stringify(problems)).body?.pipeTo(Deno.stdout.writable);
