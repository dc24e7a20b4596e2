/** The numbered result files of an analysis, each with a checksum. @module */
import type { GenericSchema, InferOutput } from "valibot";
import { closest } from "../base/closest.ts";
import { UsageError } from "../base/errors.ts";
import { FileError, inTerms } from "./errors.ts";
import { checksumLine } from "./exclusive_file.ts";
import { fs } from "./file_system.ts";
import { applySchema, decodeJson, DEFAULT_INDENT, encodeJson } from "./json.ts";
import { type FileLockOptions, underLock } from "./lock.ts";
import { joinPath } from "../platform/paths.ts";
import { checkName, type FilePlace } from "./place.ts";
import { readBytes } from "./read.ts";
import { replaceFiles } from "./atomic.ts";

/**
 * What is known of one stage.
 * @category Files
 */
export interface StageInfo<N extends string = string> {
  /** As it was given to `stages`. */
  readonly name: N;
  /** Its place in the order, counted from 1. */
  readonly number: number;
  /** Path of its file, there or not. */
  readonly path: string;
  /** Whether the file is there and is what was saved. */
  readonly complete: boolean;
  /** When it was saved, ISO 8601 in UTC; null unless complete. */
  readonly savedAt: string | null;
  /** SHA-256 of the file in hexadecimal; null unless complete. */
  readonly sha256: string | null;
}

interface Stage<N extends string> {
  readonly name: N;
  readonly number: number;
  readonly place: FilePlace;
  readonly sumName: string;
}

type Incomplete = "missing" | "no_checksum" | "mismatch";

type Complete = { readonly bytes: Uint8Array<ArrayBuffer>; readonly sha256: string };
type Finding = { readonly state: Incomplete } | { readonly state: "complete" } & Complete;

const NAME = /^[a-z0-9_]+$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function checkNames(names: readonly string[]): void {
  const refuse = (message: string, hint: string, details = {}): never => {
    throw new UsageError("bad_stage_name", message, { hint, details });
  };
  if (names.length === 0) {
    refuse("an analysis has at least one stage", "Name the stages in their order.");
  }
  for (const [index, name] of names.entries()) {
    const shown = JSON.stringify(name);
    if (typeof name !== "string" || !NAME.test(name)) {
      const hint = "Use lower-case letters, digits and underscores: stock_universe.";
      refuse(`${shown} cannot name a stage`, hint, { name });
    }
    if (names.indexOf(name) !== index) {
      refuse(`two stages are named ${shown}`, "Give each stage a name of its own.", { name });
    }
  }
}

/**
 * The stages of one analysis in one folder. Made by {@linkcode stages}.
 * @category Files
 */
export class Stages<N extends string = string> {
  readonly #options: FileLockOptions;
  readonly #stages: ReadonlyMap<string, Stage<N>>;

  /** Internal: use {@linkcode stages}. */
  constructor(dir: string, names: readonly N[], options: FileLockOptions) {
    if (typeof dir !== "string" || dir === "") {
      throw new TypeError(`Cannot use stages as 'dir' must be a path: current value is ${dir}`);
    }
    checkNames(names);
    this.#options = options;
    this.#stages = new Map(names.map((name, index) => {
      const number = index + 1;
      const file = `${number}_${name}.json`;
      const path = joinPath(dir, file);
      const sumName = `${file}.sha256`;
      checkName(path, sumName);
      const place = { asked: path, path, folder: dir, name: file, lockName: `.${file}.lock` };
      return [name, { name, number, place, sumName }];
    }));
  }

  /**
   * The path of a stage's file, there or not.
   * @throws {UsageError} `unknown_stage`.
   */
  path(name: N): string {
    return this.#stage(name).place.path;
  }

  /**
   * Saves a stage's result, whole or not at all, and its checksum after it. A crash between the two
   * leaves a stage that is not complete.
   * @throws {UsageError} `unknown_stage`, `value_not_json`.
   * @throws {LockTimeoutError} Others used the stage all the time.
   * @throws {FileError} As `writeText`.
   */
  async save(name: N, value: unknown): Promise<StageInfo<N>> {
    const stage = this.#stage(name);
    const { place, sumName } = stage;
    const bytes = encodeJson(place.path, value, DEFAULT_INDENT);
    const sha256 = await sha256Of(bytes);
    const sum = encoder.encode(checksumLine(sha256, place.name));
    return await underLock(place, this.#options, async ({ assertHeld }) => {
      await inTerms("write", place.path, () =>
        // The result first: with the old checksum, or none, it is not complete. Both are on the disk before
        // the first rename.
        replaceFiles(place.folder, [
          { name: place.name, bytes },
          { name: sumName, bytes: sum },
        ], assertHeld));
      return this.#info(stage, sha256);
    });
  }

  /**
   * Loads a stage's result, after comparing it with its checksum.
   * @throws {UsageError} `unknown_stage`.
   * @throws {FileError} `stage_missing`: never saved, or not to the end; `stage_checksum_mismatch`:
   *   changed since, or the save was cut off; `file_schema`; or it cannot be read.
   */
  load<S extends GenericSchema>(name: N, options: { schema: S }): Promise<InferOutput<S>>;
  /** Without a schema: the value as it is, of a type that is not checked. */
  load<T = unknown>(name: N): Promise<T>;
  async load(name: N, options: { schema?: GenericSchema } = {}): Promise<unknown> {
    const stage = this.#stage(name);
    const { place: { path } } = stage;
    const found = await this.#find(stage);
    if (found.state !== "complete") throw this.#notComplete(stage, found.state);
    const value = decodeJson(path, found.bytes);
    return options.schema === undefined ? value : applySchema(path, value, options.schema);
  }

  /**
   * Whether a stage has been saved and is unchanged. Reads the whole file. Do not ask before
   * `load`: it checks by itself.
   * @throws {UsageError} `unknown_stage`.
   * @throws {FileError} It cannot be read.
   */
  async isComplete(name: N): Promise<boolean> {
    return (await this.#find(this.#stage(name))).state === "complete";
  }

  /** All stages in their order, each read and compared with its checksum. */
  async list(): Promise<StageInfo<N>[]> {
    const infos: StageInfo<N>[] = [];
    for (const stage of this.#stages.values()) {
      const found = await this.#find(stage);
      infos.push(this.#info(stage, found.state === "complete" ? found.sha256 : null));
    }
    return infos;
  }

  #stage(name: string): Stage<N> {
    const stage = this.#stages.get(name);
    if (stage !== undefined) return stage;
    const names = [...this.#stages.keys()];
    const near = closest(String(name), names);
    throw new UsageError("unknown_stage", `no stage is named ${JSON.stringify(name)}`, {
      hint: near === undefined ? `Use one of: ${names.join(", ")}.` : `Did you mean ${near}?`,
      details: { name, names },
    });
  }

  #info({ name, number, place }: Stage<N>, sha256: string | null): StageInfo<N> {
    const file = sha256 === null ? undefined : fs.look(place.path);
    return {
      name,
      number,
      path: place.path,
      complete: sha256 !== null,
      savedAt: file?.mtime?.toISOString() ?? null,
      sha256,
    };
  }

  #notComplete(stage: Stage<N>, state: Incomplete): FileError {
    const { name, number, place: { path }, sumName } = stage;
    const why = {
      missing: `is not complete: ${path} does not exist`,
      no_checksum: `is not complete: ${sumName} does not exist`,
      mismatch: `is not what was saved: ${path} does not fit its checksum`,
    }[state];
    const code = state === "mismatch" ? "stage_checksum_mismatch" : "stage_missing";
    return new FileError(code, `stage ${number} (${name}) ${why}`, path, {
      hint: "Run that stage again.",
      details: { stage: name, number },
    });
  }

  async #look({ place, sumName }: Stage<N>): Promise<Finding> {
    const sumPath = joinPath(place.folder, sumName);
    const sum = await readBytes({ asked: sumPath, path: sumPath }, true);
    const bytes = await readBytes(place, true);
    if (bytes === undefined) return { state: "missing" };
    if (sum === undefined) return { state: "no_checksum" };
    const sha256 = await sha256Of(bytes);
    const fits = decoder.decode(sum) === checksumLine(sha256, place.name);
    return fits ? { state: "complete", bytes, sha256 } : { state: "mismatch" };
  }

  // What fits its checksum is complete, also while another writes. Only what does not may be a save between
  // its two renames.
  async #find(stage: Stage<N>): Promise<Finding> {
    const found = await this.#look(stage);
    if (found.state === "complete" || found.state === "missing") return found;
    try {
      return await underLock(stage.place, this.#options, () => this.#look(stage));
    } catch (error) {
      // A user who may only read the folder cannot lock, and can know no better.
      if (error instanceof FileError && error.code === "file_permission") return found;
      throw error;
    }
  }
}

/**
 * The numbered result files of an analysis: the stages `["stock_universe", "prices"]` are the files
 * `1_stock_universe.json` and `2_prices.json`. Each has a checksum beside it,
 * `1_stock_universe.json.sha256`, so that an analysis that was cut off goes on where it was, and
 * never with half a result; `sha256sum -c *.sha256` checks them too.
 *
 * The numbers come from the order of the names: keep it, and add new stages at the end. Writing a
 * stage's file by other means makes it incomplete. A symbolic link in the place of a stage's file is
 * replaced, not followed. The files are made with mode 0600.
 * @example Do only what is not done yet
 * ```ts
 * import { stages } from "@tickerlock/tickerlock";
 *
 * const folder = await Deno.makeTempDir();
 * const analysis = stages(folder, ["stock_universe", "prices"]);
 * if (!await analysis.isComplete("stock_universe")) {
 *   await analysis.save("stock_universe", ["PETR4.SA", "VALE3.SA"]);
 * }
 * const universe = await analysis.load<string[]>("stock_universe");
 * console.log(universe.length, analysis.path("prices")); // 2 …/2_prices.json
 * await Deno.remove(folder, { recursive: true });
 * ```
 * @param dir Their folder; made by the first save.
 * @param names Names in order, of `[a-z0-9_]`, each once.
 * @param options How long to wait for a stage's lock; 10 seconds by default.
 * @throws {UsageError} `bad_stage_name`.
 * @throws {FileError} `file_name_too_long`.
 * @category Files
 */
export function stages<const N extends string>(
  dir: string,
  names: readonly N[],
  options: FileLockOptions = {},
): Stages<N> {
  return new Stages(dir, names, options);
}
