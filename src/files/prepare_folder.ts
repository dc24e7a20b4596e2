/** Making a folder for files before work begins that would be lost without it. @module */
import { UsageError } from "../base/errors.ts";
import { makeFolders } from "../platform/owners.ts";
import { joinPath } from "../platform/paths.ts";
import { explain } from "../platform/refusals.ts";
import { PendingFile } from "./atomic.ts";

/** What a folder is for, in the words of its error. */
export interface FolderUse {
  readonly code: string;
  /** `answers cannot be kept`. */
  readonly what: string;
  readonly option: string;
}

/** Makes the folder, or refuses it with the code that is given, before anything is asked for. */
export async function prepareFolder(
  folder: string,
  { code, what, option }: FolderUse,
): Promise<void> {
  try {
    makeFolders(folder);
    await using _tried = await PendingFile.create(joinPath(folder, "file"));
  } catch (error) {
    const { why, hint } = explain(error, folder, "write", `name another with ${option} DIR`);
    throw new UsageError(code, `${what} in ${folder}: ${why}`, { hint, cause: error });
  }
}
