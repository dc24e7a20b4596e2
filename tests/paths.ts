/**
 * Paths of the tests: of files of the project, and of temporary folders.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { SYSTEM, type System } from "./system.ts";

/**
 * The path of a file's address. Not its `pathname`, which is `/C:/…` on Windows.
 *
 * @param url Such as `new URL("data.csv", import.meta.url)`.
 */
export function pathOf(url: URL): string {
  return fileURLToPath(url);
}

/** Path of something in the project, from its root. */
export function projectPath(path: string): string {
  return pathOf(new URL(`../${path}`, import.meta.url));
}

/**
 * A path as tests can compare it and put it into JSON and patterns: with slashes, which Windows takes
 * as well, and without the mark of long paths.
 *
 * @param path A path.
 * @param system Default this one.
 */
export function plainPath(path: string, system: System = SYSTEM): string {
  return system === "windows"
    ? path.replace(/^\\\\\?\\(?=[A-Za-z]:)/, "").replaceAll("\\", "/")
    : path;
}

/**
 * Makes a temporary folder.
 *
 * @param prefix What its name begins with.
 * @returns Its real path: on macOS that of `TMPDIR` leads through a link, on Windows it has short names.
 */
export async function makeTempFolder(prefix: string): Promise<string> {
  return plainPath(await Deno.realPath(await Deno.makeTempDir({ prefix })));
}

/** The same as {@linkcode makeTempFolder}, for the field of a class. */
export function makeTempFolderSync(prefix: string): string {
  return plainPath(Deno.realPathSync(Deno.makeTempDirSync({ prefix })));
}

/** How often removing a folder is tried, and the pause between, in ms. */
const [TRIES, PAUSE_MS] = [20, 100];

/**
 * Removes a folder and all in it. On Windows what a process or a virus scanner has just had open is
 * refused for a moment.
 */
export async function removeFolder(path: string): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (SYSTEM !== "windows" || tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Copies a folder with all in it. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Where Deno has its packages, for a test that hides the home folder. */
export async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
