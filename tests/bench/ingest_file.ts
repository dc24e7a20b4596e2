/**
 * A whole exchange file into a new database: with a new folder of locks, as on the first day, with a
 * folder that has the locks already, as on every other day, and once more into the same database.
 *
 * Why both: creating a file costs 20 µs on a quiet ext4, but 15 times that for a minute or more after
 * many files were removed on the same disk, a former run of this benchmark's among them. A row of the
 * table tells what creating as many files costs by itself.
 * @module
 */
import {
  checkStored,
  cIngest,
  compiledPeer,
  digestOfPrices,
  NO_C,
  NO_PYTHON,
  pythonIngest,
  pythonVersion,
  tickerlockIngest,
} from "./contenders.ts";
import {
  type BenchFolder,
  type Benchmark,
  type Cost,
  interleaved,
  ROUNDS,
  Samples,
  shown,
  table,
} from "./harness.ts";
import { DAYS, inputFile, MARKETS, TICKERS, YEAR } from "./input.ts";

const FILES = `creating ${TICKERS.toLocaleString("en")} empty files`;
const FIRST = "tickerlock, new database, new locks";
const NEXT = "tickerlock, new database";
const AGAIN = "tickerlock, the same again";
const PYTHON = "Python, executemany";
const C = "C, sorted, one transaction";

function createFiles(folder: string): Cost {
  const started = performance.now();
  for (let i = 0; i < TICKERS; i++) {
    Deno.openSync(`${folder}/${i}`, { write: true, createNew: true }).close();
  }
  const seconds = (performance.now() - started) / 1000;
  return { seconds, peakMb: null, cpuSeconds: null };
}

async function runDays(folder: BenchFolder, days: number, program: string | null): Promise<string> {
  const file = await inputFile(folder, days);
  const rows = TICKERS * days;
  const python = await pythonVersion();
  const samples = new Samples([C, PYTHON, NEXT, FIRST, AGAIN, FILES]);
  const digests = new Set<string>();
  const check = (into: string) => {
    checkStored(into, days);
    digests.add(digestOfPrices(into));
  };
  const tickerlock = async () => {
    const into = folder.fresh();
    const locks = folder.fresh();
    samples.add(FIRST, await tickerlockIngest(file, into, locks));
    const again = await tickerlockIngest(file, into, locks);
    samples.add(AGAIN, again);
    if (!again.stdout.includes("Nothing new")) {
      throw new Error(`not all unchanged:\n${again.stdout}`);
    }
    check(into);
    const next = folder.fresh();
    samples.add(NEXT, await tickerlockIngest(file, next, locks));
    check(next);
  };
  const peer = async () => {
    const into = folder.fresh();
    samples.add(PYTHON, await pythonIngest(file, into));
    check(into);
  };
  const c = async () => {
    if (program === null) return;
    const into = folder.fresh();
    samples.add(C, await cIngest(program, file, into));
    check(into);
  };
  const files = () => Promise.resolve(samples.add(FILES, createFiles(folder.fresh())));
  await interleaved(ROUNDS, [files, c, ...(python === null ? [] : [peer]), tickerlock]);
  if (digests.size !== 1) throw new Error("not every contender has stored the same prices");
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "ROWS/S": (name) => name === FILES ? "" : shown(rows / samples.seconds(name), 0),
    "TIME / PYTHON": (name) => shown(samples.seconds(name) / samples.seconds(PYTHON), 2),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 2),
    "CPU / C": (name) => shown(samples.cpuSeconds(name) / samples.cpuSeconds(C), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) + [
    "",
    `${rows.toLocaleString("en")} records, ${TICKERS.toLocaleString("en")} tickers, ${days} days,`,
    `markets ${MARKETS.join(", ")}.`,
    "C and Python lock, log and check nothing and have one transaction, C writes details as well;",
    "tickerlock has a lock and a log row for each ticker, and details.",
    ...(python === null ? [NO_PYTHON] : []),
    ...(program === null ? [NO_C] : []),
    "",
  ].join("\n");
}

async function run(folder: BenchFolder): Promise<string> {
  const program = await compiledPeer(folder);
  const parts = [];
  for (const days of [1, DAYS, YEAR]) parts.push(await runDays(folder, days, program));
  return parts.join("\n") +
    "Wanted: CPU / C at most 1.50 for 60 days, TIME / PYTHON at most 5 for one, PEAK MB at most " +
    "200 for a year.\n";
}

/** The benchmark. */
export const ingestFile: Benchmark = {
  name: "ingest",
  title: "a whole exchange file, as a process from start to end",
  run,
};
