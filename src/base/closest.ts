/** "Did you mean …?": the nearest of the names there are. @module */
import { levenshteinDistance } from "@std/text/levenshtein-distance";

// The build of the library for the npm registry has no types.
const distance: (one: string, other: string) => number = levenshteinDistance;

/** Beginnings that turn a word into its opposite. */
const OPPOSING = /^(?:un|no-?|dis|de)(?=.{4})/;

/** Whether one of two words is the other with such a beginning, give or take a letter. */
function isOpposite(one: string, other: string): boolean {
  const without = [one.replace(OPPOSING, ""), other.replace(OPPOSING, "")] as const;
  return (without[0] !== one && distance(without[0], other) <= 1) ||
    (without[1] !== other && distance(one, without[1]) <= 1);
}

/** Slips between two words: two letters that changed places are one, a beginning is meant as the whole. */
function slips(word: string, candidate: string): number {
  if (word === candidate) return 0;
  if (word.length >= 3 && candidate.startsWith(word)) return 1;
  const swapped = word.length === candidate.length
    ? [...word].findIndex((letter, at) => letter !== candidate[at])
    : -1;
  if (swapped >= 0) {
    const [a = "", b = ""] = word.slice(swapped, swapped + 2);
    const repaired = word.slice(0, swapped) + b + a + word.slice(swapped + 2);
    if (repaired === candidate) return 1;
  }
  return distance(word, candidate);
}

/**
 * The candidate nearest to a word, for a hint only; never the opposite, as `install` of `uninstall`.
 * @param maxDistance Most slips between the two, and never more than a third of the word, but one.
 */
export function closest(
  word: string,
  candidates: readonly string[],
  maxDistance = 3,
): string | undefined {
  const wanted = word.toLowerCase();
  let limit = Math.min(maxDistance, Math.max(1, Math.floor(wanted.length / 3)));
  let best: string | undefined;
  for (const candidate of candidates) {
    // Lengths alone rule most out, which matters for thousands of tickers.
    if (Math.abs(candidate.length - wanted.length) > maxDistance) continue;
    const name = candidate.toLowerCase();
    const found = slips(wanted, name);
    if (found <= limit && !isOpposite(wanted, name)) {
      best = candidate;
      limit = found - 1;
    }
  }
  return best;
}
