/** How much a file may hold: more is refused before it fills memory or disk. @module */
import * as v from "valibot";
import { SourceError, UsageError } from "../../base/errors.ts";
import { grouped } from "../../base/text.ts";
import type { Selection } from "../source.ts";

/** Limits of a run over files. */
export interface FileLimits {
  /** Tickers of all files, as far as they are wanted: each is a lock file and a row of the log. */
  readonly maxTickers: number;
  readonly maxRecords: number;
  readonly maxZipEntries: number;
  readonly maxZipRatio: number;
}

/** A year of the exchange has 3,000,000 records, 3,000 tickers, and is packed to a tenth. */
export const FILE_LIMITS: FileLimits = {
  maxTickers: 20_000,
  maxRecords: 20_000_000,
  maxZipEntries: 10_000,
  maxZipRatio: 100,
};

/** The options of `ingest` that set them. */
export const LIMIT_OPTIONS = [
  "max-tickers",
  "max-records",
  "max-zip-entries",
  "max-zip-ratio",
] as const;

/** Their keys in a selection. */
export const LIMIT_SELECTS = Object.keys(FILE_LIMITS);

const atLeastOne = v.pipe(v.number(), v.integer(), v.minValue(1));
const schema = v.object({
  maxTickers: v.nullish(atLeastOne, FILE_LIMITS.maxTickers),
  maxRecords: v.nullish(atLeastOne, FILE_LIMITS.maxRecords),
  maxZipEntries: v.nullish(atLeastOne, FILE_LIMITS.maxZipEntries),
  maxZipRatio: v.nullish(atLeastOne, FILE_LIMITS.maxZipRatio),
});

/** The limits of a selection. @throws {UsageError} `bad_value`. */
export function limitsOf(selection: Selection = {}): FileLimits {
  const { success, output, issues } = v.safeParse(schema, selection);
  if (success) return output;
  const key = String(issues[0].path?.[0].key ?? "");
  const message = `${key} ${JSON.stringify(issues[0].input)} is not a whole number from 1 up`;
  throw new UsageError("bad_value", message, { hint: `Leave ${key} out for the default.` });
}

/** The refusal of what is beyond a limit, with the option that moves it. */
export function beyondLimit(
  key: keyof FileLimits,
  limits: FileLimits,
  what: string,
  found: string,
): SourceError {
  const limit = limits[key];
  const option = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const message = `${what} has ${found}, more than the limit of ${grouped(limit)}`;
  return new SourceError("beyond_limit", message, {
    hint: `Look whether it is what it should be; where it is, allow more with ${option} N.`,
    details: { option, limit },
  });
}

/** Refuses more tickers than a run may have. @throws {SourceError} `beyond_limit`. */
export function checkTickers(count: number, limits: FileLimits): void {
  if (count <= limits.maxTickers) return;
  throw beyondLimit("maxTickers", limits, "the input", `${grouped(count)} tickers`);
}
