/**
 * Syncs of a prediction market, from the fake of `tests/fake` in a process of its own, and a month of
 * snapshots written through the database layer.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { type MarketRow } from "../../src/model/markets.ts";
import { upsertBatch } from "../../src/store/sqlite/tables/markets.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import {
  type BenchFolder,
  type Benchmark,
  measure,
  type Ran,
  Samples,
  say,
  shown,
  sized,
  table,
} from "./harness.ts";
import { serve, type Served } from "./serve.ts";

const MARKETS = sized(10_000, 1000);
const ROUNDS = sized(7, 1);

function serveKalshi(): Promise<Served> {
  const options = { events: MARKETS / 4, marketsPerEvent: 4, multivariate: 0 };
  return serve("tests/bench/peers/kalshi_server.ts", options);
}

async function sync(url: string, folder: string): Promise<Ran> {
  const options = ["--source", "kalshi", "--dataset", "markets", "--status", "all"];
  const paths = ["--db", `${folder}/markets.db`, "--lock-dir", `${folder}/locks`];
  return await measure([...programCommand(), "ingest", ...options, ...paths], {
    cwd: projectPath("."),
    env: { KALSHI_BASE_URL: url },
  });
}

function checkStored(folder: string): void {
  using db = new DatabaseSync(`${folder}/markets.db`, { readOnly: true });
  const rows = db.prepare("SELECT count(*) AS rows FROM markets").get()?.rows;
  if (rows !== MARKETS) throw new Error(`not ${MARKETS} markets but ${rows}`);
}

async function runSync(folder: BenchFolder): Promise<string> {
  await using service = await serveKalshi();
  // The fake writes each page once and keeps it.
  await sync(service.url, folder.fresh());
  const names = ["into an empty database", "again, all unchanged"];
  const samples = new Samples(names);
  for (let round = 0; round < ROUNDS; round++) {
    const into = folder.fresh();
    for (const name of names) {
      samples.add(name, await sync(service.url, into));
      checkStored(into);
    }
  }
  return table(`${shown(MARKETS, 0)} MARKETS, 10 PAGES`, names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) + `\nFrom start to exit, no latency; medians of ${ROUNDS} runs. ` +
    "Wanted: at most 2.00 s, and again 1.20 s.\n";
}

const SNAPSHOT_MARKETS = 2000;
const SNAPSHOTS = sized(30 * 96, 100);
const QUARTER_HOUR_MS = 900_000;

function quoted(number: number, moment: number): MarketRow {
  const event = `KXBENCH-E${String(number >> 2).padStart(5, "0")}`;
  const cents = (number * 7 + moment * 13) % 98 + 1;
  const price = (add: number) => (Math.min(99, cents + add) / 100).toFixed(4);
  return {
    ticker: `${event}-T${number % 4}`,
    eventTicker: event,
    marketType: "binary",
    yesSubTitle: null,
    noSubTitle: null,
    createdTime: null,
    updatedTime: null,
    openTime: null,
    closeTime: null,
    expectedExpirationTime: null,
    latestExpirationTime: null,
    settlementTs: null,
    yesBidDollars: price(0),
    yesAskDollars: price(1),
    noBidDollars: price(2),
    noAskDollars: price(3),
    lastPriceDollars: price(1),
    yesBidSizeFp: `${number}.00`,
    yesAskSizeFp: `${number}.50`,
    volumeFp: `${number + moment}.00`,
    volume24hFp: `${number}.00`,
    openInterestFp: `${number}.00`,
    status: "active",
    result: "",
    settlementValueDollars: null,
    raw: "{}",
  };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}

async function runSnapshots(folder: BenchFolder): Promise<string> {
  const path = `${folder.fresh()}/snapshots.db`;
  using db = await Database.open(path);
  const by = { source: "kalshi", ingestId: 1 };
  const rowsAt = (moment: number) =>
    Array.from({ length: SNAPSHOT_MARKETS }, (_, number) => quoted(number, moment));
  const nothing = { events: [], markets: [], settled: [], snapshots: [], takenAt: null };
  await db.transaction("fill", () => upsertBatch(db, by, { ...nothing, markets: rowsAt(0) }));
  const ms: number[] = [];
  const rss: number[] = [];
  const begin = Date.UTC(2026, 0, 1);
  for (let moment = 0; moment < SNAPSHOTS; moment++) {
    const rows = rowsAt(moment);
    const at = new Date(begin + moment * QUARTER_HOUR_MS).toISOString();
    const began = performance.now();
    await db.transaction(
      "snapshot",
      () => upsertBatch(db, by, { ...nothing, takenAt: at, snapshots: rows }),
    );
    ms.push(performance.now() - began);
    rss.push(Deno.memoryUsage().rss / 1e6);
    if (moment % 480 === 479) say(`  ${(moment + 1) / 96} days`);
  }
  const tenth = SNAPSHOTS / 10;
  const parts = Array.from({ length: 10 }, (_, n) => `${n + 1}`);
  const part = (values: readonly number[], name: string) =>
    values.slice(tenth * (Number(name) - 1), tenth * Number(name));
  const first = median(part(ms, "1"));
  const began = performance.now();
  const history = db.all(
    `SELECT s.* FROM snapshot_times CROSS JOIN price_snapshots AS s USING (taken_at)
     WHERE s.ticker = ?`,
    quoted(777, 0).ticker,
  );
  const readMs = performance.now() - began;
  if (history.length !== SNAPSHOTS) throw new Error(`only ${history.length} snapshots`);
  return table("A MONTH OF SNAPSHOTS, BY TENTHS", parts, {
    "MS A SNAPSHOT": (name) => shown(median(part(ms, name)), 1),
    "TIME / FIRST": (name) => shown(median(part(ms, name)) / first, 2),
    "MEMORY MB": (name) => shown(Math.max(...part(rss, name)), 0),
  }) + `\n${shown(SNAPSHOT_MARKETS, 0)} markets every 15 minutes for 30 days: ` +
    `${shown(SNAPSHOT_MARKETS * SNAPSHOTS, 0)} rows, ` +
    `${shown(Deno.statSync(path).size / 1e6, 0)} MB; the history of one market is read in ` +
    `${shown(readMs, 0)} ms.\nWanted: TIME / FIRST at most 1.30, memory that does not grow.\n`;
}

async function run(folder: BenchFolder): Promise<string> {
  return [await runSync(folder), await runSnapshots(folder)].join("\n");
}

/** The benchmark. */
export const kalshi: Benchmark = {
  name: "kalshi",
  title: "syncs of a prediction market, from a fake service",
  run,
};
