/** What a lock costs: taking one that is free, and handing one over. @module */
import {
  type Contender,
  contenders,
  costOf,
  LockPeer,
  RAW,
  TICKERLOCK,
} from "./lock_contenders.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  median,
  say,
  shown,
  sized,
  table,
} from "./harness.ts";

/** Times that each contender acquires and releases a free lock in one process, after as many before. */
const COUNT = sized(5000, 50);

/** Processes per contender. */
const PROCESSES = sized(7, 1);

/** Hand-offs after each time of holding; 10 for those whose waits take seconds. */
const HAND_OFFS = sized(30, 2);

/** Longest median that a hand-off may take before only few are made, in ms. */
const PATIENCE_MS = 400;

/**
 * How long the lock is held before it is handed over: least time and spread, in ms. The first is
 * within the time in which tickerlock tries again and again, the second beyond it. The spread makes
 * the end come at any moment of a contender's pauses.
 */
const HOLDS = [[15, 60], [250, 500]] as const;

/** Lets two processes hand a lock over and over. @returns How long each took, in ms. */
async function handOffs(
  contender: Contender,
  path: string,
  [least, spread]: readonly [number, number],
): Promise<number[]> {
  await using one = await LockPeer.start(contender, path);
  await using other = await LockPeer.start(contender, path);
  let [holder, waiter] = [one, other];
  await (await holder.ask()).acquired;
  const times: number[] = [];
  while (times.length < HAND_OFFS) {
    const { acquired } = await waiter.ask();
    await new Promise((resolve) => setTimeout(resolve, least + Math.random() * spread));
    const released = await holder.release();
    times.push(await acquired - released);
    [holder, waiter] = [waiter, holder];
    if (times.length === 10 && median(times) > PATIENCE_MS) break;
  }
  await holder.release();
  return times;
}

async function run(folder: BenchFolder): Promise<string> {
  const [all, missing] = await contenders();
  const names = all.map(({ name }) => name);
  const at = folder.fresh();
  const path = (index: number) => `${at}/BENCH${index}.lock`;
  const costs = new Map<string, number[]>(names.map((name) => [name, []]));
  await interleaved(
    PROCESSES,
    all.map((contender, index) => async () => {
      costs.get(contender.name)?.push(await costOf(contender, path(index), COUNT));
    }),
  );
  const waits = new Map<string, number[][]>();
  for (const [index, contender] of all.entries()) {
    say(`  handing over: ${contender.name}`);
    const both: number[][] = [];
    for (const hold of HOLDS) both.push(await handOffs(contender, path(index), hold));
    waits.set(contender.name, both);
  }
  const cost = (name: string) => median(costs.get(name) ?? []);
  const wait = (name: string, which: number) => median(waits.get(name)?.[which] ?? []);
  const worst = (name: string) => Math.max(...waits.get(name)?.flat() ?? []);
  return table("", names, {
    "FREE µS": (name) => shown(cost(name), 1),
    "RANGE µS": (name) => {
      const each = costs.get(name) ?? [];
      return [Math.min(...each), Math.max(...each)].map((one) => shown(one, 1)).join("–");
    },
    "FREE / DENO'S CALLS": (name) => shown(cost(name) / cost(RAW), 2),
    "AFTER 15–75 MS": (name) => `${shown(wait(name, 0), 2)} ms`,
    "AFTER 250–750 MS": (name) => `${shown(wait(name, 1), 2)} ms`,
    "WORST MS": (name) => shown(worst(name), 1),
  }) +
    `Free: acquire and release of a free lock, medians of ${PROCESSES} processes with ` +
    `${COUNT.toLocaleString("en")} each; ${TICKERLOCK} writes and clears the holder's record and ` +
    `checks the file's identity, "${RAW}" has neither. After: from release in one process to the ` +
    `work of the next, which has waited that long, medians of ${HAND_OFFS}. Each contender with its ` +
    "own defaults.\n" +
    "Wanted: free at most 2.2 times Deno's own calls, handed over in at most 0.9 ms.\n" +
    (missing.length > 0 ? `Not installed: ${missing.join(", ")}.\n` : "");
}

/** The benchmark. */
export const lock: Benchmark = { name: "lock", title: "taking a lock, and handing it over", run };
