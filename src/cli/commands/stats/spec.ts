import { commonSettings } from "../../log/settings.ts";
import { networkSettings, parseLengthOrNever } from "../../args/network.ts";
import { filterSettings, receiverCaFile, shared, storedDb } from "../../args/shared.ts";
import { one, parseCount, parsePath, parseWord, zeroOr } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";
import type { Spec } from "../../command.ts";

const STATS_BY = ["ticker", "source", "run", "day"] as const;

/** Limits that tickers and sources are held against. */
export const limitSettings = {
  maxBehind: {
    name: "max-behind",
    value: "DAYS",
    help: "Exit with 1 where a ticker is more trading days behind than that",
    parse: one(zeroOr(parseCount)),
  },
  maxAge: {
    name: "max-age",
    value: "TIME",
    help: "Exit with 1 where a ticker had no success within that time, such as 26h or 3d",
    parse: one(parseLengthOrNever),
  },
} as const satisfies Settings;

/** How often runs ask for a whole history, for a command that tells when the next time is. */
export const fullEveryOfRuns = {
  ...networkSettings.fullEvery,
  help: "yahoo: --full-every of the runs, from which it follows when a whole history is due",
} as const;

/** Settings of `stats`. */
export const statsSettings = {
  ...filterSettings,
  ticker: {
    ...filterSettings.ticker,
    takesWords: true,
    help: "Only this ticker, also without --ticker; several with commas, or repeat it",
  },
  by: {
    name: "by",
    value: "WHAT",
    fallback: "ticker",
    choices: STATS_BY,
    help: "Of each ticker and source, or of all jobs of a source, of a run, or of a day of UTC",
    parse: one(parseWord(STATS_BY)),
  },
  ...limitSettings,
  wide: shared.wide,
  fullEvery: fullEveryOfRuns,
  prometheus: flag("prometheus", "Print Prometheus's text format in place of the table"),
  out: {
    name: "out",
    value: "FILE",
    help:
      "Write the text format to this file, whole or not at all, mode 0644, in place of printing " +
      "it; - is standard output; it goes with --prometheus",
    parse: one(parsePath),
  },
  calendar: shared.calendar,
  notify: shared.notify,
  caFile: receiverCaFile,
  db: storedDb,
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

/** `tickerlock stats`. */
export const spec = {
  name: "stats",
  description:
    "Tells of each ticker and source: last success, last stored day, days behind, sessions " +
    "missing before it (see gaps), runs, share of failures, median and 95th percentile of the " +
    "time of successful jobs with their waits for locks, refused rows, and when the whole " +
    "history is asked for again. Days behind are sessions between the last stored day and " +
    "today, by the ticker's ending: .SA is São Paulo, none is New York, -USD is every day. " +
    "Holidays of other exchanges are not known, so 1 day behind may be one. --max-behind and " +
    "--max-age are checks: beyond one, or if there is nothing to check, the exit code is 1. " +
    "Never writes to the database.",
  usage: ["[TICKER...] [OPTION]..."],
  settings: statsSettings,
  examples: {
    "tickerlock stats": "Every ticker and source",
    "tickerlock stats PETR4.SA VALE3.SA": "Two tickers",
    "tickerlock stats --source yahoo --since 7d": "The last week of one source",
    "tickerlock stats --by day --since 14d": "Success over two weeks",
    "tickerlock stats --max-behind 1 --max-age 26h": "A check for a monitor",
    "tickerlock stats --prometheus --out /var/lib/node_exporter/tickerlock.prom":
      "For Prometheus, from a timer",
  },
} as const satisfies Spec;
