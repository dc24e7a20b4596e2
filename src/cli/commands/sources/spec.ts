import { commonSettings } from "../../log/settings.ts";
import { serviceSettings } from "../../args/network.ts";
import { canonicalTicker } from "../../../model/ticker.ts";
import { SOURCE_NAMES } from "../../../sources/registry.ts";
import { one } from "../../args/parsers.ts";
import type { Settings } from "../../args/setting.ts";
import { shared } from "../../args/shared.ts";
import type { Spec } from "../../command.ts";

/** Settings of `sources`. */
export const sourcesSettings = {
  ticker: {
    name: "ticker",
    short: "t",
    value: "TICKER",
    help: "Ticker to ask for",
    subcommands: ["test"],
    parse: one(canonicalTicker),
  },
  file: { ...shared.file, subcommands: ["test"] },
  timeout: { ...serviceSettings.timeout, subcommands: ["test"] },
  wide: { ...shared.wide, subcommands: ["list"] },
  caFile: { ...serviceSettings.caFile, subcommands: ["test"] },
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

/** `tickerlock sources`. */
export const spec = {
  name: "sources",
  description:
    "Lists the sources with what each delivers and needs, or makes one cheap request to one of them " +
    "and says how long it took, the status, and what is wrong. Nothing is stored.",
  usage: ["list [--wide] [--json]", "test SOURCE [--ticker TICKER] [--file PATH]... [OPTION]..."],
  subcommands: [
    {
      name: "list",
      summary: "Every source, with what it delivers and needs",
      isDefault: true,
      surplus: (word) => `Did you mean tickerlock sources test ${word}?`,
    },
    {
      name: "test",
      summary: "One cheap request to a source",
      operand: {
        name: "SOURCE",
        what: "a source",
        completes: "source",
        hint: `Name one of: ${SOURCE_NAMES.join(", ")}.`,
      },
    },
  ],
  settings: sourcesSettings,
  examples: {
    "tickerlock sources list": "Every source, with what it needs",
    "tickerlock sources test yahoo --ticker PETR4.SA": "Is the service there?",
    "tickerlock sources test cotahist --file docs/examples/cotahist-sample.txt":
      "Can this file be read?",
  },
} as const satisfies Spec;
