/**
 * A process that acquires locks at random, and goes through a critical section under each.
 *
 * @module
 */
import { acquireTickerLock } from "../../src/lock/mod.ts";
import { CriticalSection } from "./critical_section.ts";
import { randomNumbers } from "./random.ts";

/** What the process is told, as JSON in its only argument. */
export interface StressOrder {
  readonly dir: string;
  readonly names: readonly string[];
  /** How many times it acquires a lock. */
  readonly times: number;
  readonly seed: number;
  /** A few are held for that long, in ms, some shorter, the others for as short as possible. */
  readonly lingerMs: number;
}

if (import.meta.main) {
  const { dir, names, times, seed, lingerMs } = JSON.parse(Deno.args[0] ?? "") as StressOrder;
  const random = randomNumbers(seed);
  const sections = names.map((name) => ({ name, section: new CriticalSection(dir, name) }));
  for (let time = 0; time < times; time++) {
    const { name, section } = sections[Math.floor(random() * sections.length)] ?? {};
    if (name === undefined || section === undefined) throw new Error("no names");
    using guard = await acquireTickerLock(name, {
      lockDir: `${dir}/locks`,
      timeoutSeconds: 600,
      onWait: () => Deno.writeTextFileSync(`${dir}/waits`, "w", { append: true }),
    });
    if (guard.waitedSeconds > 0.2) Deno.writeTextFileSync(`${dir}/long`, "w", { append: true });
    const ms = random() < 0.3 ? random() ** 4 * lingerMs : 0;
    await section.pass(async () => {
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      else if (random() < 0.5) await Deno.lstat(dir);
    });
  }
}
