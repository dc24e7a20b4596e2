/** Peak memory of an ingest when the file grows. @module */
import {
  checkStored,
  NO_PYTHON,
  pythonIngest,
  pythonVersion,
  tickerlockIngest,
} from "./contenders.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  ROUNDS,
  Samples,
  shown,
  table,
} from "./harness.ts";
import { DAYS, inputFile, TICKERS } from "./input.ts";

const GROWTH = 3;
const SIZES = [DAYS, DAYS * GROWTH] as const;

async function run(folder: BenchFolder): Promise<string> {
  const python = await pythonVersion();
  const locks = folder.fresh();
  const programs = [
    ...(python === null ? [] : [{ program: "Python, executemany", ingest: pythonIngest }]),
    {
      program: "tickerlock",
      ingest: (file: string, into: string) => tickerlockIngest(file, into, locks),
    },
  ];
  const nameOf = (program: string, days: number) =>
    `${program}, ${(TICKERS * days).toLocaleString("en")} records`;
  const contenders = programs.flatMap(({ program, ingest }) =>
    SIZES.map((days) => ({ program, days, ingest, name: nameOf(program, days) }))
  );
  const samples = new Samples(contenders.map(({ name }) => name));
  await interleaved(
    ROUNDS,
    contenders.map(({ name, days, ingest }) => async () => {
      const file = await inputFile(folder, days);
      const into = folder.fresh();
      samples.add(name, await ingest(file, into));
      checkStored(into, days);
    }),
  );
  const of = (name: string) => contenders.find((each) => each.name === name);
  const smallest = (name: string) => nameOf(of(name)?.program ?? "", SIZES[0]);
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    "ROWS/S": (name) => shown(TICKERS * (of(name)?.days ?? 0) / samples.seconds(name), 0),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
    "PEAK / PEAK OF SMALLER": (name) =>
      shown(samples.peakMb(name) / samples.peakMb(smallest(name)), 2),
  }) +
    `\nWanted: for ${GROWTH} times the records far less than ${GROWTH} times the memory.\n` +
    (python === null ? `${NO_PYTHON}\n` : "");
}

/** The benchmark. */
export const memory: Benchmark = {
  name: "memory",
  title: `peak memory with a file ${GROWTH} times as long`,
  run,
};
