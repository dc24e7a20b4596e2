/** The canonical form of a ticker: what is stored, and what its lock file's name is made of. @module */
import { UsageError } from "../base/errors.ts";
import { escapeName } from "../platform/names.ts";

/**
 * Longest ticker, in characters.
 * @category Tickers
 */
export const MAX_TICKER_LENGTH = 64;

/** With `.lock.holder` behind it, every file system can hold the name. */
const MAX_FILE_BYTES = 255 - ".lock.holder".length;

/** Nearly every ticker, told at one glance: a year of an exchange has 200,000 of them. */
const PLAIN = /^(?=.*[A-Z0-9])[A-Z0-9_^=-][A-Z0-9._^=-]{0,63}$/i;

/** They part names or cells, quote them, or are signs of markup: no name has them. */
const OF_FILES = /[,;"<>\\]/;

/** Controls, formats such as U+202E, blanks of other kinds, and what shows nothing at all. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}]|(?! )\p{Z}/u;

const HINT = "Write it as the source does, for example PETR4.SA, ^BVSP, BRL=X or M&M.NS.";

/** What a value is that should have been text, for a message. */
export function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

/**
 * A text in capitals, as far as each letter has one capital that leads back to it: `toUpperCase` would
 * rewrite "ß" to "SS" and "ı" to "I", which are other tickers.
 */
export function inCapitals(text: string): string {
  return text.replace(/\p{Ll}/gu, (letter) => {
    const capital = letter.toUpperCase();
    return capital.toLowerCase() === letter ? capital : letter;
  });
}

function canonicalForm(text: string): string {
  const trimmed = text.trim();
  return PLAIN.test(trimmed) ? trimmed.toUpperCase() : inCapitals(trimmed.normalize("NFC"));
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hex.padStart(4, "0")}`;
}

/** Why `text`, of which `canonical` is made, is no ticker; undefined where it is one. */
function refusal(text: string, canonical: string): string | undefined {
  if (PLAIN.test(text.trim())) return undefined;
  if (canonical === "") return "it is empty";
  if (canonical.length > MAX_TICKER_LENGTH) {
    return `it has ${canonical.length} characters, ${MAX_TICKER_LENGTH} at most`;
  }
  if (canonical.startsWith(".")) return "it starts with a dot, as the names of job locks do";
  const sign = OF_FILES.exec(canonical)?.[0];
  if (sign !== undefined) return `no ticker has ${JSON.stringify(sign)} in it`;
  const unseen = UNSEEN.exec(canonical)?.[0];
  if (unseen !== undefined) return `it has ${codePoint(unseen)}, which cannot be seen`;
  if (!/[\p{L}\p{N}]/u.test(canonical)) return "it has no letter or digit";
  // "Ｐ", "ﬁ", the Kelvin sign: two names would look alike, or one be rewritten as the other.
  const alike = [...text.trim()].find((each) => each.normalize("NFKC") !== each);
  if (alike !== undefined) {
    return `it has ${codePoint(alike)}, which stands for ${
      JSON.stringify(alike.normalize("NFKC"))
    }`;
  }
  const bytes = escapeName(canonical).length;
  if (bytes <= MAX_FILE_BYTES) return undefined;
  return `the name of its lock file would have ${bytes} bytes, ${MAX_FILE_BYTES} at most`;
}

/**
 * Trims a ticker, puts it into capitals and into the Unicode form NFC, and refuses what is not one. Never
 * rewrites anything else: two different tickers never share a lock file or a key in the database. `M&M.NS`,
 * `BTC/USDT`, `BVMF:PETR4` and `BRK B` are tickers.
 * @param text What the user, a file or a service calls the ticker.
 * @returns 1 to 64 characters, one letter or digit among them; no leading dot, none of `, ; " < > \`,
 *   nothing that cannot be seen but blanks inside, and no character that stands for another, such as "Ｐ".
 * @throws {UsageError} `bad_ticker`, naming the value and the reason.
 * @category Tickers
 */
export function canonicalTicker(text: string): string {
  if (typeof text !== "string") {
    throw new UsageError("bad_ticker", `a ticker must be text: it is ${kindOf(text)}`, {
      hint: HINT,
    });
  }
  const canonical = canonicalForm(text);
  const reason = refusal(text, canonical);
  if (reason === undefined) return canonical;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new UsageError("bad_ticker", `ticker ${JSON.stringify(shown)} is invalid: ${reason}`, {
    hint: HINT,
    details: { ticker: shown },
  });
}

/**
 * The canonical ticker, or undefined: for rows of a file, where a bad name is a reject.
 * @category Tickers
 */
export function tryCanonicalTicker(text: string): string | undefined {
  if (typeof text !== "string") return undefined;
  const canonical = canonicalForm(text);
  return refusal(text, canonical) === undefined ? canonical : undefined;
}

interface ListedTickers {
  readonly tickers: readonly string[];
  readonly refused: readonly UsageError[];
}

/** Parts a list into tickers and refused names. @throws {UsageError} Where none is a ticker. */
export function listedTickers(names: readonly string[]): ListedTickers {
  const tickers = new Set<string>();
  const refused: UsageError[] = [];
  for (const name of names) {
    try {
      tickers.add(canonicalTicker(name));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      refused.push(error);
    }
  }
  const [first] = refused;
  if (first !== undefined && tickers.size === 0) throw first;
  return { tickers: [...tickers], refused };
}
