/**
 * What the commands know of the configuration file.
 *
 * @module
 */
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
  /** Whether it was named, and does not only lie at its usual place. */
  readonly isNamed: boolean;
  /** What the file holds. */
  readonly content: Readonly<Record<string, unknown>>;
  /** A path that stands in the file: it counts from the file's folder, and `~/` from the user's. */
  pathOf(text: string): string;
  /**
   * What the file says of the service of a source.
   *
   * @throws {UsageError} `bad_config`.
   */
  service(source: Source): ServiceValues;
  /** What to call a place in the file: `config.json: sources.yahoo.rate`. */
  place(...keys: readonly string[]): string;
}
