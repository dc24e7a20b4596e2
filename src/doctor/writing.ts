/**
 * Why a place cannot be written.
 *
 * @module
 */
import { messageOf } from "../base/errors.ts";

/** What is in the way, and the remedy. */
export interface WritingProblem {
  readonly why: string;
  readonly hint: string;
}

/**
 * Why a file cannot be written, with the remedy.
 *
 * @param reason What was thrown when it was opened.
 * @param option Names another place.
 */
export function writingProblem(reason: unknown, option: string): WritingProblem {
  const why = messageOf(reason);
  const code = reason instanceof Error ? (reason as { code?: unknown }).code : undefined;
  if (code === "EROFS") {
    return {
      why: `its file system is read-only (${why})`,
      hint:
        "Mount it for writing (findmnt -T PATH tells which it is, mount -o remount,rw); a kernel " +
        `that meets errors makes it read-only by itself, see dmesg. Or name another with ${option}.`,
    };
  }
  return {
    why,
    hint: `Give this user permission on it, or run as its owner; or name another with ${option}.`,
  };
}
