/**
 * Settings of sources that ask a service.
 *
 * @module
 */
import type { Rate } from "../../sources/network.ts";
import { bad, example, last, parseCount, parsePath, parseRate, parseSeconds } from "./parsers.ts";
import type { Setting } from "./setting.ts";

/** Most tickers at once: beyond it nothing gets faster, and services take it for an attack. */
const MOST_AT_ONCE = 256;

function parseConcurrency(text: string, label: string): number {
  const count = parseCount(text, label);
  if (count <= MOST_AT_ONCE) return count;
  throw bad(
    label,
    text,
    `is more than ${MOST_AT_ONCE}`,
    `Write for example ${example(label, "16")}.`,
  );
}

function parsePositive(text: string, label: string): number {
  const seconds = parseSeconds(text, label);
  if (seconds > 0 && seconds <= 86_400) return seconds;
  throw bad(
    label,
    text,
    "is not above 0 and at most a day",
    `Write for example ${example(label, "10")}.`,
  );
}

/** How a service is asked. */
export const serviceSettings = {
  timeout: {
    name: "timeout",
    value: "SECONDS",
    fallback: "10",
    absent: 10,
    help: "Longest time for one request, answer included",
    parse: (texts: readonly string[], label: string) => parsePositive(last(texts), label),
  } satisfies Setting<number>,
} as const;

function parseWord(text: string, label: string): string {
  const word = text.trim();
  if (/^[\w.^=-]{1,100}$/.test(word)) return word;
  throw bad(label, text, "is not a name", "Write letters, digits, dots and dashes.");
}

function nameSetting(
  name: string,
  value: string,
  help: string,
  upper: boolean,
  suggestions: readonly string[] = [],
) {
  return {
    suggestions,
    completes: "nothing",
    name,
    value,
    absent: null as string | null,
    help,
    parse: (texts: readonly string[], label: string) => {
      const word = parseWord(last(texts), label);
      return upper ? word.toUpperCase() : word.toLowerCase();
    },
  } satisfies Setting<string | null>;
}

/** Which part of a service's data is wanted. */
export const datasetSettings = {
  dataset: nameSetting(
    "dataset",
    "NAME",
    "kalshi: events, markets, settlements, snapshots, or all of them",
    false,
    ["all", "events", "markets", "settlements", "snapshots"],
  ),
  status: nameSetting(
    "status",
    "STATUS",
    "kalshi: of events and markets: unopened, open, paused, closed, settled or all",
    false,
    ["all", "unopened", "open", "paused", "closed", "settled"],
  ),
  series: nameSetting("series", "SERIES", "kalshi: only this series", true),
  event: nameSetting("event", "EVENT", "kalshi: only this event", true),
} as const;

/** Settings of an ingest from a service. */
export const networkSettings = {
  concurrency: {
    name: "concurrency",
    value: "N",
    fallback: "4",
    absent: 4,
    help: "Online sources: tickers that are worked on at once",
    parse: (texts: readonly string[], label: string) => parseConcurrency(last(texts), label),
  } satisfies Setting<number>,
  rate: {
    name: "rate",
    value: "N/UNIT",
    absent: undefined as Rate | null | undefined,
    help:
      "Online sources: most requests to the service; where left out 60/min to yahoo, 20/s to kalshi; none for no limit",
    parse: (texts: readonly string[], label: string) => parseRate(last(texts), label),
  } satisfies Setting<Rate | null | undefined>,
  ...serviceSettings,
  attempts: {
    name: "attempts",
    value: "N",
    fallback: "3",
    absent: 3,
    help: "Online sources: tries of a request that may succeed later",
    parse: (texts: readonly string[], label: string) => parseCount(last(texts), label),
  } satisfies Setting<number>,
  deadline: {
    name: "deadline",
    value: "SECONDS",
    fallback: "120",
    absent: 120,
    help: "Online sources: longest time for one ticker, all tries and pauses included",
    parse: (texts: readonly string[], label: string) => parsePositive(last(texts), label),
  } satisfies Setting<number>,
  saveRaw: {
    name: "save-raw",
    value: "DIR",
    absent: null as string | null,
    help: "Online sources: keep every answer as received, compressed, in this folder",
    parse: parsePath,
  } satisfies Setting<string | null>,
} as const;
