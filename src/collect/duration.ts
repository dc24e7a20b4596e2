/** Lengths of time as people write them: `500ms`, `30s`, `15m`, `1h30m`, `1d`. @module */

/** Read and never written: `7d` stays what it is. */
const WEEK_MS = 7 * 86_400_000;

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];

/** Longest length of time that is accepted, in ms: 400 days. */
export const LONGEST_DURATION_MS = 400 * 86_400_000;

/** Parses whole numbers with w, d (24 h), h, m (or min), s and ms; undefined for none. */
export function parseDuration(text: string, mostMs = LONGEST_DURATION_MS): number | undefined {
  const parts =
    /^(?:(\d{1,9})\s*w)?(?:(\d{1,9})\s*d)?(?:(\d{1,9})\s*h)?(?:(\d{1,9})\s*m(?:in)?)?(?:(\d{1,9})\s*s)?(?:(\d{1,9})\s*ms)?$/i
      .exec(text.trim())?.slice(1);
  if (parts === undefined || parts.every((part) => part === undefined)) return undefined;
  const [weeks = 0, ...counts] = parts.map((part) => Number(part ?? 0));
  const ms = counts.reduce(
    (sum, count, at) => sum + count * (UNITS[at]?.[1] ?? 0),
    weeks * WEEK_MS,
  );
  return ms <= mostMs ? ms : undefined;
}

/** A length of time as {@linkcode parseDuration} reads it, in whole seconds. */
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
