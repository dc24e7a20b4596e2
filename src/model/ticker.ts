/**
 * The canonical form of a ticker, which is also the stem of its lock file's name.
 *
 * @module
 */
import { UsageError } from "../base/errors.ts";
import { isReservedName } from "../platform/names.ts";

/**
 * Longest ticker, in characters. With `.lock` appended, every file system can hold the name.
 *
 * @category Tickers
 */
export const MAX_TICKER_LENGTH = 64;

const ALLOWED = /^[A-Z0-9_^=-][A-Z0-9._^=-]*$/;

// ASCII only: `toUpperCase` would rewrite "ß" to "SS" and "ı" to "I", which are other tickers.
function trimAndUpper(text: string): string {
  return text.trim().replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

const HINT = "Write it as the source does, for example PETR4.SA, ^BVSP or BRL=X.";

/** What a value is that should have been text, for a message. */
export function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

/** Why `text` is not a ticker, or undefined where it is one (after trimming and upper-casing). */
function refusal(canonical: string): string | undefined {
  if (canonical === "") return "it is empty";
  if (canonical.length > MAX_TICKER_LENGTH) {
    return `it has ${canonical.length} characters, ${MAX_TICKER_LENGTH} at most`;
  }
  if (canonical.startsWith(".")) return "it starts with a dot";
  if (!ALLOWED.test(canonical)) return "only letters A-Z, digits and . _ ^ = - are allowed";
  if (isReservedName(canonical)) return "Windows reserves that name";
  return undefined;
}

/**
 * Trims and upper-cases a ticker, and refuses what is not one. Never rewrites anything else: two
 * different tickers never share a lock file or a key in the database.
 *
 * @param text What the user, a file or a service calls the ticker.
 * @returns 1 to 64 characters of `[A-Z0-9._^=-]`, no leading dot.
 * @throws {UsageError} `bad_ticker`, naming the value and the reason.
 * @category Tickers
 */
export function canonicalTicker(text: string): string {
  if (typeof text !== "string") {
    throw new UsageError("bad_ticker", `a ticker must be text: it is ${kindOf(text)}`, {
      hint: HINT,
    });
  }
  const canonical = trimAndUpper(text);
  const reason = refusal(canonical);
  if (reason === undefined) return canonical;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new UsageError("bad_ticker", `ticker ${JSON.stringify(shown)} is invalid: ${reason}`, {
    hint: HINT,
    details: { ticker: shown },
  });
}

/**
 * The canonical ticker, or undefined: for rows of a file, where a bad name is a reject.
 *
 * @category Tickers
 */
export function tryCanonicalTicker(text: string): string | undefined {
  if (typeof text !== "string") return undefined;
  const canonical = trimAndUpper(text);
  return refusal(canonical) === undefined ? canonical : undefined;
}
