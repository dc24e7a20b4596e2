import { commonSettings } from "../../log/settings.ts";
import { csvSettings, timeZoneSetting } from "../../args/csv.ts";
import { datasetSettings, networkSettings, seriesSettings } from "../../args/network.ts";
import { tryCanonicalTicker } from "../../../model/ticker.ts";
import { names, one, parseCount } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";
import { shared } from "../../args/shared.ts";
import type { Spec } from "../../command.ts";

/** Name of the job lock where none is given, as `locks status` takes it and every message says it. */
export const JOB_LOCK_NAME = ".job_running";

const limitSettings = {
  maxTickers: {
    name: "max-tickers",
    value: "N",
    fallback: "20000",
    help: "cotahist, csv: refuse files with more tickers, each of which is a lock file",
    parse: one(parseCount),
  },
  maxRecords: {
    name: "max-records",
    value: "N",
    fallback: "20000000",
    help: "cotahist, csv: refuse a file with more records",
    parse: one(parseCount),
  },
  maxZipEntries: {
    name: "max-zip-entries",
    value: "N",
    fallback: "10000",
    help: "cotahist: refuse a ZIP with more entries",
    parse: one(parseCount),
  },
  maxZipRatio: {
    name: "max-zip-ratio",
    value: "N",
    fallback: "100",
    help: "cotahist: refuse a ZIP that unpacks to more than N times its size, and 64 MiB",
    parse: one(parseCount),
  },
} as const satisfies Settings;

/** Settings of `ingest`. */
export const ingestSettings = {
  ticker: {
    ...shared.ticker,
    takesWords: true,
    help:
      "Ticker to ingest, also without --ticker; several with commas, or repeat it. Without any " +
      "a file brings in all it has",
    // One odd name stops no other: the run tells of it.
    parse: names((text) => tryCanonicalTicker(text) ?? text),
  },
  source: shared.source,
  file: shared.file,
  ...seriesSettings,
  from: shared.from,
  to: shared.to,
  markets: {
    name: "markets",
    value: "LIST",
    fallback: "010",
    help:
      "cotahist: market types, with commas: 010 cash, 020 odd lots, 030 forwards, 070 calls, 080 puts …",
    suggestions: ["010", "012", "013", "017", "020", "030", "070", "080"],
    parse: one((text) => text.split(",").map((part) => part.trim())),
  },
  ...csvSettings,
  timeZone: timeZoneSetting,
  onLocked: shared.onLocked,
  lockTimeout: shared.lockTimeout,
  tickersFile: shared.tickersFile,
  ...datasetSettings,
  ...networkSettings,
  all: flag("all", "Every ticker that the database has of the source; takes the job lock"),
  jobLock: {
    name: "job-lock",
    value: "[NAME]",
    optionalValue: true,
    help: "Hold one lock for the whole run, so that no second run of that name works meanwhile; " +
      `NAME is ${JOB_LOCK_NAME} where it is left out`,
    parse: one((text) => text || JOB_LOCK_NAME),
  },
  jobLockTimeout: shared.jobLockTimeout,
  forceRefresh: flag(
    "force-refresh",
    "Take in everything again, also what another run has just brought in",
  ),
  maxRejected: shared.maxRejected,
  minFree: shared.minFree,
  fillGaps: shared.fillGaps,
  calendar: shared.calendar,
  notify: shared.notify,
  acceptRestatement: flag(
    "accept-restatement",
    "yahoo: replace all that is stored of the named tickers by the answer, whatever that denies or lacks",
  ),
  dryRun: flag("dry-run", "Do all but write, lock included, and show what would happen"),
  allowTruncated: flag(
    "allow-truncated",
    "cotahist: take a file that is cut off, an extract, or several joined into one",
  ),
  ...limitSettings,
  db: shared.db,
  lockDir: shared.lockDir,
  lockMode: shared.lockMode,
  wide: shared.wide,
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

/** `tickerlock ingest`. */
export const spec = {
  name: "ingest",
  description:
    "Reads a source and writes its rows into the database. Each ticker has its own lock, its own " +
    "transaction and its own row in ingest_logs, so any number of runs may work at once: a ticker " +
    "that another run has locked is waited for, or left out, while the others go in. The same " +
    "data twice change nothing.",
  usage: [
    "TICKER... [--source SOURCE] [--from DATE] [--to DATE] [OPTION]...",
    "[TICKER...] --source cotahist [--year YEARS | --since DATE] [OPTION]...",
    "[TICKER...] --source cotahist|csv --file PATH... [OPTION]...",
    "--all [--source SOURCE] [OPTION]...",
    "--source kalshi [--dataset NAME] [--ticker TICKER]... [OPTION]...",
  ],
  settings: ingestSettings,
  examples: {
    "tickerlock ingest PETR4.SA VALE3.SA":
      "Two tickers from Yahoo: the whole history the first time, new days after that",
    "tickerlock ingest --tickers-file portfolio.txt --concurrency 8":
      "Every ticker of a list, eight at once",
    "tickerlock ingest --all --fill-gaps":
      "New days of every stored ticker, and the days that are missing before them",
    "tickerlock ingest --source cotahist --year 2024":
      "Every cash-market ticker of a year, fetched from the exchange",
    "tickerlock ingest --source cotahist":
      "The sessions that are missing since the first stored one, in as few files as can be",
    "tickerlock ingest --source cotahist --file docs/examples/cotahist-sample.txt":
      "Every cash-market ticker of an exchange file",
    "tickerlock ingest --source cotahist --file COTAHIST_A2024.ZIP --ticker PETR4.SA,VALE3.SA":
      "Two tickers of a year's file, as the exchange publishes it",
    "tickerlock ingest --source csv --file prices.csv --ticker PETR4.SA --json":
      "A CSV file of one ticker, with the report as JSON",
    "tickerlock ingest --source csv --file quotes/ --ticker-from-name --suffix .SA --dry-run":
      "A folder with one file per ticker: what is understood of each, and nothing written",
    "TICKERLOCK_LOCK_MODE=exit tickerlock ingest --source csv --file prices.csv":
      "Leave out what another run has locked, in place of waiting for it",
  },
} as const satisfies Spec;
