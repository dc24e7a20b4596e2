/**
 * Times of a timer: what `OnCalendar=` takes, and the same as the five fields of crontab(5).
 *
 * The check here is of the form, of the time zone, and of whether such a day ever comes;
 * `systemd-analyze calendar` has the last word on what it means.
 *
 * @module
 */
import { neverComes } from "./calendar_occurs.ts";
import { unwritable } from "./escape.ts";

/** In the order of systemd, for which a range never goes round. Sunday is 7 of crontab(5), too. */
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const DAY = "(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|" +
  "Sun(?:day)?)";
const WEEKDAYS = `${DAY}(?:\\.\\.${DAY})?(?:,${DAY}(?:\\.\\.${DAY})?)*`;
const PART = "[\\d*.,/~]+";
const DATE = `(?:(?:${PART}-)?${PART}[-~]${PART})`;
const TIME = `(?:${PART}:${PART}(?::${PART})?)`;
const ZONE = "(?:UTC|[A-Z][\\w+-]*(?:/[\\w+-]+)+)";
const WORDS = "minutely|hourly|daily|monthly|weekly|yearly|annually|quarterly|semiannually";
const CALENDAR = new RegExp(
  `^(?:(?:${WORDS})|(?:${WEEKDAYS})(?: ${DATE})?(?: ${TIME})?|${DATE}(?: ${TIME})?|${TIME})(?: ${ZONE})?$`,
  "i",
);

/** The zone of a time, which has a slash; weekdays and words have none. */
const LAST_WORD = / ([A-Z][\w+-]*(?:\/[\w+-]+)+)$/i;

/** systemd looks for a file of that very name, so upper and lower case matter. */
function isZone(zone: string): boolean {
  try {
    return Temporal.Now.zonedDateTimeISO(zone).timeZoneId === zone;
  } catch {
    return false;
  }
}

const CRON_WORDS: Readonly<Record<string, string>> = {
  minutely: "* * * * *",
  hourly: "0 * * * *",
  daily: "0 0 * * *",
  weekly: "0 0 * * 1",
  monthly: "0 0 1 * *",
  quarterly: "0 0 1 1,4,7,10 *",
  semiannually: "0 0 1 1,7 *",
  yearly: "0 0 1 1 *",
  annually: "0 0 1 1 *",
};

function dayNumber(name: string): number {
  return DAYS.findIndex((day) => name.toLowerCase().startsWith(day)) + 1;
}

function goesRound(text: string): boolean {
  return [...text.matchAll(/([a-z]+)\.\.([a-z]+)/gi)]
    .some(([, from = "", to = ""]) => dayNumber(from) > dayNumber(to));
}

/**
 * Checks a time of `OnCalendar=`.
 *
 * @param text Such as `Mon..Fri 18:30`; runs of blanks count as one.
 * @param label What it is, for the refusal.
 * @param nowMs Milliseconds since 1970: what is long over never comes. Default now.
 * @returns The text, trimmed.
 * @throws {UsageError} `bad_value` for what has not the form, a time zone that there is not, and a time
 *   that never comes.
 */
export function checkCalendar(text: string, label: string, nowMs: number = Date.now()): string {
  const plain = text.trim().replaceAll(/ +/g, " ");
  const hint = `Write it as systemd.time(7) has it, for example ${label} "Mon..Fri 18:30"; ` +
    "try it with: systemd-analyze calendar";
  if (!CALENDAR.test(plain) || goesRound(plain)) {
    throw unwritable(label, text, "is no time of a timer", hint);
  }
  const [, zone] = LAST_WORD.exec(plain) ?? [];
  if (zone !== undefined && !isZone(zone)) {
    throw unwritable(
      label,
      text,
      `there is no time zone ${zone}`,
      `Name one as it is written below /usr/share/zoneinfo, for example America/Sao_Paulo.`,
    );
  }
  if (neverComes(plain, nowMs)) {
    throw unwritable(label, text, "is no time that ever comes", hint);
  }
  return plain;
}

function weekdaysOf(text: string): string {
  return text.split(",").map((part) => part.split("..").map(dayNumber).join("-")).join(",");
}

function fieldOf(text: string, least: number, most: number): string | undefined {
  if (text === "*") return "*";
  const parts = text.split(",").map((part) => {
    const [, from = "", to, step] = /^(\*|\d{1,2})(?:\.\.(\d{1,2}))?(?:\/(\d{1,2}))?$/.exec(part) ??
      [];
    if (from === "" || (step !== undefined && Number(step) === 0)) return undefined;
    const numbers = [from === "*" ? least : Number(from), to === undefined ? least : Number(to)];
    if (numbers.some((number) => number < least || number > most)) return undefined;
    if (from === "*") return step === undefined ? undefined : `*/${Number(step)}`;
    // "5/10" goes on to the end; crontab(5) wants that said.
    const end = to === undefined ? step === undefined ? "" : `-${most}` : `-${Number(to)}`;
    return `${Number(from)}${end}${step === undefined ? "" : `/${Number(step)}`}`;
  });
  return parts.includes(undefined) ? undefined : parts.join(",");
}

function fieldsOf(text: string): (string | undefined)[] | undefined {
  const rest = text.split(" ");
  const days = /^[a-z]/i.test(rest[0] ?? "") ? rest.shift() : undefined;
  const date = rest[0]?.includes(":") ? undefined : rest.shift();
  const time = rest.shift() ?? "0:0";
  if (rest.length > 0) return undefined;
  const [year = "*", month = "*", day = "*", ...odd] = ["*", ...(date ?? "*-*").split("-")]
    .slice(-3);
  const [hour = "", minute = "", second = "0"] = time.split(":");
  const weekday = days === undefined ? "*" : weekdaysOf(days);
  // Of a day of the month and a weekday crontab(5) takes either, systemd both.
  const either = weekday !== "*" && day !== "*";
  if (year !== "*" || odd.length > 0 || Number(second) !== 0 || either) return undefined;
  return [
    fieldOf(minute, 0, 59),
    fieldOf(hour, 0, 23),
    fieldOf(day, 1, 31),
    fieldOf(month, 1, 12),
    weekday,
  ];
}

/**
 * The five fields of crontab(5) for a time of `OnCalendar=`.
 *
 * @param calendar A time that {@linkcode checkCalendar} has passed.
 * @param label What it is, for the refusal.
 * @throws {UsageError} `bad_value` where crontab(5) cannot say it: seconds, years, time zones, the
 *   last days of a month, a weekday together with a day of the month.
 */
export function cronTime(calendar: string, label: string): string {
  const known = CRON_WORDS[calendar.toLowerCase()];
  if (known !== undefined) return known;
  const fields = fieldsOf(calendar);
  if (fields !== undefined && !fields.includes(undefined)) return fields.join(" ");
  throw unwritable(
    label,
    calendar,
    "cannot be said in a crontab",
    `Name weekdays, a day and a time only, for example ${label} "Mon..Fri 18:30".`,
  );
}
