/** Days of the calendar as text, `YYYY-MM-DD`. @module */

const DAY_MS = 86_400_000;

const MOST_AHEAD_MS = 14 * 3_600_000;

/** The last day that can have begun anywhere on Earth: time zones reach UTC+14. */
export function lastPossibleDay(nowMs: number): string {
  return new Date(nowMs + MOST_AHEAD_MS).toISOString().slice(0, 10);
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** A day, some days later; earlier where the number is negative. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

const DAYS_OF_MONTH = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether `yyyymmdd` as one number is a day of the calendar. The year 0 is none. */
export function isCalendarDay(day: number): boolean {
  const year = Math.floor(day / 10_000);
  const month = Math.floor(day / 100) % 100;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && leap ? 29 : DAYS_OF_MONTH[month] ?? 0;
  return year >= 1 && day % 100 >= 1 && day % 100 <= last;
}

/** `YYYY-MM-DD` of `yyyymmdd` as one number. */
export function isoOfDay(day: number): string {
  const text = String(day).padStart(8, "0");
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

/** `yyyymmdd` as one number of a valid `YYYY-MM-DD`. */
export function dayOfIso(iso: string): number {
  return Number(iso.replaceAll("-", ""));
}
