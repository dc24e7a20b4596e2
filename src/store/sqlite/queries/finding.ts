/**
 * What a verification finds, and what a check is.
 *
 * @module
 */
import type { Reader } from "../connection/reader.ts";

/** What a check found. `warning` does not make the verification fail. */
export interface Finding {
  readonly check: string;
  readonly level: "error" | "warning";
  /** What is wrong, with the values. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** The code of the error that ended the check; not there where the check came to its end. */
  readonly code?: string;
}

/** How to verify. */
export interface VerifyOptions {
  /** SQLite's quick check, and none of the prices. Default false. */
  quick?: boolean;
  /** Whether a ticker's lock is held; without it, `running` rows are not judged. */
  isLocked?: (ticker: string) => boolean;
  /** Last day that is not in the future, `YYYY-MM-DD`. Default today, anywhere on Earth. */
  lastDay?: string;
}

/** One check of a database's content. */
export type Check = (db: Reader, options: VerifyOptions) => Finding[];
