/**
 * Rows for the tests of every engine: prices, and rows of the log to be.
 *
 * @module
 */
import type { JobEnd, JobStart, RunStatus } from "../../src/model/job.ts";
import type { PriceDetails, PriceRow } from "../../src/model/prices.ts";

/** A day's price of which only the close is told. */
export function priceOf(date: string, close: number, over: Partial<PriceRow> = {}): PriceRow {
  return { date, open: null, high: null, low: null, close, adjClose: null, volume: null, ...over };
}

/** Details of a day of which only some are told. */
export function detailsOf(over: Partial<PriceDetails>): PriceDetails {
  return {
    currency: "R$",
    isin: null,
    specification: null,
    distribution: null,
    market: "010",
    term: null,
    strike: null,
    expiry: null,
    trades: null,
    turnover: null,
    average: null,
    bid: null,
    ask: null,
    ...over,
  };
}

/** That many days from 2024-01-01 on, each with its number as the close. */
export function daysOf(count: number, close = (day: number): number => day + 1): PriceRow[] {
  return Array.from({ length: count }, (_, day) => {
    const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
    return priceOf(date, close(day));
  });
}

/** The id of a job, as UUID v7 looks; the beginning is the same for all. */
export function jobIdOf(number: number): string {
  return `0190f000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

/** A row of the log to be. `status` may be `running`. */
export interface Logged extends Partial<Omit<JobStart, "jobId">>, Partial<Omit<JobEnd, "status">> {
  readonly status?: RunStatus;
  readonly rejects?: number;
}
