/**
 * Settings of `export`.
 *
 * @module
 */
import { ingestSettings, shared } from "../../args/config.ts";
import { commonSettings } from "../../log/settings.ts";
import { bad, example, last, parsePath, parseWord, type Setting } from "../../args/setting.ts";

/** The form without a subcommand, as it stands in the command's usage. */
export const TABLE_FORM = "[TABLE]";

/** The formats, also as extensions of files. */
export const FORMATS = ["csv", "json", "ndjson"] as const;

const subcommands = [TABLE_FORM];

/** What else NDJSON is called: https://jsonlines.org names `.jsonl`. */
const FORMAT_OF_ENDING: ReadonlyMap<string, (typeof FORMATS)[number]> = new Map([
  ...FORMATS.map((format) => [format, format] as const),
  ["jsonl", "ndjson"],
]);

/**
 * The format that the ending of a file's name stands for.
 *
 * @param path The file.
 * @returns Undefined where it has no ending, or one that stands for none.
 */
export function formatOfEnding(path: string): (typeof FORMATS)[number] | undefined {
  const [, ending = ""] = /\.([^./\\]+)$/.exec(path) ?? [];
  return FORMAT_OF_ENDING.get(ending.toLowerCase());
}

function parseColumns(texts: readonly string[], label: string): readonly string[] {
  const names = last(texts).split(",").map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (names.includes("")) {
    throw bad(
      label,
      last(texts),
      "has an empty name",
      `Write for example ${example(label, "date,close")}.`,
    );
  }
  if (twice !== undefined) {
    throw bad(label, last(texts), `has ${twice} twice`, "Name each column once.");
  }
  return names;
}

/** Settings of `export`. */
export const exportSettings = {
  format: {
    name: "format",
    value: "FORMAT",
    subcommands,
    absent: null as string | null,
    choices: FORMATS,
    help: "How to write it; where left out, the ending of --out tells, and it is csv for -",
    parse: parseWord(FORMATS),
  } satisfies Setting<string | null>,
  ticker: {
    ...ingestSettings.ticker,
    subcommands,
    help: "Only this ticker; repeat it for several",
  } satisfies Setting<readonly string[]>,
  source: {
    name: "source",
    value: "SOURCE",
    subcommands,
    absent: null as string | null,
    help: "Only what came from this source",
    parse: (texts: readonly string[]) => last(texts).toLowerCase(),
  } satisfies Setting<string | null>,
  from: { ...ingestSettings.from, subcommands } satisfies Setting<string | null>,
  to: { ...ingestSettings.to, subcommands } satisfies Setting<string | null>,
  columns: {
    name: "columns",
    value: "LIST",
    subcommands,
    absent: null as readonly string[] | null,
    completes: "column",
    help: "Columns in the order wanted, with commas; all if left out",
    parse: parseColumns,
  } satisfies Setting<readonly string[] | null>,
  out: {
    name: "out",
    value: "PATH",
    subcommands,
    fallback: "-",
    absent: "-",
    help:
      "File to write, whole or not at all, with its .sha256 beside it; .csv, .json, .ndjson or " +
      ".jsonl, any other name with --format; - is standard output",
    parse: parsePath,
  } satisfies Setting<string>,
  db: { ...shared.db, help: "SQLite database" } satisfies Setting<string>,
  json: shared.json,
  ...commonSettings,
} as const;
