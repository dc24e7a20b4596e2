/** Settings of the source `csv`: what a person says where a file does not say it itself. @module */
import { names, one } from "./parsers.ts";
import { flag, type Settings } from "./setting.ts";

/** How CSV files are spelled. Their values are looked at by the source. */
export const csvSettings = {
  dateFormat: {
    name: "date-format",
    value: "FORMAT",
    help: "csv: how dates are written: dmy, mdy, ymd, or a pattern such as dd/mm/yy",
    suggestions: ["dmy", "mdy", "ymd"],
    parse: one(String),
  },
  decimal: {
    name: "decimal",
    value: "SIGN",
    help: "csv: the sign before the decimals: point or comma, also as itself: . or ,",
    suggestions: ["point", "comma"],
    parse: one(String),
  },
  column: {
    name: "column",
    value: "COLUMN=NAME",
    repeatable: true,
    help: "csv: what a column of the file is, such as date=Data; several with commas",
    completes: "nothing",
    parse: names(String),
  },
  columns: {
    name: "columns",
    value: "LIST",
    help: "csv: the columns of files without a header line, such as date,time,open,high,low,close",
    completes: "nothing",
    parse: one(String),
  },
  tickerFromName: flag("ticker-from-name", "csv: each file is named by the ticker of its rows"),
  suffix: {
    name: "suffix",
    value: "TEXT",
    help: "csv: end of a ticker, added where it is missing, such as .SA",
    suggestions: [".SA"],
    parse: one(String),
  },
} as const satisfies Settings;

/** The zone of the exchange. A collector has it for its active hours as well. */
export const timeZoneSetting = {
  name: "time-zone",
  value: "ZONE",
  help: "csv: zone in which points in time have their day, such as America/Sao_Paulo",
  suggestions: ["America/Sao_Paulo", "America/New_York", "UTC"],
  completes: "nothing",
  parse: one(String),
} as const;
