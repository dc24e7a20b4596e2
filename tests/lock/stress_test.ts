import { assert, assertEquals } from "../assert.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { checkSection, noteKill } from "./critical_section.ts";
import { test } from "./lock_folder.ts";
import { scriptCommand, within } from "./peer.ts";
import { randomNumbers } from "./random.ts";
import type { StressOrder } from "./stress_main.ts";
import { killed } from "../system.ts";

const NAMES = ["PETR4.SA", "VALE3.SA", "WEGE3.SA"];
const NOBODY: ReadonlySet<number> = new Set();

/** How many wait for one name at once. `deno task test:waiters` sets it to 200. */
const WAITERS = Number(Deno.env.get("TICKERLOCK_TEST_WAITERS") ?? 50);

interface Worker {
  readonly pid: number;
  readonly status: Promise<Deno.CommandStatus>;
  kill(): void;
}

function start(order: StressOrder): Worker {
  const [first, ...args] = [...scriptCommand("stress_main.ts"), JSON.stringify(order)];
  const options = { args, stdin: "null", stdout: "null", stderr: "inherit" } as const;
  const child = new Deno.Command(first ?? "", options).spawn();
  return { pid: child.pid, status: child.status, kill: () => child.kill("SIGKILL") };
}

/** Prints the seed of a test, so that it can be had again: `STRESS_SEED=1234 deno task test`. */
function seedOf(test: string): number {
  const given = Deno.env.get("STRESS_SEED");
  const seed = given ? Number(given) : Math.floor(Math.random() * 2 ** 32);
  // deno-lint-ignore no-console
  console.log(`${test}: STRESS_SEED=${seed}`);
  return seed;
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

test("8 processes acquire 500 times each, on 3 names: never two inside", async ({ folder }) => {
  const seed = seedOf("8 processes");
  const workers = Array.from(
    { length: 8 },
    (_, index) =>
      start({ dir: folder.path, names: NAMES, times: 500, seed: seed + index, lingerMs: 0 }),
  );
  for (const { status } of workers) assertEquals((await status).code, 0);
  const passed = NAMES.map((name) => checkSection(folder.path, name, NOBODY).passed);
  assertEquals(passed.reduce((sum, count) => sum + count, 0), 4000);
  // It was no test of anything, had they not met.
  assert(sizeOf(`${folder.path}/waits`) > 100, "hardly any process had to wait");
  for (const name of NAMES) await folder.untilFree(name);
});

test(`${WAITERS} processes on one name all have their turn`, async ({ folder }) => {
  const held = folder.hold("PETR4.SA");
  // Each takes 35 MB while it waits. Where there is not enough for all, fewer have to do.
  const count = Math.min(WAITERS, Math.floor(Deno.systemMemoryInfo().available / 50e6));
  // deno-lint-ignore no-console
  if (count < WAITERS) console.log(`${count} processes only: there is no memory for more`);
  const workers = Array.from(
    { length: count },
    (_, seed) => start({ dir: folder.path, names: ["PETR4.SA"], times: 1, seed, lingerMs: 0 }),
  );
  await waitFor("all of them to wait", () => sizeOf(`${folder.path}/waits`) === count);
  held.release();
  for (const { status } of workers) assertEquals((await within("its end", status)).code, 0);
  assertEquals(checkSection(folder.path, "PETR4.SA", NOBODY).passed, count);
  await folder.untilFree("PETR4.SA");
});

test("processes are killed at random: no overlap, no stuck lock, the others finish", async ({ folder }) => {
  const { path: dir } = folder;
  const seed = seedOf("kills");
  const random = randomNumbers(seed);
  const workers = new Map<number, Worker>();
  const dead = new Set<number>();
  const ended: Promise<{ readonly pid: number; readonly code: number }>[] = [];
  let started = 0;
  const another = (): void => {
    const times = 40 + Math.floor(random() * 40);
    const worker = start({ dir, names: NAMES, times, seed: seed + ++started, lingerMs: 250 });
    workers.set(worker.pid, worker);
    ended.push(worker.status.then(({ code }) => {
      workers.delete(worker.pid);
      return { pid: worker.pid, code };
    }));
  };
  const progress = (): number => NAMES.reduce((sum, name) => sum + sizeOf(`${dir}/${name}.log`), 0);

  for (let index = 0; index < 8; index++) another();
  for (let kill = 0; kill < 25; kill++) {
    // Between two kills they get on by up to 20 lines of the log: inside, between and in the queue.
    const goal = progress() + random() * 20 * 8;
    await waitFor("progress", () => workers.size === 0 || progress() > goal);
    const victims = [...workers.values()];
    const victim = victims[Math.floor(random() * victims.length)];
    if (victim !== undefined) {
      dead.add(victim.pid);
      noteKill(dir, victim.pid);
      try {
        victim.kill();
      } catch {
        // It has just finished.
      }
    }
    another();
  }
  for (const { pid, code } of await within("the end of the survivors", Promise.all(ended))) {
    // One that was about to end anyway may have been quicker than the signal.
    assert(code === 0 || (code === killed().code && dead.has(pid)), `${pid} ended with ${code}`);
  }
  const checked = NAMES.map((name) => checkSection(dir, name, dead));
  const sum = (what: "passed" | "lost"): number => checked.reduce((all, one) => all + one[what], 0);
  // deno-lint-ignore no-console
  console.log(
    `${started} processes, ${dead.size} killed, ${sum("lost")} of them while they held a lock; ` +
      `${sum("passed")} sections passed, ${sizeOf(`${dir}/long`)} after more than 0.2 s`,
  );
  assert(sum("passed") > 200);
  for (const name of NAMES) await folder.untilFree(name);
});
