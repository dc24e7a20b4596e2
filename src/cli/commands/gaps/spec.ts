import { commonSettings } from "../../log/settings.ts";
import { flag, type Settings } from "../../args/setting.ts";
import { filterSettings, shared, storedDb } from "../../args/shared.ts";
import type { Spec } from "../../command.ts";

/** Settings of `gaps`. */
export const gapsSettings = {
  ticker: {
    ...filterSettings.ticker,
    takesWords: true,
    help: "Only this ticker, also without --ticker; several with commas, or repeat it",
  },
  source: filterSettings.source,
  from: { ...shared.from, help: shared.from.help.replace("day wanted", "day to look at") },
  to: { ...shared.to, help: shared.to.help.replace("day wanted", "day to look at") },
  all: flag("all", "Also what the source was asked for and does not have"),
  calendar: shared.calendar,
  wide: shared.wide,
  db: storedDb,
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

/** `tickerlock gaps`. */
export const spec = {
  name: "gaps",
  description:
    "Lists the sessions that a ticker lacks between its first and its last stored day, by " +
    "source. Sessions are those of B3 (.SA), of New York (no ending, from yahoo), and every " +
    "day for coins; of other exchanges the days on which most tickers of the same ending and " +
    "source have prices, unless --calendar names the days without one. A gap counts until the " +
    "service was asked for it twice, a month after the session or later, and had no such day. " +
    "Of cotahist, a ticker without a day that others have was not traded. Days after the last " +
    "stored one are in stats. Never writes to the database.",
  usage: ["[TICKER...] [--source SOURCE] [--from DATE] [--to DATE] [OPTION]..."],
  settings: gapsSettings,
  examples: {
    "tickerlock gaps": "Every ticker with gaps",
    "tickerlock gaps PETR4.SA --all": "One ticker, also what will never come",
    "tickerlock gaps --source yahoo --from 2024 --json": "For a program",
  },
} as const satisfies Spec;
