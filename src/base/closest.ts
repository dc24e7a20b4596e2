/**
 * "Did you mean …?": the nearest of the names there are.
 *
 * @module
 */
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import type { LevenshteinDistance } from "./std.ts";

const distance: LevenshteinDistance = levenshteinDistance;

/**
 * The candidate nearest to a word that was not found, for a hint. Case is ignored. Show it; never use
 * it in place of the word.
 *
 * @param word What was typed.
 * @param candidates The names there are; the first of several equally near ones wins.
 * @param maxDistance Most insertions, deletions and replacements between the two. Default 3, and
 *   never more than half of the word: everything is near a word of two letters.
 * @returns The nearest candidate, or undefined where none is near enough.
 */
export function closest(
  word: string,
  candidates: readonly string[],
  maxDistance = 3,
): string | undefined {
  const wanted = word.toLowerCase();
  let limit = Math.min(maxDistance, Math.ceil(wanted.length / 2));
  let best: string | undefined;
  for (const candidate of candidates) {
    // Lengths alone rule most out, which matters for thousands of tickers.
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const found = distance(wanted, candidate.toLowerCase());
    if (found <= limit) {
      best = candidate;
      limit = found - 1;
    }
  }
  return best;
}
