/**
 * The executable beside the smallest one that the same Deno compiles: start, a run, memory, size.
 *
 * Run it by the Deno that built the executable, with the same `DENORT_BIN` where that was needed:
 *
 *     TICKERLOCK_BIN=dist/tickerlock deno task bench binary
 * @module
 */
import { run as runTool } from "../../scripts/run.ts";
import { compileError } from "../../scripts/runtime.ts";
import { messageOf } from "../../src/base/errors.ts";
import { binaryPath, SAMPLE } from "../e2e/program.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  measure,
  Samples,
  shown,
  sized,
  table,
} from "./harness.ts";

const RUNS = sized(25, 1);
const SMALLEST = "the smallest program";
const VERSION = "tickerlock --version";
const INGEST = "tickerlock ingest";

/** What any program does at least: it says something. */
const SMALLEST_SCRIPT = 'Deno.stdout.writeSync(new TextEncoder().encode("x\\n"));\n';

async function compiled(folder: BenchFolder): Promise<string> {
  const script = await folder.file(
    "smallest.ts",
    (path) => Deno.writeTextFile(path, SMALLEST_SCRIPT),
  );
  const output = `${folder.path}/smallest`;
  const flags = ["--quiet", "--no-check", "--no-config", "--no-code-cache", "--no-prompt"];
  const runtime = Deno.env.get("DENORT_BIN") ?? "";
  if (runtime === "") Deno.env.delete("DENORT_BIN");
  await runTool([Deno.execPath(), "compile", ...flags, "--output", output, script])
    .catch((error) => {
      throw compileError(error, runtime);
    });
  return output;
}

async function run(folder: BenchFolder): Promise<string> {
  const binary = binaryPath();
  if (binary === undefined) return "Left out: TICKERLOCK_BIN names no executable.\n";
  const { deno } = JSON.parse(await runTool([binary, "--version", "--json"]));
  if (deno !== Deno.version.deno) {
    return `Left out: ${binary} was built by Deno ${deno}, this is ${Deno.version.deno}. ` +
      "Run it by the Deno that built it.\n";
  }
  let smallest;
  try {
    smallest = await compiled(folder);
  } catch (error) {
    return `Left out: ${messageOf(error)}.\n`;
  }
  const ingest = [binary, "ingest", "--source", "cotahist", "--file", SAMPLE];
  const contenders = [
    { name: SMALLEST, words: [smallest] },
    { name: VERSION, words: [binary, "--version"] },
    { name: INGEST, words: ingest },
  ];
  const samples = new Samples(contenders.map(({ name }) => name));
  await interleaved(
    RUNS,
    contenders.map(({ name, words }) => async () => {
      samples.add(name, await measure(words, { cwd: folder.fresh() }));
    }),
  );
  const over = (Deno.statSync(binary).size - Deno.statSync(smallest).size) / 1e6;
  return table("", samples.names, {
    MS: (name) => shown(samples.seconds(name) * 1000, 1),
    "RANGE MS": (name) => samples.range(name).map((each) => shown(each * 1000, 0)).join("–"),
    "TIME / SMALLEST": (name) => shown(samples.seconds(name) / samples.seconds(SMALLEST), 2),
    "CPU MS": (name) => shown((samples.cpuSeconds(name)) * 1000, 1),
    "PEAK MB": (name) => shown(samples.peakMb(name), 1),
    "PEAK / SMALLEST": (name) => shown(samples.peakMb(name) / samples.peakMb(SMALLEST), 2),
  }) +
    `\n${shown(over, 2)} MB larger than the smallest program. Medians of ${RUNS} runs.\n` +
    "Wanted: --version at most 1.60 times the smallest program, ingest 1.40; at most 8 MB more; " +
    "memory at most 1.40 times.\n";
}

/** The benchmark. */
export const binary: Benchmark = { name: "binary", title: "the executable", run };
