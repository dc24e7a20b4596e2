/** Names that a file may not have, and names that mean the same file. @module */
import { CURRENT_OS, type Os } from "./os.ts";

// Microsoft, "Naming Files, Paths, and Namespaces"; the digits include the superscripts of Latin-1.
const RESERVED_ON_WINDOWS =
  /^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9\u00b9\u00b2\u00b3]) *(\.|:|$)/i;

// deno-lint-ignore no-control-regex
const UNSAFE_ON_WINDOWS = /[<>:"|?*\u0000-\u001f]/;

/** Whether Windows takes a name for a device, in any folder, with any ending: `CON.lock` is the console. */
export function isReservedName(name: string): boolean {
  return RESERVED_ON_WINDOWS.test(name);
}

/** Characters that every system takes in the name of a file, and that have one case only. */
const ESCAPED = /[^A-Z0-9._^=-]+/g;

function percent(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/**
 * A text as a part of a file's name on every system: bytes outside of `[A-Z0-9._^=-]`, and the first letter
 * of a device's name, become `%XX`. Different texts stay different, also where case is folded.
 * @param text Well-formed Unicode. An ending has to follow: the last character may be a dot.
 */
export function escapeName(text: string): string {
  const escaped = text.replace(ESCAPED, percent);
  return isReservedName(escaped) ? percent(escaped.slice(0, 1)) + escaped.slice(1) : escaped;
}

/** The text of {@linkcode escapeName}'s name, in capitals or not; undefined where it is none. */
export function unescapeName(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

/** Why a system cannot have a file of a name, as half a sentence; undefined where it can. */
export function nameProblem(name: string, os: Os = CURRENT_OS): string | undefined {
  if (name.includes("\0")) return "it has a NUL character";
  if (os !== "windows" || name === "" || name === "." || name === "..") return undefined;
  if (isReservedName(name)) return `Windows reserves the name ${JSON.stringify(name)}`;
  const unsafe = UNSAFE_ON_WINDOWS.exec(name)?.[0];
  if (unsafe !== undefined) return `Windows allows no ${JSON.stringify(unsafe)} in a name`;
  // The system would leave them out, and so write another file.
  return /[. ]$/.test(name) ? "Windows allows no dot or blank at the end of a name" : undefined;
}

/** One key for all spellings of a name; two files of a case-sensitive volume may share it, and a queue. */
export function foldName(name: string, os: Os = CURRENT_OS): string {
  if (os === "darwin") return name.normalize("NFC").toLowerCase();
  return os === "windows" ? name.toLowerCase() : name;
}
