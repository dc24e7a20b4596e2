/**
 * A user's own configuration file.
 *
 * @module
 */
import { hasFileModes } from "../../../src/platform/files.ts";
import type { Workspace } from "../../e2e/workspace.ts";

/** Environment of a user, and the path of the user's file. */
export interface User {
  readonly env: { readonly HOME: string; readonly APPDATA: string };
  readonly path: string;
}

/** Writes the user's own file. @param content JSON, or what is to be written as such. */
export function writeUserFile(space: Workspace, content: unknown, mode = 0o600): User {
  const home = `${Deno.realPathSync(space.path)}/home`;
  const path = `${home}/.config/tickerlock/config.json`;
  Deno.mkdirSync(`${home}/.config/tickerlock`, { recursive: true });
  Deno.writeTextFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  if (hasFileModes()) Deno.chmodSync(path, mode);
  return { env: { HOME: home, APPDATA: `${home}/.config` }, path };
}
