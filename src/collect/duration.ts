/**
 * Lengths of time as people write them: `30s`, `15m`, `1h30m`, `1d`.
 *
 * @module
 */

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
];

/** Longest length of time that is accepted, in ms: 400 days. */
export const LONGEST_DURATION_MS = 400 * 86_400_000;

/**
 * Parses a length of time: whole numbers with d, h, m or s, the larger unit first, each once.
 *
 * A day is 24 hours, also where clocks are changed.
 *
 * @returns Milliseconds, 0 up to {@linkcode LONGEST_DURATION_MS}; undefined where it is none.
 */
export function parseDuration(text: string): number | undefined {
  const parts = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/i
    .exec(text.trim())?.slice(1);
  if (parts === undefined || parts.every((part) => part === undefined)) return undefined;
  let ms = 0;
  for (const [index, [, unit]] of UNITS.entries()) ms += Number(parts[index] ?? 0) * unit;
  return ms <= LONGEST_DURATION_MS ? ms : undefined;
}

/**
 * A length of time for people, the way {@linkcode parseDuration} reads it.
 *
 * @param ms Milliseconds; parts of a second are rounded.
 */
export function durationText(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1000) * 1000);
  let text = "";
  for (const [name, unit] of UNITS) {
    const count = Math.floor(left / unit);
    left -= count * unit;
    if (count > 0) text += `${count}${name}`;
  }
  return text === "" ? "0s" : text;
}
