/** The system's names of errors, also of those for which Deno gives only a number in the message. @module */
import { CURRENT_OS, type Os } from "./os.ts";

// Deno 2.7 and 2.9 give EFBIG only as "(os error 27)". Numbers of errno(3) and of winerror.h, where 32 is a
// file opened without sharing and 33 a locked byte.
const UNIX: Readonly<Record<number, string>> = {
  24: "EMFILE",
  27: "EFBIG",
  28: "ENOSPC",
  30: "EROFS",
};

const LINUX = { ...UNIX, 36: "ENAMETOOLONG", 122: "EDQUOT" };

const DARWIN = { ...UNIX, 63: "ENAMETOOLONG", 69: "EDQUOT" };

const WINDOWS: Readonly<Record<number, string>> = {
  4: "EMFILE",
  19: "EROFS",
  32: "EBUSY",
  33: "EBUSY",
  39: "ENOSPC",
  112: "ENOSPC",
  123: "EINVAL",
  206: "ENAMETOOLONG",
  1295: "EDQUOT",
};

/** The name of an error number, such as `ENOSPC`. */
export function errorName(number: number, os: Os = CURRENT_OS): string | undefined {
  const names: Readonly<Record<number, string>> = os === "darwin" ? DARWIN : LINUX;
  return (os === "windows" ? WINDOWS : names)[number];
}

/** The system's name of a failure, such as `ENOSPC`, by its code or its number. */
export function systemCode(error: unknown, os: Os = CURRENT_OS): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return number === undefined ? undefined : errorName(Number(number), os);
}
