/** Where the services of B3 are, and when its files come out. @module */
import { dayIn } from "../../exchange/calendar.ts";
import { isSession, sessionAfter } from "../../exchange/sessions.ts";
import { addDays } from "../../base/day.ts";
import type { Rate, SourceNetwork } from "../network.ts";

function service(host: string, rate: Rate): SourceNetwork {
  return { baseUrl: `https://${host}`, rate, environment: { baseUrl: "B3_BASE_URL" } };
}

const FILES_RATE: Rate = { count: 4, perMs: 1000 };

/** Files of historical quotes. */
export const SERIES = service("bvmf.bmfbovespa.com.br", FILES_RATE);

/** The daily consolidated file. */
export const CONSOLIDATED = service("arquivos.b3.com.br", FILES_RATE);

/** Companies and their events; it answers 520 to those who ask faster. */
export const COMPANIES = service("sistemaswebb3-listados.b3.com.br", { count: 1, perMs: 1000 });

/** Where the exchange's clock is. */
export const ZONE = "America/Sao_Paulo";

const HOUR_MS = 3_600_000;

/** When a session's files are asked for first: the close, at 17:00 or 18:00, is over. */
const EVENING_HOUR = 18;

/** When they are missed: users have them from three hours after the close to the next morning. */
const MORNING_HOUR = 9;

/** What day it is at the exchange. */
export function exchangeDay(nowMs: number): string {
  return dayIn(ZONE, new Date(nowMs));
}

/** The newest session whose files may be out. */
export function newestSession(nowMs: number): string {
  let day = exchangeDay(nowMs - EVENING_HOUR * HOUR_MS);
  while (!isSession("b3", day)) day = addDays(day, -1);
  return day;
}

/** The newest session whose files have to be out. */
export function newestDue(nowMs: number): string {
  let day = newestSession(nowMs);
  while (!isSession("b3", day) || !isDue(day, nowMs)) day = addDays(day, -1);
  return day;
}

/** Whether the files of a session have to be out: the morning of the next one has come. */
export function isDue(session: string, nowMs: number): boolean {
  return exchangeDay(nowMs - MORNING_HOUR * HOUR_MS) >= sessionAfter("b3", session);
}
