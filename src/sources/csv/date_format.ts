/** What `--date-format` says: an order of day, month and year, or a pattern. @module */
import { shownValue } from "../../base/text.ts";
import { UsageError } from "../../base/errors.ts";
import {
  dayOfNumbers,
  type DayOrder,
  type DayText,
  monthOf,
  readTime,
  type TimeText,
  toDay,
} from "./days.ts";

/** How dates are written: an order of numbers, or a pattern. */
export type DateFormat =
  | { readonly kind: "order"; readonly text: DayOrder | "ymd" }
  | {
    readonly kind: "pattern";
    readonly text: string;
    read(cell: string): { readonly day: number; readonly time: TimeText | undefined } | undefined;
  };

/** A year of two digits is the latest one that has begun. */
export function wholeYear(year: number, digits: number): number {
  if (digits !== 2) return year;
  const now = new Date().getUTCFullYear();
  const recent = now - now % 100 + year;
  return recent > now ? recent - 100 : recent;
}

/** The day of numbers whose order was given, so that the year may have two digits. */
export function dayOfGiven(
  { first, second, year, yearDigits }: Extract<DayText, { readonly kind: "numbers" }>,
  order: DayOrder | "ymd",
): number | undefined {
  if (order !== "ymd") {
    return dayOfNumbers({ first, second, year: wholeYear(year, yearDigits) }, order);
  }
  return yearDigits === 2 ? toDay(wholeYear(first, 2), second, year) : undefined;
}

type Part = "year" | "month" | "day";

const PARTS: readonly (readonly [pattern: RegExp, source: string, part: Part])[] = [
  [/^(?:yyyy|%Y)/, "(\\d{4})", "year"],
  [/^(?:yy|%y)/, "(\\d{2})", "year"],
  [/^(?:mmmm?|MMMM?|%b|%B)/, "(\\p{L}{3,9})\\.?", "month"],
  [/^(?:mm|MM|%m)/, "(\\d{2})", "month"],
  [/^(?:m|M|%-m)/, "(\\d{1,2})", "month"],
  [/^(?:dd|DD|%d)/, "(\\d{2})", "day"],
  [/^(?:d|D|%-d)/, "(\\d{1,2})", "day"],
];

function badFormat(text: string): UsageError {
  const message = `--date-format ${shownValue(text)} has no day, month and year`;
  return new UsageError("bad_value", message, {
    hint: "Write dmy, mdy or ymd, or a pattern such as dd/mm/yy, yyyymmdd or d mmm yyyy.",
    details: { option: "--date-format", value: text },
  });
}

function patternOf(text: string): DateFormat {
  let rest = text.trim().replace(/[yY]{2,4}/g, (year) => year.toLowerCase());
  let source = "";
  const parts: Part[] = [];
  while (rest !== "") {
    const found = PARTS.find(([pattern]) => pattern.test(rest));
    if (found === undefined) {
      source += rest.charAt(0).replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
      rest = rest.slice(1);
      continue;
    }
    const [pattern, each, part] = found;
    source += each;
    parts.push(part);
    rest = rest.slice(pattern.exec(rest)?.[0].length ?? 1);
  }
  if ([...parts].sort().join() !== "day,month,year") throw badFormat(text);
  // Between signs a number may have its zero or not; digits that touch must be told apart by it.
  const isParted = !/\)\(/.test(source);
  const expression = new RegExp(
    `^${isParted ? source.replaceAll("(\\d{2})", "(\\d{1,2})") : source}(?!\\d)`,
    "u",
  );
  return {
    kind: "pattern",
    text,
    read(cell) {
      const match = expression.exec(cell);
      const time = match === null ? null : readTime(cell.slice(match[0].length));
      if (match === null || time === null) return undefined;
      const value = (part: Part): string => match[parts.indexOf(part) + 1] ?? "";
      const year = value("year");
      const month = /^\d+$/.test(value("month")) ? Number(value("month")) : monthOf(value("month"));
      const day = toDay(wholeYear(Number(year), year.length), month, Number(value("day")));
      return day === undefined ? undefined : { day, time };
    },
  };
}

/** Reads `--date-format`. @throws {UsageError} `bad_value` where it is no order and no pattern. */
export function parseDateFormat(text: string): DateFormat {
  const order = text.trim().toLowerCase();
  if (order === "dmy" || order === "mdy" || order === "ymd") return { kind: "order", text: order };
  return patternOf(text);
}
