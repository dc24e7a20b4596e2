/**
 * Moments as people write them: "2 hours ago", a day, a time.
 *
 * @module
 */
import { bad } from "./setting.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** Ten thousand years, so that every moment that is counted back can be written. */
const LONGEST_MS = 10_000 * 366 * 86_400_000;

function durationMs(text: string): number | undefined {
  const [, count = "", unit = ""] = /^(\d{1,9})\s*([smhdw])$/i.exec(text) ?? [];
  const unitMs = UNIT_MS[unit.toLowerCase()];
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** How a moment is read. */
export interface WhenOptions {
  /** Which end of a day is meant where no time is given: its first moment, or that of the next day. */
  readonly edge: "start" | "end";
  /** Milliseconds since 1970; durations count back from it. Default the clock. */
  readonly now?: number;
}

/**
 * Parses a moment: a duration that counts back from now (`30m`, `2h`, `7d`, `4w`; also `s`), a day, or
 * a time. Days and times without a zone are those of the local zone; `Z` or `+01:00` names another.
 *
 * @param text What was given.
 * @param label What to call it in an error.
 * @param options Which end of a day, and the time.
 * @returns ISO 8601 in UTC with milliseconds.
 * @throws {UsageError} `bad_value`.
 */
export function parseWhen(text: string, label: string, options: WhenOptions): string {
  const { edge, now = Date.now() } = options;
  const hint =
    `Write how long ago (30m, 2h, 7d, 4w), a day or a time, for example ${label} 2h or ` +
    `${label} 2026-11-01 or ${label} 2026-11-01T10:30.`;
  const trimmed = text.trim();
  const ago = durationMs(trimmed);
  if (ago !== undefined) {
    if (ago > Math.min(LONGEST_MS, now)) throw bad(label, text, "is before the year 1970", hint);
    return new Date(now - ago).toISOString();
  }
  const day = DAY.exec(trimmed);
  const time = TIME.exec(trimmed);
  if (day === null && time === null) throw bad(label, text, "is neither of these", hint);
  if (!isDay(trimmed.slice(0, 10))) throw bad(label, text, "is not a day of the calendar", hint);
  let moment: Date;
  if (day !== null) {
    const [, year, month, date] = day.map(Number);
    moment = new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + (edge === "end" ? 1 : 0));
  } else {
    const zone = time?.[5]?.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, "$1:$2") ?? "";
    moment = new Date(
      trimmed.replace(/^(.{10})./, "$1T").replace(/(Z|[+-]\d{2}:?\d{2})$/i, "") + zone,
    );
  }
  if (Number.isNaN(moment.getTime())) throw bad(label, text, "is not a time of day", hint);
  return moment.toISOString();
}
