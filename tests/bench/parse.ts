/** Reading and parsing an exchange file, without lock and database. @module */
import { cotahist } from "../../src/sources/cotahist/source.ts";
import { NO_PYTHON, pythonSlice, pythonVersion } from "./contenders.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  ROUNDS,
  Samples,
  shown,
  table,
} from "./harness.ts";
import { DAYS, inputFile, MARKETS, TICKERS } from "./input.ts";

const BYTES = "reading the bytes only";
const OPEN = "tickerlock, open";
const FETCH = "tickerlock, open and fetch all";
const PYTHON = "Python, slicing";
/** What is only known of a whole process. */
const UNKNOWN = { cpuSeconds: null, peakMb: null };
const RECORDS = TICKERS * DAYS;

async function timed(work: () => Promise<number>, expected: number): Promise<number> {
  const started = performance.now();
  const found = await work();
  const seconds = (performance.now() - started) / 1000;
  if (found !== expected) throw new Error(`found ${found}, not ${expected}`);
  return seconds;
}

async function readBytes(file: string): Promise<number> {
  using opened = await Deno.open(file);
  const buffer = new Uint8Array(1 << 20);
  let total = 0;
  for (let count = await opened.read(buffer); count !== null; count = await opened.read(buffer)) {
    total += count;
  }
  return total;
}

async function open(file: string, fetchAll: boolean): Promise<number> {
  await using opened = await cotahist.open({
    files: [file],
    tickers: null,
    from: null,
    to: null,
    selection: { markets: MARKETS },
    signal: new AbortController().signal,
  });
  if (!fetchAll) return Number(opened.details.rows);
  let rows = 0;
  for (const ticker of opened.tickers) {
    for await (const { prices } of opened.fetch(ticker)) rows += prices.length;
    opened.forget(ticker);
  }
  return rows;
}

async function run(folder: BenchFolder): Promise<string> {
  const file = await inputFile(folder);
  const { size } = await Deno.stat(file);
  const python = await pythonVersion();
  const samples = new Samples([BYTES, PYTHON, OPEN, FETCH]);
  const here = (name: string, work: () => Promise<number>, expected: number) => async () => {
    samples.add(name, { seconds: await timed(work, expected), ...UNKNOWN });
  };
  const peer = async () => {
    const { rows, ownSeconds } = await pythonSlice(file);
    if (rows !== RECORDS) throw new Error(`Python found ${rows} records`);
    samples.add(PYTHON, { seconds: ownSeconds, ...UNKNOWN });
  };
  await interleaved(ROUNDS, [
    here(BYTES, () => readBytes(file), size),
    ...(python === null ? [] : [peer]),
    here(OPEN, () => open(file, false), RECORDS),
    here(FETCH, () => open(file, true), RECORDS),
  ]);
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "RECORDS/S": (name) => shown(RECORDS / samples.seconds(name), 0),
    "MB/S": (name) => shown(size / 1e6 / samples.seconds(name), 0),
    "TIME / PYTHON": (name) => shown(samples.seconds(name) / samples.seconds(PYTHON), 2),
  }) + [
    "",
    "In one process, without its start; Python's start is left out as well. Opening checks every",
    "record and keeps the rows; fetching groups them by ticker and hashes them.",
    ...(python === null ? [NO_PYTHON] : []),
    "",
  ].join("\n");
}

/** The benchmark. */
export const parse: Benchmark = {
  name: "parse",
  title: "reading and parsing an exchange file, without lock and database",
  run,
};
