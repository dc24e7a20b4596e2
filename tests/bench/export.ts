/**
 * Exports of a large table beside the `sqlite3` shell: rows a second, and peak memory by the number of
 * rows.
 *
 * @module
 */
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { addManyPrices } from "../e2e/many_prices.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  measure,
  outputOrNull,
  ROUNDS,
  Samples,
  shown,
  table,
} from "./harness.ts";

const ROWS = 5_000_000;

/** A tenth, to see whether memory grows with the rows. */
const FEWER = ROWS / 10;

const OURS = "tickerlock export --format ";
const SHELL = "sqlite3 -csv -header";
const FEW = `${OURS}csv, a tenth of the rows`;
const FORMATS = ["csv", "ndjson", "json", "parquet"] as const;

async function fill(path: string, rows: number): Promise<void> {
  (await Database.open(path)).close();
  addManyPrices(path, rows);
}

async function run(folder: BenchFolder): Promise<string> {
  const path = await folder.file("prices5m.db", (to) => fill(to, ROWS));
  const small = await folder.file("prices500k.db", (to) => fill(to, FEWER));
  const samples = new Samples([SHELL, ...FORMATS.map((format) => OURS + format), FEW]);
  const ours = (name: string, format: string, db: string) => async () => {
    const to = `${folder.fresh()}/prices.${format}`;
    const words = [...programCommand(), "export", "--db", db, "--out", to];
    samples.add(name, await measure(words, { cwd: projectPath(".") }));
    await Deno.remove(to);
  };
  const contenders = [
    ...FORMATS.map((format) => ours(OURS + format, format, path)),
    ours(FEW, "csv", small),
  ];
  if (await outputOrNull(["sqlite3", "--version"]) !== null) {
    contenders.push(async () => {
      const to = `${folder.fresh()}/prices.csv`;
      const script =
        'sqlite3 -csv -header "$0" "SELECT * FROM prices ORDER BY ticker, date, source" > "$1"';
      samples.add(SHELL, await measure(["sh", "-c", script, path, to]));
      await Deno.remove(to);
    });
  }
  await interleaved(ROUNDS, contenders);
  const rowsOf = (name: string) => name === FEW ? FEWER : ROWS;
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 1),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 1)).join("–"),
    "ROWS/S": (name) => shown(rowsOf(name) / samples.seconds(name), 0),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 1),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) +
    `\n${shown(ROWS, 0)} prices, medians of ${ROUNDS} runs. tickerlock syncs the file, takes its ` +
    "SHA-256 and writes the manifest; sqlite3 does none of that.\n" +
    "Wanted: the same peak for all rows as for a tenth, within 25 %.\n";
}

/** The benchmark. */
export const exporting: Benchmark = { name: "export", title: "prices to a file", run };
