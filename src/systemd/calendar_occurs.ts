/**
 * Whether a time of `OnCalendar=` ever comes. systemd takes `*-02-30`, and then never starts anything.
 *
 * @module
 */

/** After so many years days and weekdays come again, but around a year such as 2100. */
const YEARS = 40;

/** `from`, `from..to` or either with `/step`. */
const PART = /^(\d{1,4})(?:\.\.(\d{1,4}))?(?:\/(\d{1,4}))?$/;

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const DAY_MS = 86_400_000;

/** Numbers that a field names; null for every one, undefined where the field is no good. */
function valuesOf(text: string, least: number, most: number): Set<number> | null | undefined {
  if (text === "*") return null;
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [, first, last, step] = PART.exec(part) ?? [];
    if (first === undefined || (step !== undefined && Number(step) === 0)) return undefined;
    const from = Number(first);
    const to = last !== undefined ? Number(last) : step === undefined ? from : most;
    if (from < least || to > most || to < from || from + Number(step ?? 0) > most) return undefined;
    for (let at = from; at <= to; at += Number(step ?? 1)) values.add(at);
  }
  return values;
}

function weekdaysOf(text: string): Set<number> {
  const numberOf = (name = ""): number =>
    DAYS.findIndex((day) => name.toLowerCase().startsWith(day)) + 1;
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const [from = "", to = from] = part.split("..");
    for (let day = numberOf(from); day <= numberOf(to); day++) days.add(day);
  }
  return days;
}

function timeComes(time: string): boolean {
  const [hour = "0", minute = "0", second = "0"] = time.split(":");
  // A second may have decimals, which need no look beyond the form.
  return valuesOf(hour, 0, 23) !== undefined && valuesOf(minute, 0, 59) !== undefined &&
    (second.includes(".") || valuesOf(second, 0, 59) !== undefined);
}

function yearsOf(text: string, now: number): readonly number[] | undefined {
  const given = valuesOf(text, 0, 2199);
  if (given === undefined) return undefined;
  if (given === null) return Array.from({ length: YEARS }, (_, index) => now + index);
  // systemd.time(7): two digits are of 1970 to 2069.
  const whole = [...given].map((year) => year < 70 ? year + 2000 : year < 100 ? year + 1900 : year);
  // After the form, only years that are to come matter.
  return whole.filter((year) => year >= now);
}

function dateComes(date: string, weekdays: Set<number> | undefined, nowMs: number): boolean {
  const [, years = "*", months = "*", mark = "-", days = "*"] =
    /^(?:(.+)-)?([^-~]+)([-~])([^-~]+)$/.exec(date) ?? [];
  const year = yearsOf(years, new Date(nowMs).getUTCFullYear());
  const month = valuesOf(months, 1, 12);
  // "~" counts from the month's end, where a range means another thing: such days there always are.
  const counted = valuesOf(days, 1, mark === "~" ? 28 : 31);
  const day = mark === "~" && counted !== undefined ? null : counted;
  if (year === undefined || month === undefined || day === undefined) return false;
  for (const y of year) {
    for (let m = 1; m <= 12; m++) {
      if (month !== null && !month.has(m)) continue;
      const length = new Date(Date.UTC(y, m, 0)).getUTCDate();
      for (let d = 1; d <= length; d++) {
        const time = Date.UTC(y, m - 1, d);
        // Somewhere in the world it may still be yesterday.
        if ((day !== null && !day.has(d)) || time < nowMs - 2 * DAY_MS) continue;
        if (weekdays === undefined || weekdays.has(new Date(time).getUTCDay() || 7)) return true;
      }
    }
  }
  return false;
}

/**
 * Whether a time of `OnCalendar=` never comes, or has a number that systemd refuses.
 *
 * @param calendar In the form of systemd.time(7), one blank between its parts.
 * @param nowMs Milliseconds since 1970.
 */
export function neverComes(calendar: string, nowMs: number): boolean {
  const words = calendar.split(" ");
  const date = words.find((word) => /^[\d*][^:]*$/.test(word));
  const time = words.find((word) => word.includes(":"));
  const first = words[0] ?? "";
  const weekdays = /^(mon|tue|wed|thu|fri|sat|sun)/i.test(first) ? weekdaysOf(first) : undefined;
  if (time !== undefined && !timeComes(time)) return true;
  return date !== undefined && !dateComes(date, weekdays, nowMs);
}
