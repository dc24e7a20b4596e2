/** How long it takes until the program has said anything at all. @module */
import { programCommand, projectPath } from "../e2e/program.ts";
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

const RUNS = sized(15, 1);
const EMPTY = "an empty script";

async function run(folder: BenchFolder): Promise<string> {
  // Outside of the project, so that no deno.json is looked at.
  const script = await folder.file("empty.ts", (path) => Deno.writeTextFile(path, ""));
  const contenders = [
    { name: EMPTY, words: [Deno.execPath(), "run", "--no-prompt", script], cwd: folder.path },
    { name: "tickerlock --version", words: [...programCommand(), "--version"] },
    { name: "tickerlock ingest --help", words: [...programCommand(), "ingest", "--help"] },
  ].map(({ name, words, cwd = projectPath(".") }) => ({
    name,
    once: () => measure(words, { cwd, wallTimeOnly: true }),
  }));
  // Deno compiles each file once and keeps the result.
  for (const { once } of contenders) await once();
  const samples = new Samples(contenders.map(({ name }) => name));
  await interleaved(
    RUNS,
    contenders.map(({ name, once }) => async () => samples.add(name, await once())),
  );
  return table("", samples.names, {
    MS: (name) => shown(samples.seconds(name) * 1000, 1),
    "RANGE MS": (name) => samples.range(name).map((each) => shown(each * 1000, 0)).join("–"),
    "TIME / EMPTY": (name) => shown(samples.seconds(name) / samples.seconds(EMPTY), 2),
  }) + `\nMedians of ${RUNS} runs. Wanted: --version at most 2.50 times the empty script.\n`;
}

/** The benchmark. */
export const startup: Benchmark = { name: "startup", title: "start of the program", run };
