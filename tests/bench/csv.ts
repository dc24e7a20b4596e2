/**
 * Reading CSV files, without lock and database: a plain one, which takes one pass, and one that has to
 * be looked over first.
 * @module
 */
import { csv } from "../../src/sources/csv/source.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  outputOrNull,
  ROUNDS,
  Samples,
  shown,
  sized,
  table,
} from "./harness.ts";

const TICKERS = sized(100, 10);
const DAYS = 2000;
const ROWS = TICKERS * DAYS;
const PLAIN = "plain: 2024-01-02, 1.5";
const EVIDENCE = "by evidence: 02/01/2024, 1,5";
const ONE = "plain, one ticker of all";
const PYTHON = "Python, csv.reader";
const UNKNOWN = { cpuSeconds: null, peakMb: null };

const SCRIPT = `
import csv, sys, time
started = time.perf_counter()
rows = sum(1 for _ in csv.reader(open(sys.argv[1], newline="")))
print(rows - 1, time.perf_counter() - started)`;

function line(day: number, ticker: number, isPlain: boolean): string {
  const iso = new Date(Date.UTC(2010, 0, 1 + day)).toISOString().slice(0, 10);
  const base = 10 + (day * 7919 + ticker * 104_729) % 9000 / 100;
  const prices = [base, base + 1, base - 1, base + 0.5].map((price) => price.toFixed(2));
  const volume = 1000 + (day * 15_485_863 + ticker) % 9_000_000;
  if (isPlain) return [iso, `TICK${ticker}`, ...prices, volume].join(",");
  const date = iso.split("-").reverse().join("/");
  return [date, `TICK${ticker}`, ...prices.map((price) => price.replace(".", ",")), volume].join(
    ";",
  );
}

function inputFile(folder: BenchFolder, isPlain: boolean): Promise<string> {
  return folder.file(isPlain ? "plain.csv" : "evidence.csv", async (path) => {
    const names = ["Date", "Ticker", "Open", "High", "Low", "Close", "Volume"];
    const lines = [names.join(isPlain ? "," : ";")];
    for (let ticker = 0; ticker < TICKERS; ticker++) {
      for (let day = 0; day < DAYS; day++) lines.push(line(day, ticker, isPlain));
    }
    await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
  });
}

async function read(file: string, tickers: readonly string[] | null): Promise<number> {
  const signal = new AbortController().signal;
  await using opened = await csv.open({ files: [file], tickers, from: null, to: null, signal });
  let rows = 0;
  for (const ticker of opened.tickers) {
    for await (const { prices } of opened.fetch(ticker)) rows += prices.length;
  }
  return rows;
}

async function run(folder: BenchFolder): Promise<string> {
  const [plain, evidence] = [await inputFile(folder, true), await inputFile(folder, false)];
  const samples = new Samples([PYTHON, PLAIN, ONE, EVIDENCE]);
  const here = (name: string, work: () => Promise<number>, expected: number) => async () => {
    const started = performance.now();
    const rows = await work();
    if (rows !== expected) throw new Error(`${name}: ${rows} rows, not ${expected}`);
    samples.add(name, { seconds: (performance.now() - started) / 1000, ...UNKNOWN });
  };
  const peer = async () => {
    const [rows, seconds] = (await outputOrNull(["python3", "-c", SCRIPT, plain]))?.split(" ") ??
      [];
    if (rows === String(ROWS)) samples.add(PYTHON, { seconds: Number(seconds), ...UNKNOWN });
  };
  await interleaved(ROUNDS, [
    peer,
    here(PLAIN, () => read(plain, null), ROWS),
    here(ONE, () => read(plain, ["TICK5"]), DAYS),
    here(EVIDENCE, () => read(evidence, null), ROWS),
  ]);
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "ROWS/S": (name) => shown(ROWS / samples.seconds(name), 0),
    "TIME / PLAIN": (name) => shown(samples.seconds(name) / samples.seconds(PLAIN), 2),
  });
}

/** The benchmark. */
export const csvFiles: Benchmark = {
  name: "csv",
  title: "reading CSV files, without lock and database",
  run,
};
