/**
 * Settings of `stats`.
 *
 * @module
 */
import { shared } from "../../args/config.ts";
import { commonSettings } from "../../log/settings.ts";
import { filterSettings, storedDb } from "../logs/settings.ts";
import { flag, parsePath, type Setting } from "../../args/setting.ts";

/** Settings of `stats`. */
export const statsSettings = {
  ticker: filterSettings.ticker,
  source: filterSettings.source,
  since: filterSettings.since,
  until: filterSettings.until,
  wide: flag("wide", "Every column, whatever the terminal's width"),
  prometheus: flag("prometheus", "Print Prometheus's text format in place of the table"),
  out: {
    name: "out",
    value: "FILE",
    absent: null as string | null,
    help:
      "Write the text format to this file, whole or not at all, mode 0644, in place of printing " +
      "it; - is standard output; it goes with --prometheus",
    parse: parsePath,
  } satisfies Setting<string | null>,
  db: storedDb,
  json: shared.json,
  ...commonSettings,
} as const;
