import { one, parsePath } from "../../args/parsers.ts";
import type { Settings } from "../../args/setting.ts";
import { filterSettings, shared, storedDb } from "../../args/shared.ts";
import type { Spec } from "../../command.ts";
import { commonSettings } from "../../log/settings.ts";
import { fullEveryOfRuns, limitSettings } from "../stats/spec.ts";

/** Settings of `report`. */
export const reportSettings = {
  out: {
    name: "out",
    value: "FILE",
    fallback: "tickerlock-report.html",
    help: "File to write, whole or not at all, mode 0600; - is standard output",
    parse: one(parsePath),
  },
  ticker: {
    ...filterSettings.ticker,
    takesWords: true,
    help:
      "A chart of this ticker as well, also without --ticker; several with commas, or repeat it",
  },
  source: filterSettings.source,
  since: {
    ...filterSettings.since,
    fallback: "30d",
    help: `Count only jobs that began since then: ${filterSettings.since.help.split(": ")[1]}`,
  },
  title: {
    name: "title",
    value: "TEXT",
    help: "Heading of the page; where left out, how many tickers need a look",
    parse: one(String),
  },
  maxBehind: {
    ...limitSettings.maxBehind,
    fallback: "1",
    help: "A ticker is fresh with at most so many trading days behind",
  },
  maxAge: {
    ...limitSettings.maxAge,
    help: "A ticker is fresh only with a success within that time, such as 26h",
  },
  fullEvery: fullEveryOfRuns,
  calendar: shared.calendar,
  db: storedDb,
  json: {
    ...shared.json,
    help: "Print what the page shows as one JSON document, and write no page",
  },
  ...commonSettings,
} as const satisfies Settings;

/** `tickerlock report`. */
export const spec = {
  name: "report",
  description:
    "Writes one HTML page about the database, which loads nothing from anywhere and can be " +
    "sent or printed: how many tickers are fresh, behind or failing; the last 30 sessions of " +
    "each ticker and source; the runs of the last 24 hours; failures by code with their " +
    "remedy; the sessions of twelve months; how reliable each source was; and a chart of each " +
    "named ticker. A ticker is failing while its newest job failed, and behind beyond " +
    "--max-behind and --max-age. The exit code is 0 however things stand; stats --max-behind " +
    "is the check. Never writes to the database.",
  usage: ["[TICKER...] [--out FILE] [OPTION]..."],
  settings: reportSettings,
  examples: {
    "tickerlock report": "tickerlock-report.html in this folder",
    "tickerlock report PETR4.SA VALE3.SA --out /srv/www/index.html": "With two charts",
    "tickerlock report --json": "The same as data",
  },
} as const satisfies Spec;
