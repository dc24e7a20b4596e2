/** Prices into a new database, beside what the `sqlite3` shell imports from a CSV file. @module */
import { DatabaseSync } from "node:sqlite";
import { PriceColumns } from "../../src/model/price_columns.ts";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { insertRunning } from "../../src/store/sqlite/tables/jobs.ts";
import { upsertPrices } from "../../src/store/sqlite/tables/prices.ts";
import { daysOf } from "../store/rows.ts";
import { job } from "../store/sqlite/helpers.ts";
import {
  type BenchFolder,
  interleaved,
  measure,
  outputOrNull,
  ROUNDS,
  Samples,
  shown,
  sized,
  table,
} from "./harness.ts";

const DAYS = 2500;
const TICKERS = sized(400, 4);
const ROWS = TICKERS * DAYS;
const OURS = "upserts, a transaction a ticker";
const SHELL = "sqlite3 .import --csv, one transaction";

/** The shell reads numbers as texts, which the volume of the real table would keep: no checks here. */
const PEER = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = NORMAL",
  `CREATE TABLE prices (ticker TEXT, date TEXT, source TEXT, open REAL, high REAL, low REAL,
   close REAL, adj_close REAL, volume INTEGER, ingest_id INTEGER,
   PRIMARY KEY (ticker, date, source)) STRICT, WITHOUT ROWID`,
];

const tickerOf = (index: number) => `T${1000 + index}`;

/** Without an empty field, which the shell would read as a text. */
const pricesOf = (index: number) =>
  daysOf(DAYS, (day) => 10 + day % 97 / 100).map((row, day) => ({
    ...row,
    ...{ open: row.close, high: row.close + 1, low: row.close - 1, adjClose: row.close / 3 },
    volume: 1000 * index + day,
  }));

async function writeCsv(path: string): Promise<void> {
  using file = await Deno.create(path);
  const encoder = new TextEncoder();
  for (let index = 0; index < TICKERS; index++) {
    const lines = pricesOf(index).map(({ date, open, high, low, close, adjClose, volume }) =>
      [tickerOf(index), date, "csv", open, high, low, close, adjClose, volume, 1].join(",")
    );
    file.writeSync(encoder.encode(`${lines.join("\n")}\n`));
  }
}

async function ours(path: string): Promise<number> {
  using db = await Database.open(path);
  await db.transaction("write to", () => insertRunning(db, job(1)));
  let ms = 0;
  for (let index = 0; index < TICKERS; index++) {
    const prices = PriceColumns.of(pricesOf(index));
    const started = performance.now();
    await db.transaction("write to", () => upsertPrices(db, tickerOf(index), "csv", 1, prices));
    ms += performance.now() - started;
  }
  return ms / 1000;
}

function check(path: string): void {
  using db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare("SELECT count(*) AS n FROM prices").get()?.n;
  if (rows !== ROWS) throw new Error(`${path} has ${rows} prices`);
}

/** Measures both. */
export async function runUpserts(folder: BenchFolder): Promise<string> {
  if (await outputOrNull(["sqlite3", "--version"]) === null) {
    return "sqlite3 is not there: no peer.\n";
  }
  const csv = await folder.file("upserts.csv", writeCsv);
  const samples = new Samples([OURS, SHELL]);
  await interleaved(ROUNDS, [
    async () => {
      const path = `${folder.fresh()}/prices.db`;
      samples.add(OURS, { seconds: await ours(path), peakMb: null, cpuSeconds: null });
      check(path);
    },
    async () => {
      const path = `${folder.fresh()}/prices.db`;
      const script = ["sqlite3", path, ...PEER, `.import --csv ${csv} prices`];
      samples.add(SHELL, await measure(script));
      check(path);
    },
  ]);
  return table(`${shown(ROWS, 0)} PRICES`, samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "ROWS/S": (name) => shown(ROWS / samples.seconds(name), 0),
    "TIME / .IMPORT": (name) => shown(samples.seconds(name) / samples.seconds(SHELL), 2),
  }) +
    `\nA new database, medians of ${ROUNDS} runs. sqlite3 reads the CSV as well, and its table ` +
    "has no checks.\nWanted: TIME / .IMPORT at most 0.77.\n";
}
