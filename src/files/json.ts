/** From bytes to text and values and back, with errors that name the file and the place in it. @module */
import type { GenericSchema } from "valibot";
import { messageOf, UsageError } from "../base/errors.ts";
import { clipped } from "../base/text.ts";
import { FileError } from "./errors.ts";
import { jsonPath, jsonProblem } from "./json_value.ts";

/** Spaces per level where the caller does not say. */
export const DEFAULT_INDENT = 2;

const MAX_INDENT = 10;

/** Characters of a place or a value that are shown. */
const MOST_SHOWN = 300;

const MAX_ISSUES = 20;

const encoder = new TextEncoder();

/** Decodes UTF-8; other bytes would be lost at the next write. @throws {FileError} `file_not_utf8`. */
export function decodeText(path: string, bytes: Uint8Array, keepMark: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: keepMark }).decode(bytes);
  } catch (cause) {
    throw new FileError("file_not_utf8", `${JSON.stringify(path)} is not text in UTF-8`, path, {
      hint: "Convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8",
      cause,
    });
  }
}

/** The place of the first mistake, or the end of what could become JSON; undefined if it is not told. */
function toldPosition(text: string): number | undefined {
  try {
    JSON.parse(text);
    return text.length;
  } catch (error) {
    const message = messageOf(error);
    if (message === "Unexpected end of JSON input") return text.length;
    const told = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
    return told === undefined ? undefined : Number(told);
  }
}

/** How many UTF-16 units of what `JSON.parse` has refused could be the start of JSON. */
export function jsonErrorPosition(text: string): number {
  const told = toldPosition(text);
  if (told !== undefined) return told;
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (toldPosition(text.slice(0, middle)) === middle) good = middle;
    else bad = middle;
  }
  return good;
}

function corrupt(path: string, text: string, cause: unknown): FileError {
  const position = jsonErrorPosition(text);
  const before = text.slice(0, position).split("\n");
  const [line, column] = [before.length, (before.at(-1) ?? "").length + 1];
  const [char] = text.slice(position);
  const found = char === undefined ? "it ends too early" : `unexpected ${JSON.stringify(char)}`;
  const why = text.trim() === ""
    ? "is empty, not JSON"
    : `is not JSON: ${found} at line ${line}, column ${column} (position ${position})`;
  return new FileError("file_corrupt_json", `${JSON.stringify(path)} ${why}`, path, {
    hint: "Restore it from a backup, or remove it to begin anew.",
    cause,
    details: { position, line, column },
  });
}

/** Decodes JSON. A byte order mark is let pass. @throws {FileError} `file_corrupt_json`, `file_not_utf8`. */
export function decodeJson(path: string, bytes: Uint8Array): unknown {
  const text = decodeText(path, bytes, false);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw corrupt(path, text, error);
  }
}

type Steps = readonly (PropertyKey | { readonly key: PropertyKey })[];

function issuePath(steps: Steps = []): string {
  return jsonPath(steps.map((step) => typeof step === "object" ? step.key : step));
}

/** Checks a value against a schema, and returns its output. @throws {FileError} `file_schema`. */
export async function applySchema<T>(
  path: string,
  value: unknown,
  schema: GenericSchema<unknown, T>,
): Promise<T> {
  // The schema brings its own validation: valibot itself is not loaded.
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => ({
    // Both may quote what was found, whole.
    path: clipped(issuePath(issue.path), MOST_SHOWN),
    message: clipped(issue.message, MOST_SHOWN),
  }));
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const [first] = issues;
  const where = `${JSON.stringify(path)} does not fit at ${first?.path}`;
  throw new FileError("file_schema", `${where}: ${first?.message}${more}`, path, {
    hint: "Correct the file, or have it written anew by the program that made it.",
    details: { issues: issues.slice(0, MAX_ISSUES), issue_count: issues.length },
  });
}

/** Encodes text as UTF-8. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot write a file as 'text' must be a string: it is a ${typeof text}`);
  }
  return encoder.encode(text);
}

/** Encodes text as whole lines: a last one without a newline gets one. */
export function encodeLines(text: string): Uint8Array<ArrayBuffer> {
  const bytes = encodeText(text);
  return text === "" || text.endsWith("\n") ? bytes : encodeText(text + "\n");
}

/** Encodes a value as JSON and a newline. @throws {RangeError} {UsageError} `value_not_json`. */
export function encodeJson(path: string, value: unknown, indent: number): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(indent) || indent < 0 || indent > MAX_INDENT) {
    throw new RangeError(
      `Cannot write a file as 'indent' must be a whole number from 0 to ${MAX_INDENT}: current value is ${indent}`,
    );
  }
  let at: string | undefined;
  let why: string | undefined;
  let cause: unknown;
  try {
    const problem = jsonProblem(value);
    if (problem === undefined) return encodeText(`${JSON.stringify(value, undefined, indent)}\n`);
    at = jsonPath(problem.keys);
    why = `${at} is ${problem.what}`;
  } catch (error) {
    cause = error;
    why = messageOf(error).split("\n")[0];
  }
  const message = `cannot write ${JSON.stringify(path)}: the value has no form in JSON: ${why}`;
  throw new UsageError("value_not_json", message, {
    hint: "Write plain objects, arrays, strings, finite numbers, booleans and null; null for " +
      "what is not known, and an array for a map or a set.",
    cause,
    details: at === undefined ? { path } : { path, at },
  });
}
