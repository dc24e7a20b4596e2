import { commonSettings } from "../../log/settings.ts";
import { bad, example, lowerCase, one, parsePath, parseWord } from "../../args/parsers.ts";
import { flag, type Settings } from "../../args/setting.ts";
import { shared } from "../../args/shared.ts";
import type { Invocation, Spec } from "../../command.ts";

const FORMATS = ["csv", "json", "ndjson", "parquet"] as const;

/** The form without a subcommand, as it stands in the usage. */
const subcommands = ["[TABLE]"];

/** What else NDJSON is called: https://jsonlines.org names `.jsonl`. */
const FORMAT_OF_ENDING: ReadonlyMap<string, (typeof FORMATS)[number]> = new Map([
  ...FORMATS.map((format) => [format, format] as const),
  ["jsonl", "ndjson"],
]);

/** The format that the ending of a file's name stands for; undefined for none. */
export function formatOfEnding(path: string): (typeof FORMATS)[number] | undefined {
  const [, ending = ""] = /\.([^./\\]+)$/.exec(path) ?? [];
  return FORMAT_OF_ENDING.get(ending.toLowerCase());
}

/** The characters of CSV that can be chosen, by their names: a shell takes `;` for its own. */
const SEPARATORS = new Map(Object.entries({ comma: ",", semicolon: ";", tab: "\t" }));
const DECIMALS = new Map(Object.entries({ point: ".", comma: "," }));

function character(name: string, characters: ReadonlyMap<string, string>, help: string) {
  const choices = [...characters.keys()];
  const shown = [...characters].map(([word, char]) =>
    char === "\t" ? word : `${word} or '${char}'`
  );
  const parse = (text: string, label: string): string => {
    const char = characters.get(text.toLowerCase()) ?? text;
    if ([...characters.values()].includes(char)) return char;
    throw bad(label, text, "is not one of its characters", `Use one of: ${shown.join(", ")}.`);
  };
  const value = "CHARACTER";
  return { name, value, subcommands, config: true, choices, help, parse: one(parse) } as const;
}

function parseColumns(text: string, label: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (names.includes("")) {
    const hint = `Write for example ${example(label, "date,close")}.`;
    throw bad(label, text, "has an empty name", hint);
  }
  if (twice !== undefined) throw bad(label, text, `has ${twice} twice`, "Name each column once.");
  return names;
}

/** How CSV is written. */
export const csvStyleSettings = {
  separator: {
    ...character("separator", SEPARATORS, "csv: between the fields; also as itself: ',' or ';'"),
    fallback: "comma",
  },
  decimal: {
    ...character(
      "decimal",
      DECIMALS,
      "csv: the sign before the decimals; also as itself: '.' or ','",
    ),
    fallback: "point",
  },
} as const satisfies Settings;

/** CSV for a spreadsheet; also of `logs`. */
export const csvSafeSetting = flag(
  "csv-safe",
  "csv: put an apostrophe before text that a spreadsheet would run as a formula",
);

/** Settings of `export`. */
export const exportSettings = {
  format: {
    name: "format",
    value: "FORMAT",
    subcommands,
    choices: FORMATS,
    help: "How to write it; where left out, the ending of --out tells, and it is csv for -",
    parse: one(parseWord(FORMATS)),
  },
  ...csvStyleSettings,
  csvSafe: { ...csvSafeSetting, subcommands },
  partition: {
    name: "partition",
    value: "YEAR",
    subcommands,
    choices: ["year"],
    help: "parquet: --out is a folder, with a file for each year: year=2024/part-0.parquet",
    parse: one(parseWord(["year"])),
  },
  ticker: { ...shared.ticker, subcommands },
  source: {
    name: "source",
    value: "SOURCE",
    subcommands,
    help: "Only what came from this source",
    parse: one(lowerCase),
  },
  from: { ...shared.from, subcommands },
  to: { ...shared.to, subcommands },
  columns: {
    name: "columns",
    value: "LIST",
    subcommands,
    completes: "column",
    help: "Columns in the order wanted, with commas; all if left out",
    parse: one(parseColumns),
  },
  out: {
    name: "out",
    value: "PATH",
    subcommands,
    fallback: "-",
    help: "File to write, whole or not at all, with its .sha256 beside it; .csv, .json, .ndjson, " +
      ".jsonl or .parquet, any other name with --format; - is standard output",
    parse: one(parsePath),
  },
  db: { ...shared.db, help: "SQLite file, or postgres://USER@HOST/NAME" },
  json: shared.json,
  ...commonSettings,
} as const satisfies Settings;

/** One call of `export`. */
export type ExportCall = Invocation<typeof exportSettings>;

/** `tickerlock export`. */
export const spec = {
  name: "export",
  description:
    "Writes the rows of a table or view (prices if none is named) as they are at one moment, in the " +
    "order of their key, so that equal data give equal files. With --out the file appears whole or " +
    "not at all, with its SHA-256 beside it and a line in the table snapshots. verify takes the " +
    "SHA-256 anew, compares it with both, and exits with 1 where one differs or there is none; a line of an earlier " +
    "export than the file does not count.",
  usage: [
    "[TABLE] [--format FORMAT] [--out PATH] [--ticker TICKER]... [OPTION]...",
    "verify FILE [--json] [--db PATH]",
  ],
  operand: { name: "TABLE", what: "a table", completes: "table", optional: true },
  surplus: (word) => `Export one after the other; a file is named with --out ${word}.`,
  subcommands: [
    {
      name: "verify",
      summary: "Compare a file with its SHA-256",
      operand: { name: "FILE", what: "a file", completes: "file" },
    },
  ],
  settings: exportSettings,
  examples: {
    "tickerlock export --ticker PETR4.SA --from 2024-01-01":
      "Prices of one ticker as CSV on standard output",
    "tickerlock export --out prices.ndjson": "All prices, one JSON object a line",
    "tickerlock export --out prices.txt --format csv": "Any name, with --format",
    "tickerlock export --out precos.csv --separator semicolon --decimal comma":
      "For a spreadsheet that expects a decimal comma",
    "tickerlock export ingest_logs --columns ticker,status,error_code":
      "Some columns of another table",
    "tickerlock export --out prices.parquet": "For pandas, polars, DuckDB or R",
    "tickerlock export --format parquet --partition year --out prices":
      "A folder with a file for each year",
    "tickerlock export verify prices.ndjson": "Is the file what was exported?",
  },
} as const satisfies Spec;
