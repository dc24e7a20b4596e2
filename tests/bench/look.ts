/**
 * How long the commands that only look take on a large database, each as a process.
 *
 *     deno run --allow-read --allow-write --allow-env --allow-sys --allow-run tests/bench/look.ts [DB]
 *
 * Without DB it makes one as `large_database.ts` does: 5,000,000 prices, 100,000 rows in the log.
 * @module
 */
import { programCommand, programEnvironment } from "../e2e/program.ts";
import { makeLargeDatabase } from "./large_database.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

const COMMANDS: readonly string[] = [
  "--version",
  "logs",
  "logs --wide",
  "logs --json --limit 50",
  "logs --failed --since 1d",
  "logs --since 2h",
  "logs --ticker T0500.SA --source yahoo",
  "logs --status abandoned",
  "logs --run 000000000031",
  "logs --job 660fb4a0",
  "logs show 00000001",
  "logs prune --older-than 30d --dry-run",
  "stats",
  "stats --ticker T0500.SA",
  "stats --json",
  "stats --prometheus",
  "stats --since 7d",
  "gaps",
  "doctor",
  "locks list",
  "completions bash",
  "__complete logs --ticker T0",
  "__complete export pri",
  "export --ticker T0500.SA",
  // These stream.
  "logs --csv",
  "logs --json",
];

/** Rounds; the median of them counts. */
const ROUNDS = 5;

async function timeOf(args: readonly string[], db: string): Promise<number> {
  const [first = "", ...rest] = [...programCommand(), ...args];
  const started = performance.now();
  await new Deno.Command(first, {
    args: rest,
    clearEnv: true,
    env: programEnvironment({ TICKERLOCK_DB: db }),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn().status;
  return performance.now() - started;
}

async function main(): Promise<void> {
  const folder = await makeTempFolder("tickerlock_bench_");
  try {
    const db = Deno.args[0] ?? `${folder}/large.db`;
    if (Deno.args[0] === undefined) await makeLargeDatabase(db);
    for (const command of COMMANDS) {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) times.push(await timeOf(command.split(" "), db));
      const [best = 0, , median = 0] = times.sort((a, b) => a - b);
      // deno-lint-ignore no-console
      console.log(`${median.toFixed(0).padStart(6)} ms (best ${best.toFixed(0)})  ${command}`);
    }
  } finally {
    await removeFolder(folder);
  }
}

if (import.meta.main) await main();
