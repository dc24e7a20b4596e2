/** Settings of sources that ask a service. @module */
import { parseDuration } from "../../collect/duration.ts";
import {
  bad,
  example,
  one,
  parseCount,
  parseDay,
  parsePath,
  parseRate,
  parseSeconds,
} from "./parsers.ts";
import type { Settings } from "./setting.ts";

/** Most tickers at once: beyond it nothing gets faster, and services take it for an attack. */
const MOST_AT_ONCE = 256;

function parseConcurrency(text: string, label: string): number {
  const count = parseCount(text, label);
  if (count <= MOST_AT_ONCE) return count;
  const hint = `Write for example ${example(label, "16")}.`;
  throw bad(label, text, `is more than ${MOST_AT_ONCE}`, hint);
}

function parsePositive(text: string, label: string): number {
  const seconds = parseSeconds(text, label);
  if (seconds > 0 && seconds <= 86_400) return seconds;
  const hint = `Write for example ${example(label, "10")}.`;
  throw bad(label, text, "is not above 0 and at most a day", hint);
}

/** Parses a length of time, or `never`. */
export function parseLengthOrNever(text: string, label: string): number | null {
  if (/^never$/i.test(text)) return null;
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  const hint = `Write for example ${example(label, "30d")}; or never.`;
  throw bad(label, text, "is not a length of time up to 400 days", hint);
}

/** How a service is asked. */
export const serviceSettings = {
  timeout: {
    name: "timeout",
    value: "SECONDS",
    config: true,
    fallback: "10",
    help: "Longest time for one request, answer included: seconds, or a time such as 1m30s",
    parse: one(parsePositive),
  },
  caFile: {
    name: "ca-file",
    value: "PATH",
    config: true,
    env: "TICKERLOCK_CA_FILE",
    help: "Online sources: trust the certificate authorities of this PEM file as well",
    parse: one(parsePath),
  },
} as const satisfies Settings;

function nameSetting(
  name: string,
  value: string,
  help: string,
  writeAs: "upper" | "lower",
  suggestions: readonly string[] = [],
) {
  const parse = (text: string, label: string): string => {
    const word = text.trim();
    if (/^[\w.^=-]{1,100}$/.test(word)) {
      return writeAs === "upper" ? word.toUpperCase() : word.toLowerCase();
    }
    const hint = "Write one name of letters, digits, dots and dashes; no list.";
    throw bad(label, text, "is not a name", hint);
  };
  return { name, value, help, suggestions, completes: "nothing", parse: one(parse) } as const;
}

function listSetting(name: string, value: string, help: string) {
  const parse = (text: string): string[] => text.split(",").map((part) => part.trim());
  return { name, value, help, parse: one(parse) } as const;
}

/** Which files of an exchange are fetched. */
export const seriesSettings = {
  year: listSetting("year", "YEARS", "cotahist: fetch these years: 2024, or 2015-2020,2024"),
  month: listSetting("month", "MONTHS", "cotahist: fetch these months of the last twelve: 2026-05"),
  day: listSetting("day", "DAYS", "cotahist, b3-daily: fetch these days: 2026-05-29"),
  since: {
    name: "since",
    value: "DATE",
    help: "cotahist, b3-daily: fetch what is missing since that day; where left out, since the " +
      "first stored one, or for 30 days",
    parse: one((text, label) => parseDay(text, label, { edge: "start" })),
  },
} as const satisfies Settings;

/** Which part of a service's data is wanted. */
export const datasetSettings = {
  dataset: nameSetting(
    "dataset",
    "NAME",
    "kalshi: events, markets, settlements, snapshots, or all of them",
    "lower",
    ["all", "events", "markets", "settlements", "snapshots"],
  ),
  status: nameSetting(
    "status",
    "STATUS",
    "kalshi: of events and markets: unopened, open, paused, closed, settled or all",
    "lower",
    ["all", "unopened", "open", "paused", "closed", "settled"],
  ),
  series: nameSetting("series", "SERIES", "kalshi: only this series", "upper"),
  event: nameSetting("event", "EVENT", "kalshi: only this event", "upper"),
} as const satisfies Settings;

/** Settings of an ingest from a service. */
export const networkSettings = {
  concurrency: {
    name: "concurrency",
    value: "N",
    config: true,
    fallback: "4",
    help: "Online sources: requests at once, each for another ticker",
    parse: one(parseConcurrency),
  },
  rate: {
    name: "rate",
    value: "N/UNIT",
    config: true,
    absent: undefined,
    help:
      "Online sources: most requests to the service, such as 60/min or 1/12s; where left out 4/s to cotahist, 4/s to b3-daily, 1/s to b3-actions, 60/min to yahoo, 20/s to kalshi; none for no limit",
    parse: one(parseRate),
  },
  ...serviceSettings,
  attempts: {
    name: "attempts",
    value: "N",
    config: true,
    fallback: "3",
    help: "Online sources: tries of a request that may succeed later",
    parse: one(parseCount),
  },
  deadline: {
    name: "deadline",
    value: "SECONDS",
    config: true,
    absent: undefined,
    help:
      "Online sources: longest time for one ticker or dataset, tries and pauses included, and for a service out of reach: seconds, or a time such as 5m; where left out 120 for a ticker, and a page of a dataset",
    parse: one(parsePositive),
  },
  fullEvery: {
    name: "full-every",
    value: "TIME",
    config: true,
    fallback: "30d",
    help:
      "yahoo: ask for each ticker's whole history again within that time, such as 30d or 2w; never",
    suggestions: ["7d", "30d", "90d", "never"],
    parse: one(parseLengthOrNever),
  },
  saveRaw: {
    name: "save-raw",
    value: "DIR",
    config: true,
    help: "Online sources: keep every answer as received, compressed, in this folder",
    parse: one(parsePath),
  },
  filesDir: {
    name: "files-dir",
    value: "DIR",
    config: true,
    help: "cotahist, b3-daily: keep the files that are fetched in this folder; where left out, " +
      "files/ beside the database",
    parse: one(parsePath),
  },
} as const satisfies Settings;
