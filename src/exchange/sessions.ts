/** The sessions of an exchange whose holidays are known. @module */
import { addDays } from "../base/day.ts";
import { isTradingDay } from "./calendar.ts";
import type { Exchange } from "./holidays.ts";

/** Whether an exchange is open on a day `YYYY-MM-DD`. */
export function isSession(exchange: Exchange, day: string): boolean {
  return isTradingDay({ week: "mon-fri", exchange }, day);
}

/** The sessions from one day to another, both inclusive. */
export function sessionsBetween(exchange: Exchange, from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) {
    if (isSession(exchange, day)) days.push(day);
  }
  return days;
}

/** The first session after a day. */
export function sessionAfter(exchange: Exchange, day: string): string {
  let next = addDays(day, 1);
  while (!isSession(exchange, next)) next = addDays(next, 1);
  return next;
}
