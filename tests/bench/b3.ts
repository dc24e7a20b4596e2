/**
 * The exchange's files fetched, from the fake of `tests/fake` in a process of its own, and prices adjusted.
 * @module
 */
import { sessionAfter, sessionsBetween } from "../../src/exchange/sessions.ts";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { adjust } from "../../src/store/sqlite/tables/adjustments.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  measure,
  median,
  type Ran,
  ROUNDS,
  Samples,
  shown,
  sized,
  table,
} from "./harness.ts";
import { serve } from "./serve.ts";

const TICKERS = sized(500, 50);
const SERVER = "tests/bench/peers/b3_server.ts";

async function ingest(url: string, into: string, ...more: readonly string[]): Promise<Ran> {
  const paths = ["--db", `${into}/prices.db`, "--lock-dir", `${into}/locks`];
  const args = ["ingest", "--source", "cotahist", ...paths, ...more];
  return await measure([...programCommand(), ...args], {
    cwd: projectPath("."),
    env: { B3_BASE_URL: url },
  });
}

async function runDays(folder: BenchFolder): Promise<string> {
  await using service = await serve(SERVER, { companies: TICKERS });
  const today = new Date().toISOString().slice(0, 10);
  const days = sessionsBetween("b3", `${today.slice(0, 4)}-01-01`, today).slice(0, -1);
  const fetching = ["--day", days.join(","), "--rate", "none"];
  // The fake makes each file once, and what is kept is read from the disk.
  const kept = folder.fresh();
  await ingest(service.url, folder.fresh(), ...fetching, "--files-dir", kept);
  const names = ["fetched", "from the disk"];
  const samples = new Samples(names);
  await interleaved(ROUNDS, [
    async () => samples.add("fetched", await ingest(service.url, folder.fresh(), ...fetching)),
    async () =>
      samples.add("from the disk", await ingest(service.url, folder.fresh(), "--file", kept)),
  ]);
  const ratio = samples.seconds("fetched") / samples.seconds("from the disk");
  return table(`${days.length} ZIPS OF ${TICKERS} TICKERS`, names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) + `\nFetching takes ${shown(ratio, 2)} times as long. Wanted: at most 1.30.\n`;
}

/** Companies in a year's file, of which one ticker is wanted. */
const SIZES = [200, 800] as const;

async function runSizes(folder: BenchFolder): Promise<string> {
  const nameOf = (size: number): string => `a year of ${size} tickers`;
  const samples = new Samples(SIZES.map(nameOf));
  for (const size of SIZES) {
    await using service = await serve(SERVER, { companies: size });
    const args = ["--year", "2024", "--ticker", "QAAA3.SA"];
    for (let round = 0; round < ROUNDS; round++) {
      samples.add(nameOf(size), await ingest(service.url, folder.fresh(), ...args));
    }
  }
  return table("ONE FILE, ONE TICKER OF IT", SIZES.map(nameOf), {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) + "\nWanted: memory that does not grow with the file.\n";
}

function tickerOf(index: number): string {
  return `T${String(index).padStart(4, "0")}.SA`;
}

/** Twenty years of raw prices, with an event every 60 sessions. */
async function fill(db: Database, days: readonly string[]): Promise<void> {
  for (let index = 0; index < TICKERS; index++) {
    const ticker = tickerOf(index);
    await db.transaction("fill", () => {
      for (const [at, day] of days.entries()) {
        db.run(
          "INSERT INTO prices VALUES (?, ?, 'cotahist', ?, ?, ?, ?, NULL, ?, 1)",
          ticker,
          day,
          ...[10, 18, 9, 10 + at % 7],
          1000n,
        );
        db.run(
          `INSERT INTO price_details (ticker, date, source, currency, isin, distribution, ingest_id)
           VALUES (?, ?, 'cotahist', 'R$', 'BRTESTACNOR1', ?, 1)`,
          ticker,
          day,
          100 + Math.floor(at / 60),
        );
        if (at % 60 !== 59) continue;
        db.run(
          `INSERT INTO corporate_events VALUES
             (?, 'b3-actions', ?, 'DIVIDENDO', '', '0,1', ?, 'cash', NULL, 0.1, NULL, 1)`,
          ticker,
          day,
          sessionAfter("b3", day),
        );
      }
    });
  }
}

async function runFactors(folder: BenchFolder): Promise<string> {
  const days = sessionsBetween("b3", "2005-01-03", "2024-12-30");
  using db = await Database.open(`${folder.fresh()}/factors.db`);
  await fill(db, days);
  const started = performance.now();
  await db.transaction("adjust", () => {
    for (let index = 0; index < TICKERS; index++) {
      adjust(db, [{ ticker: tickerOf(index), since: "", days: -1 }]);
    }
  });
  const all = (performance.now() - started) / 1000;
  const reads = Array.from({ length: 50 }, (_, index) => {
    const from = performance.now();
    const sql = "SELECT count(adj_close) AS days FROM prices_adjusted WHERE ticker = ?";
    const row = db.get(sql, tickerOf(index));
    if (row?.days !== days.length) throw new Error(`${row?.days} days`);
    return performance.now() - from;
  });
  return `Factors of ${TICKERS} tickers with ${days.length} days: ${
    shown(all, 2)
  } s. Wanted: under ` +
    `2 s.\nThe view read for one ticker: ${shown(median(reads), 2)} ms. Wanted: under 5 ms.\n`;
}

async function run(folder: BenchFolder): Promise<string> {
  return `${await runDays(folder)}\n${await runSizes(folder)}\n${await runFactors(folder)}`;
}

/** The benchmark. */
export const b3: Benchmark = {
  name: "b3",
  title: "The files of B3 fetched, and their prices adjusted",
  run,
};
