/**
 * Paths, taken apart and put together. On Windows a backslash separates as well, and a path can begin with a
 * drive (`C:\data`) or a share (`\\server\share\data`).
 * @module
 */
import { foldName, nameProblem } from "./names.ts";
import { CURRENT_OS, type Os } from "./os.ts";

/** Whether only the backslash separates: `\\?\C:\data`, as Windows hands long paths out. */
function isVerbatim(path: string): boolean {
  return path.startsWith("\\\\?\\");
}

function lastSeparator(path: string, os: Os): number {
  const slash = path.lastIndexOf("/");
  if (os !== "windows") return slash;
  const backslash = path.lastIndexOf("\\");
  return isVerbatim(path) ? backslash : Math.max(slash, backslash);
}

/** Length of the root: `/`, `C:\`, `\\server\share`. */
function rootLength(path: string, os: Os): number {
  if (os !== "windows") return path.startsWith("/") ? 1 : 0;
  const root = /^(?:\\\\\?\\)?[A-Za-z]:[/\\]?|^[/\\]{2}[^/\\]+[/\\]+[^/\\]+|^[/\\]/.exec(path);
  return root?.[0].length ?? 0;
}

/** Splits a path at its last separator, which stays of a root; the folder of a bare name is `.`. */
export function splitPath(
  path: string,
  os: Os = CURRENT_OS,
): { readonly folder: string; readonly name: string } {
  const at = lastSeparator(path, os);
  const root = rootLength(path, os);
  if (at < root) {
    // `C:prices.db` is in the folder that is current on that drive.
    const drive = os === "windows" && /^[A-Za-z]:$/.test(path.slice(0, root)) ? "." : "";
    return { folder: path.slice(0, root) + drive || ".", name: path.slice(root) };
  }
  return { folder: path.slice(0, Math.max(at, root)), name: path.slice(at + 1) };
}

/** Takes the separators at the end of a folder's path away, but for those of a root. */
export function trimFolder(path: string, os: Os = CURRENT_OS): string {
  const root = rootLength(path, os);
  const rest = path.slice(root).replace(os === "windows" ? /(?<![/\\])[/\\]+$/ : /(?<!\/)\/+$/, "");
  return path.slice(0, root) + rest;
}

/** A name in a folder. */
export function joinPath(folder: string, name: string, os: Os = CURRENT_OS): string {
  if (folder.endsWith("/")) return folder + name;
  if (os !== "windows") return `${folder}/${name}`;
  if (folder.endsWith("\\")) return folder + name;
  return folder + (isVerbatim(folder) ? "\\" : "/") + name;
}

/** Whether a path means the same file wherever a program stands. `C:prices.db` does not. */
export function isAbsolute(path: string, os: Os = CURRENT_OS): boolean {
  return os === "windows" ? /^(?:[A-Za-z]:)?[/\\]/.test(path) : path.startsWith("/");
}

/** One key for all spellings of a real path: case, and on Windows either separator. */
export function pathKey(path: string, os: Os = CURRENT_OS): string {
  return foldName(os === "windows" ? path.replaceAll("\\", "/") : path, os);
}

/** Whether a path can only be that of a folder. */
export function endsInSeparator(path: string, os: Os = CURRENT_OS): boolean {
  return path.endsWith("/") || (os === "windows" && path.endsWith("\\"));
}

/** Where a path leads, whatever the working folder becomes; `C:data` stays as it is. */
export function absolutePath(path: string, os: Os = CURRENT_OS, cwd?: string): string {
  if (isAbsolute(path, os) || (os === "windows" && /^[A-Za-z]:/.test(path))) return path;
  try {
    return joinPath(cwd ?? Deno.cwd(), path, os);
  } catch {
    return path;
  }
}

/** Why a path cannot be that of a file or folder, as half a sentence; undefined where it can. */
export function pathProblem(path: string, os: Os = CURRENT_OS): string | undefined {
  if (path.includes("\0")) return "it has a NUL character";
  if (os !== "windows") return undefined;
  for (const name of path.slice(rootLength(path, os)).split(/[/\\]+/)) {
    const problem = nameProblem(name, os);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The folder of a user's configuration by the XDG Base Directory Specification, as systemd finds it. */
export function configFolder(home: string | null, given: string | undefined): string | null {
  if (given?.startsWith("/")) return given.replace(/(?<=.)\/+$/, "");
  return home === null ? null : `${home}/.config`;
}

/** The folder of a user's configuration by the environment, on macOS too; `%APPDATA%` on Windows. */
export function configFolderIn(
  env: (name: string) => string | undefined,
  os: Os = CURRENT_OS,
): string | undefined {
  if (os === "windows") return env("APPDATA") || undefined;
  const home = env("HOME");
  const known = home?.startsWith("/") === true ? home : null;
  return configFolder(known, env("XDG_CONFIG_HOME")) ?? undefined;
}
