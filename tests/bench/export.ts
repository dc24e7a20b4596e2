/**
 * Exports of a large table and of the log beside the `sqlite3` shell, and peak memory by the number of rows.
 * @module
 */
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { addManyPrices } from "../e2e/many_prices.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import { fillDatabase } from "./yahoo_tools.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  measure,
  outputOrNull,
  ROUNDS,
  Samples,
  shown,
  sized,
  table,
} from "./harness.ts";

const ROWS = sized(5_000_000, 50_000);

/** A tenth, to see whether memory grows with the rows. */
const FEWER = ROWS / 10;

const LOG_ROUNDS = sized(7, 1);

const OURS = "tickerlock export --format ";
const FEW = `${OURS}csv, a tenth of the rows`;
const FORMATS = ["csv", "ndjson", "json", "parquet"] as const;

const COLUMNS = "ticker date source open high low close adj_close volume ingest_id".split(" ");
const OBJECT = `json_object(${COLUMNS.map((name) => `'${name}', ${name}`).join(", ")})`;

/** What the shell does for each format, with the rows in the same order. */
const SHELL = {
  csv: { name: "sqlite3 -csv -header", flags: "-csv -header", selected: "*" },
  ndjson: { name: "sqlite3, json_object", flags: "", selected: OBJECT },
};

async function hasShell(): Promise<boolean> {
  return await outputOrNull(["sqlite3", "--version"]) !== null;
}

async function fill(path: string, rows: number): Promise<void> {
  (await Database.open(path)).close();
  addManyPrices(path, rows);
}

async function runExports(folder: BenchFolder): Promise<string> {
  const path = await folder.file("prices5m.db", (to) => fill(to, ROWS));
  const small = await folder.file("prices500k.db", (to) => fill(to, FEWER));
  const peers = Object.values(SHELL);
  const names = [...peers.map(({ name }) => name), ...FORMATS.map((format) => OURS + format), FEW];
  const samples = new Samples(names);
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
  if (await hasShell()) {
    for (const { name, flags, selected } of peers) {
      contenders.push(async () => {
        const to = `${folder.fresh()}/prices.txt`;
        const sql = `SELECT ${selected} FROM prices ORDER BY ticker, date, source`;
        const script = `sqlite3 ${flags} "$0" "${sql}" > "$1"`;
        samples.add(name, await measure(["sh", "-c", script, path, to]));
        await Deno.remove(to);
      });
    }
  }
  await interleaved(ROUNDS, contenders);
  const rowsOf = (name: string) => name === FEW ? FEWER : ROWS;
  const peerOf = (name: string) => name === `${OURS}ndjson` ? SHELL.ndjson.name : SHELL.csv.name;
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 1),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 1)).join("–"),
    "ROWS/S": (name) => shown(rowsOf(name) / samples.seconds(name), 0),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 1),
    "CPU / SHELL": (name) =>
      name === FEW ? "" : shown(samples.cpuSeconds(name) / samples.cpuSeconds(peerOf(name)), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) +
    `\n${shown(ROWS, 0)} prices, medians of ${ROUNDS} runs. tickerlock syncs the file, takes its ` +
    "SHA-256 and writes the manifest; sqlite3 does none of that, and writes 10 as 10.0.\n" +
    "Wanted: CPU / SHELL at most 1.00 for NDJSON, the same peak for all rows as for a tenth, within " +
    "25 %.\n";
}

const LOGS = "tickerlock logs --csv";

async function runLogs(folder: BenchFolder): Promise<string> {
  if (!await hasShell()) return "sqlite3 is not there: no peer.\n";
  const size = { tickers: sized(2000, 200), days: 1, runs: 50 };
  const path = await folder.file("logs.db", (to) => fillDatabase(to, size));
  const samples = new Samples([LOGS, SHELL.csv.name]);
  await interleaved(LOG_ROUNDS, [
    async () => {
      const script = `"$@" > "$0"`;
      const words = [...programCommand(), "logs", "--csv", "--db", path];
      const to = `${folder.fresh()}/logs.csv`;
      samples.add(LOGS, await measure(["sh", "-c", script, to, ...words]));
    },
    async () => {
      const script =
        `sqlite3 -csv -header "$0" "SELECT * FROM ingest_logs ORDER BY id DESC" > "$1"`;
      const to = `${folder.fresh()}/logs.csv`;
      samples.add(SHELL.csv.name, await measure(["sh", "-c", script, path, to]));
    },
  ]);
  return table(`${shown(size.tickers * size.runs, 0)} ROWS OF THE LOG`, samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 2),
    "CPU / SHELL": (name) =>
      shown(samples.cpuSeconds(name) / samples.cpuSeconds(SHELL.csv.name), 2),
  }) + `\nMedians of ${LOG_ROUNDS} runs. Wanted: CPU / SHELL at most 1.50.\n`;
}

async function run(folder: BenchFolder): Promise<string> {
  return `${await runExports(folder)}\n${await runLogs(folder)}`;
}

/** The benchmark. */
export const exporting: Benchmark = {
  name: "export",
  title: "prices to a file, and the log as CSV",
  run,
};
