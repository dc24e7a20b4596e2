/** Reading text and JSON. No lock is needed: a file that is replaced by a rename is always whole. @module */
import type { GenericSchema, InferOutput } from "valibot";
import { fileError } from "./errors.ts";
import { fs } from "./file_system.ts";
import { applySchema, decodeJson, decodeText } from "./json.ts";
import { checkPath, type FilePlace } from "./place.ts";

/**
 * How to read.
 * @category Files
 */
export interface ReadOptions<D> {
  /**
   * What to return where there is no file. It is returned as it is, past any schema. Not for a file
   * that cannot be read or is broken: those are errors. By default a missing file is one too.
   */
  default?: D;
}

/**
 * How to read JSON and check it.
 * @category Files
 */
export interface ReadJsonOptions<S extends GenericSchema, D> extends ReadOptions<D> {
  /** A valibot schema; what it makes of the file's content is returned. */
  schema: S;
}

/** {@linkcode ReadJsonOptions} with or without a schema. */
export interface AnyReadJsonOptions extends ReadOptions<unknown> {
  schema?: GenericSchema;
}

type ReadPlace = Pick<FilePlace, "asked" | "path">;

/** Reads a file. @returns Undefined where it is missing and `mayMiss`. @throws {FileError} For all else. */
export async function readBytes(
  { asked, path }: ReadPlace,
  mayMiss: boolean,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await fs.read(path);
  } catch (error) {
    if (mayMiss && error instanceof Deno.errors.NotFound) return undefined;
    throw fileError("read", asked, error);
  }
}

/** Internal: {@linkcode readText} of a place that is known. */
export async function readTextAt<D>(
  place: ReadPlace,
  options: ReadOptions<D>,
): Promise<string | D> {
  const bytes = await readBytes(place, "default" in options);
  return bytes === undefined ? options.default as D : decodeText(place.asked, bytes, true);
}

/** Internal: {@linkcode readJson} of a place that is known. */
export async function readJsonAt(
  place: ReadPlace,
  options: AnyReadJsonOptions,
): Promise<unknown> {
  const bytes = await readBytes(place, "default" in options);
  if (bytes === undefined) return options.default;
  const value = decodeJson(place.asked, bytes);
  return options.schema === undefined ? value : applySchema(place.asked, value, options.schema);
}

/**
 * Reads a text file in UTF-8. It waits for no lock, and still never sees half of what `writeText`
 * writes. A file that grows by `appendText` can end in half a line just now: read that one
 * inside of `withLockedFile`.
 *
 * Do not read, change and write with this: another program may write in between. That is what
 * `withLockedFile` is for.
 * @example
 * ```ts
 * import { readText } from "@tickerlock/tickerlock";
 *
 * console.log(await readText("no/such/file.txt", { default: "nothing yet" })); // nothing yet
 * ```
 * @param path Path of the file; symbolic links are followed.
 * @returns The text, with its byte order mark if it has one.
 * @throws {FileError} `file_not_found`, `file_permission`, `file_not_utf8`, `file_not_regular` (a
 *   folder) or `file_io`.
 * @category Files
 */
export async function readText<D = never>(
  path: string,
  options: ReadOptions<D> = {},
): Promise<string | D> {
  checkPath(path);
  return await readTextAt({ asked: path, path }, options);
}

/**
 * Reads a JSON file, and checks it where a schema is given. It waits for no lock, and still never
 * sees half of what `writeJson` writes.
 *
 * Without a schema the type is a promise that is not checked: give one for every file that people or
 * other programs may touch. Do not read, change and write with this: that is what `withLockedFile`
 * is for.
 * @example
 * ```ts
 * import { readJson, writeJson } from "@tickerlock/tickerlock";
 * import * as v from "valibot";
 *
 * const folder = await Deno.makeTempDir();
 * const Prices = v.array(v.object({ date: v.string(), close: v.number() }));
 * await writeJson(`${folder}/prices.json`, [{ date: "2024-01-02", close: 37.5 }]);
 * const prices = await readJson(`${folder}/prices.json`, { schema: Prices, default: [] });
 * console.log(prices[0]?.close); // 37.5
 * await Deno.remove(folder, { recursive: true });
 * ```
 * @param path Path of the file; symbolic links are followed.
 * @throws {FileError} `file_not_found`, `file_permission`, `file_corrupt_json` (with `position`,
 *   `line` and `column` in its details), `file_schema` (with `issues`), `file_not_utf8`,
 *   `file_not_regular` or `file_io`.
 * @category Files
 */
export function readJson<S extends GenericSchema, D = never>(
  path: string,
  options: ReadJsonOptions<S, D>,
): Promise<InferOutput<S> | D>;
/**
 * Without a schema: the value as it is, of a type that is not checked.
 * @category Files
 */
export function readJson<T = unknown>(path: string, options?: ReadOptions<T>): Promise<T>;
export async function readJson(path: string, options: AnyReadJsonOptions = {}): Promise<unknown> {
  checkPath(path);
  return await readJsonAt({ asked: path, path }, options);
}
