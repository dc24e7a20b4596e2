/**
 * Online ingest: many tickers at once, one long history, and the daily run over a large database.
 * The service is the fake of `tests/fake`, in a process of its own.
 * @module
 */
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  Samples,
  say,
  shown,
  sized,
  table,
} from "./harness.ts";
import {
  ageHistories,
  askYahoo,
  bareYahoo,
  fillDatabase,
  ingestYahoo,
  LAST_MONDAY,
  LAST_STORED,
  serveYahoo,
  type Size,
  storedRows,
  tickerNames,
  wholeHistories,
} from "./yahoo_tools.ts";

const OURS = "tickerlock ingest";
const BARE = "a bare script";
const ASKING = "asking alone";

function bothRange(samples: Samples, name: string, decimals: number, unit: number): string {
  return samples.range(name).map((each) => shown(each * unit, decimals)).join("–");
}

const MANY = sized(500, 32);
const LANES = 16;
const LATENCY_MS = 100;
const MANY_ROUNDS = sized(5, 1);

async function runMany(folder: BenchFolder): Promise<string> {
  const tickers = tickerNames(MANY);
  await using service = await serveYahoo({ latencyMs: LATENCY_MS, years: 1 });
  const ideal = MANY / LANES * LATENCY_MS / 1000;
  const rows = new Set<number>();
  const contenders = [{ name: BARE, run: bareYahoo }, { name: OURS, run: ingestYahoo }]
    .map(({ name, run }) => ({
      name,
      once: async () => {
        const into = folder.fresh();
        const ran = await run(service.url, into, tickers, LANES);
        rows.add(storedRows(into));
        return ran;
      },
    }));
  const asking = { name: ASKING, once: () => askYahoo(service.url, tickers, LANES) };
  const all = [asking, ...contenders];
  // The fake writes each answer once and keeps it.
  await asking.once();
  const samples = new Samples(all.map(({ name }) => name));
  await interleaved(
    MANY_ROUNDS,
    all.map(({ name, once }) => async () => samples.add(name, await once())),
  );
  if (rows.size !== 1) throw new Error("not every contender has stored as many prices");
  return table(`${MANY} TICKERS`, samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => bothRange(samples, name, 2, 1),
    "TIME / IDEAL": (name) => shown(samples.seconds(name) / ideal, 2),
    "TIME / ASKING": (name) => shown(samples.seconds(name) / samples.seconds(ASKING), 2),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) +
    `\n${[...rows].map((each) => shown(each, 0))} prices of one year, ${LANES} tickers at once, ` +
    `each answer after ${LATENCY_MS} ms; ideal ${shown(ideal, 3)} s.\n` +
    `Medians of ${MANY_ROUNDS} runs. Wanted: TIME / ASKING at most 1.05.\n`;
}

const LONG_RUNS = sized(15, 1);

async function runLong(folder: BenchFolder): Promise<string> {
  const tickers = ["PETR4.SA"];
  await using service = await serveYahoo();
  let rows = 0;
  const contenders = [{ name: BARE, run: bareYahoo }, { name: OURS, run: ingestYahoo }]
    .map(({ name, run }) => ({
      name,
      once: async () => {
        const into = folder.fresh();
        const ran = await run(service.url, into, tickers, 1);
        rows = storedRows(into);
        return ran;
      },
    }));
  for (const { once } of contenders) await once();
  const samples = new Samples(contenders.map(({ name }) => name));
  await interleaved(
    LONG_RUNS,
    contenders.map(({ name, once }) => async () => samples.add(name, await once())),
  );
  return table("ONE TICKER, 25 YEARS", samples.names, {
    MS: (name) => shown(samples.seconds(name) * 1000, 0),
    "RANGE MS": (name) => bothRange(samples, name, 0, 1000),
    "TIME / BARE": (name) => shown(samples.seconds(name) / samples.seconds(BARE), 2),
    "CPU MS": (name) => shown(samples.cpuSeconds(name) * 1000, 0),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) + `\n${shown(rows, 0)} prices, no latency, from start to exit, into a new database. ` +
    `Medians of ${LONG_RUNS} runs.\nWanted: TIME / BARE at most 1.50.\n`;
}

const SMALL: Size = { tickers: 200, days: 250, runs: 10 };
const LARGE: Size = { tickers: sized(2000, 300), days: 2500, runs: 50 };

/** Tickers of the daily run; each round has others, because a day is new only once. */
const DAILY = 20;
const DAILY_ROUNDS = sized(9, 1);

function sizeName({ tickers, days, runs }: Size): string {
  return `${shown(tickers * days, 0)} prices, ${shown(tickers * runs, 0)} log rows`;
}

async function runDaily(folder: BenchFolder): Promise<string> {
  await using service = await serveYahoo();
  const names = tickerNames(SMALL.tickers);
  const databases = [];
  for (const size of [SMALL, LARGE]) {
    const into = folder.fresh();
    say(`  writing ${sizeName(size)}`);
    // Of the days that a run asks for again other prices would be a restated history.
    const week = ["--from", LAST_MONDAY, "--to", LAST_STORED];
    await ingestYahoo(service.url, into, names, LANES, week);
    await fillDatabase(`${into}/prices.db`, size);
    databases.push({ name: sizeName(size), into });
  }
  const samples = new Samples(databases.map(({ name }) => name));
  const once = async (into: string, round: number) => {
    const ran = await ingestYahoo(
      service.url,
      into,
      names.slice(DAILY * round, DAILY * (round + 1)),
      4,
      // Their last success is long ago by the machine's clock.
      ["--full-every", "never"],
    );
    if (!ran.stdout.includes(`${DAILY * 3} new`)) {
      throw new Error(`not the new days of each ticker:\n${ran.stdout}`);
    }
    return ran;
  };
  for (const { into } of databases) await once(into, DAILY_ROUNDS);
  await interleaved(
    DAILY_ROUNDS,
    databases.map(({ name, into }) => {
      let round = 0;
      return async () => samples.add(name, await once(into, round++));
    }),
  );
  const small = sizeName(SMALL);
  return table("A DAILY RUN OVER", samples.names, {
    MS: (name) => shown(samples.seconds(name) * 1000, 0),
    "RANGE MS": (name) => bothRange(samples, name, 0, 1000),
    "TIME / SMALL": (name) => shown(samples.seconds(name) / samples.seconds(small), 2),
    "CPU MS": (name) => shown(samples.cpuSeconds(name) * 1000, 0),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) + `\n${DAILY} tickers, four at once, no latency; medians of ${DAILY_ROUNDS} runs, each over ` +
    "other tickers.\nWanted: TIME / SMALL at most 1.30.\n";
}

const DAYS_ONLY = "new days only";
const ALL_DUE = "all histories due";

/** What it costs that whole histories are asked for again. */
async function runDue(folder: BenchFolder): Promise<string> {
  const tickers = tickerNames(MANY);
  await using service = await serveYahoo();
  const into = folder.fresh();
  await ingestYahoo(service.url, into, tickers, LANES);
  const samples = new Samples([DAYS_ONLY, ALL_DUE]);
  samples.add(DAYS_ONLY, await ingestYahoo(service.url, into, tickers, LANES));
  const db = `${into}/prices.db`;
  ageHistories(db);
  samples.add(ALL_DUE, await ingestYahoo(service.url, into, tickers, LANES));
  if (wholeHistories(db) !== 2 * MANY) throw new Error("not every history was asked for twice");
  const share = (samples.seconds(ALL_DUE) - samples.seconds(DAYS_ONLY)) / 30;
  return table("500 TICKERS, 25 YEARS STORED", samples.names, {
    S: (name) => shown(samples.seconds(name), 1),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 1),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) + `\nNo latency, one run each. With --full-every 30d a thirtieth comes due each day: ` +
    `${shown(share, 1)} s a day more.\n`;
}

async function run(folder: BenchFolder): Promise<string> {
  const parts = [];
  for (const part of [runMany, runLong, runDaily, runDue]) parts.push(await part(folder));
  return parts.join("\n");
}

/** The benchmark. */
export const yahoo: Benchmark = { name: "yahoo", title: "online ingest, from a fake service", run };
