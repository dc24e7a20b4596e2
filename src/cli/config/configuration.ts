/** What commands know of the configuration file, and how a fault in it is told. @module */
import { clipped } from "../../base/text.ts";
import { UsageError } from "../../base/errors.ts";
import type { Rate } from "../../sources/network.ts";
import type { Source } from "../../sources/source.ts";
import type { ConfigValues } from "../args/parse.ts";

/** What the file says of a source's service; `sources.yahoo.base_url` is `baseUrl`. */
export interface ServiceValues {
  readonly rate?: Rate | null;
  readonly baseUrl?: string;
  readonly userAgent?: string;
  readonly cookie?: string;
}

/** A configuration file that was read and whose keys are known. */
export interface Configuration extends ConfigValues {
  readonly path: string;
  readonly isNamed: boolean;
  readonly content: Readonly<Record<string, unknown>>;
  /** A path that stands in the file counts from the file's folder, and `~/` from the user's. */
  pathOf(text: string, place: string): string;
  service(source: Source): ServiceValues;
}

/** Where something stands in a file, from the top down. */
export type Keys = readonly (string | number)[];

const MOST_OF_PLACE = 200;

/** What to call a place in a file: `config.json: tasks[0].every`; the file alone for the whole of it. */
export function placeIn(file: string, keys: Keys): string {
  const path = clipped(
    keys.map((key) => typeof key === "number" ? `[${key}]` : `.${key}`).join(""),
    MOST_OF_PLACE,
  );
  return path === "" ? file : `${file}: ${path.replace(/^\./, "")}`;
}

/** The refusal of what stands at a place of a file. */
export function badConfig(file: string, keys: Keys, what: string, hint: string): UsageError {
  return new UsageError("bad_config", `${placeIn(file, keys)}: ${what}`, {
    hint,
    details: { file, path: keys.join(".") },
  });
}
