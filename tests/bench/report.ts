/** The page of a large database: how long it takes, and how large it is. @module */
import { programCommand, projectPath } from "../e2e/program.ts";
import { makeMarket, marketTickers } from "../report/market.ts";
import {
  type BenchFolder,
  type Benchmark,
  measure,
  ROUNDS,
  Samples,
  shown,
  sized,
  table,
} from "./harness.ts";

const SIZE = { tickers: 500, sessions: sized(10_000, 300) };

async function run(folder: BenchFolder): Promise<string> {
  const db = await folder.file("market.db", (to) => makeMarket(to, { ...SIZE, now: new Date() }));
  const [ticker = ""] = marketTickers(1);
  const out = `${folder.fresh()}/report.html`;
  const forms = {
    "report": ["report", "--out", out],
    "report with a chart": ["report", ticker, "--out", out],
    "report --json": ["report", "--json"],
    "stats": ["stats"],
    "stats --by day": ["stats", "--by", "day"],
    "gaps --from, twelve months": ["gaps", "--from", `${new Date().getUTCFullYear() - 1}-12-01`],
    "gaps": ["gaps"],
  };
  const samples = new Samples(Object.keys(forms));
  const sizes = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(forms)) {
      const words = [...programCommand(), ...args, "--db", db];
      samples.add(name, await measure(words, { cwd: projectPath(".") }));
      if (args.includes(out)) sizes.set(name, (await Deno.stat(out)).size);
    }
  }
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
    KB: (name) => sizes.has(name) ? shown((sizes.get(name) ?? 0) / 1000, 0) : "",
  }) +
    `\n${shown(SIZE.tickers, 0)} tickers with ${shown(SIZE.sessions, 0)} days each. ` +
    "Wanted: a page below 2 s and 400 kB.\n";
}

/** The benchmark. */
export const report: Benchmark = { name: "report", title: "the page of a large database", run };
