/**
 * What `tickerlock stats` is called with.
 *
 * @module
 */
import { commonSettings } from "../../log/settings.ts";
import { networkSettings } from "../../args/network.ts";
import { filterSettings, receiverCaFile, shared, storedDb } from "../../args/shared.ts";
import { one, parsePath } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";
import type { Spec } from "../../command.ts";

/** Settings of `stats`. */
export const statsSettings = {
  ...filterSettings,
  ticker: {
    ...filterSettings.ticker,
    takesWords: true,
    help: "Only this ticker, also without --ticker; several with commas, or repeat it",
  },
  wide: shared.wide,
  fullEvery: {
    ...networkSettings.fullEvery,
    help: "What --full-every of the runs is, for the time at which a whole history is due",
  },
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
    "Tells of each ticker and source what the log and the prices say: last success, last stored day, " +
    "days behind, sessions that are missing before it (as gaps tells), runs, share of failures, " +
    "median and 95th percentile of the duration (nearest rank, successful jobs, waiting for the lock " +
    "included), waits for locks, refused rows, and when the whole history is asked for again. Days behind are " +
    "weekdays of the ticker's exchange (by its ending: .SA is São Paulo, none is New York, -USD every " +
    "day) between the last stored day and today, without the holidays of B3 and New York; those of " +
    "others are not known, so 1 day behind may be one. " +
    "--since and --until limit the jobs that count. --prometheus is the text format for " +
    "node_exporter's textfile collector, with --out written to a file in one step. Never writes to " +
    "the database.",
  usage: ["[TICKER...] [OPTION]..."],
  settings: statsSettings,
  examples: [
    { line: "tickerlock stats", what: "Every ticker and source" },
    { line: "tickerlock stats PETR4.SA VALE3.SA", what: "Two tickers" },
    { line: "tickerlock stats --source yahoo --since 7d", what: "The last week of one source" },
    {
      line: "tickerlock stats --prometheus --out /var/lib/node_exporter/tickerlock.prom",
      what: "For Prometheus, from a timer",
    },
  ],
} as const satisfies Spec;
