/**
 * A whole exchange file into a new database, and once more into the same.
 *
 * @module
 */
import { checkStored, pythonIngest, pythonVersion, tickerlockIngest } from "./contenders.ts";
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

const FIRST = "tickerlock, new database";
const AGAIN = "tickerlock, the same again";
const PYTHON = "Python, executemany";

async function run(folder: BenchFolder): Promise<string> {
  const file = await inputFile(folder);
  const rows = TICKERS * DAYS;
  const python = await pythonVersion();
  const samples = new Samples([PYTHON, FIRST, AGAIN]);
  const stored = new Set<string>();
  const tickerlock = async () => {
    const into = folder.fresh();
    samples.add(FIRST, await tickerlockIngest(file, into));
    const again = await tickerlockIngest(file, into);
    samples.add(AGAIN, again);
    if (!again.stdout.includes("Nothing new")) {
      throw new Error(`not all unchanged:\n${again.stdout}`);
    }
    stored.add(checkStored(into, DAYS));
  };
  const peer = async () => {
    const into = folder.fresh();
    samples.add(PYTHON, await pythonIngest(file, into));
    stored.add(checkStored(into, DAYS));
  };
  await interleaved(ROUNDS, python === null ? [tickerlock] : [peer, tickerlock]);
  if (stored.size !== 1) throw new Error(`not the same prices: ${[...stored].join("\n")}`);
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "ROWS/S": (name) => shown(rows / samples.seconds(name), 0),
    "TIME / PYTHON": (name) => shown(samples.seconds(name) / samples.seconds(PYTHON), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) +
    `${rows.toLocaleString("en")} records, ${
      TICKERS.toLocaleString("en")
    } tickers, ${DAYS} days, ` +
    `markets ${
      MARKETS.join(", ")
    }. Python locks nothing, logs nothing, checks nothing and has one ` +
    "transaction; tickerlock has a lock, a transaction and a log row per ticker.\n" +
    "Wanted: TIME / PYTHON at most 1.00 into a new database, peak under 300 MB.\n" +
    (python === null ? "python3 is not there: no peer.\n" : "");
}

/** The benchmark. */
export const ingestFile: Benchmark = {
  name: "ingest",
  title: "a whole exchange file, as a process from start to end",
  run,
};
